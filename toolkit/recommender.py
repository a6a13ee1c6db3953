"""The kind of model behind `cinekit recommend`: fit on interactions, score a batch of viewers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from toolkit.model import Model

if TYPE_CHECKING:
    import polars as pl
    from scipy.sparse import csr_array

    from toolkit.interactions import FloatArray, IntArray, Interactions
    from toolkit.learning import Training


class Recommender(Model):
    """Ranks titles for viewers. An author writes `fit` and `score`; the rest where it can be given.

    Class attributes:
        catalogue: "interacted" to see and rank only titles that somebody has an interaction with, "all" to rank
            titles without a history too.
        personal: False where every viewer gets the same scores.
        private: True where it learns with differential privacy; a property where that is a setting.
    """

    verb: ClassVar[str] = "recommend"
    catalogue: ClassVar[Literal["interacted", "all"]] = "interacted"
    personal: ClassVar[bool] = True
    private: ClassVar[bool] = False

    @abstractmethod
    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Learn from (n_viewers, n_titles) interactions; `tables` holds the declared `reads`, by name.

        What is learnt goes into private attributes (NumPy arrays, CSR arrays, numbers, text, or lists and dicts
        of those): the toolkit saves them to files and brings them back. Raises ModelError where it cannot be done.
        """

    @abstractmethod
    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: the higher, the better; exactly 0, or NaN, where nothing is known.

        `history.rows` tells who was in the fit. Seen titles need not be left out. It is called from several threads
        at once, and must not change the model.
        """

    def fold_in(self, interactions: Interactions) -> None:
        """Take viewers and titles that came since into the fit, without fitting again; `cinekit` calls it if asked to.

        `interactions` are what a fit would get now: rows and columns are other ones than in the fit, and keys tell who
        is who. Raises ModelError where it cannot be done.
        """
        from toolkit.errors import ModelError

        raise ModelError(f"{self.name} cannot take up what was loaded since it was fitted; leave out --fold-in")

    def findings(self) -> dict[str, Any]:
        """What the fit came to that no setting says, as JSON has it; the run's record in meta.runs keeps it as "fit".

        Text and numbers are also said on standard error, by names of settings that would give the same; of a dict, what
        is under "why", in words.
        """
        return {}

    def contributions(self, history: Interactions, rows: IntArray, columns: IntArray) -> csr_array:
        """(n_pairs, n_titles): what each title of the viewer's history adds to the score of one recommended title.

        `rows` and `columns`, (n_pairs,) each, index `history` and its titles. Entries of a row sum to the pair's
        score, less what no watched title accounts for. Raises ModelError where scores do not split so.
        """
        from toolkit.errors import ModelError

        raise ModelError(f"{self.name} cannot say which watched titles a score comes from; leave out --explain")

    def title_weights(self, count: int) -> csr_array:
        """(n_titles, n_titles): W_ij, what having liked title i adds to the score of title j, whoever liked it.

        Of each column at least the `count` weights farthest from 0; the toolkit leaves out what is more. Raises
        ModelError where scores are no sums of such weights.
        """
        from toolkit.errors import ModelError

        raise ModelError(f"{self.name} is no sum of weights between titles; leave out --title-neighbours")


class TrainedRecommender(Recommender):
    """A Recommender that learns in epochs: an author writes `train` instead of `fit`, and `score`.

    `cinekit recommend` keeps how far training is: a kill, and the same command goes on with it.
    """

    @abstractmethod
    def train(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], training: Training) -> None:
        """Learn as `fit` does, by `training.run`, with the seed `training.seed`; see `toolkit.learning.Training`."""

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Train from the beginning, and keep nothing of it but what was learnt."""
        from toolkit.learning import Training

        self.train(interactions, tables, Training(seed, f"training {self.name}"))

"""The kind of model behind `cinekit generate`: fit on a corpus, sample new items."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from toolkit.model import Model

if TYPE_CHECKING:
    from toolkit.learning import Training
    from toolkit.materials.effects import EffectsWishes, Images
    from toolkit.materials.metadata import MetadataWishes, Rows
    from toolkit.materials.music import MusicWishes, Pieces
    from toolkit.materials.script import Script, Scripts, ScriptWishes
    from toolkit.materials.titles import Titles, TitleWishes
    from toolkit.metrics import Float64


class Generator(Model):
    """Makes new material like that of a corpus. An author writes `fit` and `sample` of one of the kinds below.

    What is fitted lives in private attributes, as a Recommender has it; a Keras model may be one of them. The toolkit
    saves it, rejects samples that are copies, writes files and rows, and judges.

    Class attributes:
        makes: what it makes: titles, metadata, script, music or effects; set by the kinds below.
        trained: whether it learns in passes over the corpus, by `Training.run`; then --minutes is its budget.
        interpolates: whether `sample` heeds the wishes for something between two items, or near one.
    """

    verb: ClassVar[str] = "generate"
    makes: ClassVar[str]
    trained: ClassVar[bool] = False
    interpolates: ClassVar[bool] = False

    @abstractmethod
    def fit(self, corpus: Any, held_out: Any, training: Training) -> None:
        """Learn from a corpus; `held_out` are other items, for choices such as when to stop.

        Raises ModelError where there is too little to learn from.
        """

    @abstractmethod
    def sample(self, n: int, wishes: Any, seed: int) -> Any:
        """Draw n items. The same seed gives the same; it must not change the model.

        Raises ModelError where a wish cannot be fulfilled.
        """

    def losses(self, corpus: Any) -> Float64 | None:
        """(n,) negative log-likelihood of each item in nats, or an upper bound of it; None without a likelihood."""
        return None


class TitleGenerator(Generator):
    """Makes names of titles."""

    makes: ClassVar[str] = "titles"

    @abstractmethod
    def fit(self, corpus: Titles, held_out: Titles, training: Training) -> None:
        """Learn from n titles; `held_out` are 5 % of all. Raises ModelError where there is too little to learn from."""

    @abstractmethod
    def sample(self, n: int, wishes: TitleWishes, seed: int) -> Sequence[str]:
        """Draw n titles: texts without line breaks; empty ones are drawn again.

        Raises ModelError as `Generator` does.
        """


class MetadataGenerator(Generator):
    """Makes rows of what is known of titles."""

    makes: ClassVar[str] = "metadata"

    @abstractmethod
    def fit(self, corpus: Rows, held_out: Rows, training: Training) -> None:
        """Learn from n rows. Raises ModelError where there is too little to learn from."""

    @abstractmethod
    def sample(self, n: int, wishes: MetadataWishes, seed: int) -> Rows:
        """Draw n rows with the columns of those that were learnt from. Raises ModelError as `Generator` does."""


class ScriptGenerator(Generator):
    """Makes pages of a screenplay."""

    makes: ClassVar[str] = "script"

    @abstractmethod
    def fit(self, corpus: Scripts, held_out: Scripts, training: Training) -> None:
        """Learn from n passages of scripts. Raises ModelError where there is too little to learn from."""

    @abstractmethod
    def sample(self, n: int, wishes: ScriptWishes, seed: int) -> Sequence[Script]:
        """Draw n scripts, each of as many pages as wished for. Raises ModelError as `Generator` does."""


class MusicGenerator(Generator):
    """Makes pieces of music for several voices."""

    makes: ClassVar[str] = "music"

    @abstractmethod
    def fit(self, corpus: Pieces, held_out: Pieces, training: Training) -> None:
        """Learn from n pieces. Raises ModelError where there is too little to learn from."""

    @abstractmethod
    def sample(self, n: int, wishes: MusicWishes, seed: int) -> Pieces:
        """Draw n pieces of as many bars as wished for, with the grid and the voices of those that were learnt from.

        Raises ModelError as `Generator` does.
        """


class EffectsGenerator(Generator):
    """Makes small images with transparency, or sequences of them."""

    makes: ClassVar[str] = "effects"

    @abstractmethod
    def fit(self, corpus: Images, held_out: Images, training: Training) -> None:
        """Learn from n images of one size. Raises ModelError where there is too little to learn from."""

    @abstractmethod
    def sample(self, n: int, wishes: EffectsWishes, seed: int) -> Images:
        """Draw n images; of sequences, n times as many images as one has frames, sequence after sequence.

        Raises ModelError as `Generator` does.
        """

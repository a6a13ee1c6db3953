"""A weighted sum of what other recommenders say, with weights that are given or found on held-out likes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import field_validator
from scipy.sparse import csr_array, diags_array

from plugins.recommend.blend_weights import Candidates, best_weights, candidates
from toolkit.composite import CompositeRecommender
from toolkit.errors import UsageError
from toolkit.model import setting
from toolkit.splits import split, without_held_out

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray, Interactions

# Viewers that weights are found by, and titles of each part that they choose among: more of them change little.
_VIEWERS, _CANDIDATES = 2000, 100
_BLOCK_BYTES = 32 << 20


class Blend(CompositeRecommender):
    """A weighted blend of other models, whose weights are found on held-out likes unless you give them.

    With s_m the scores of the model m and σ_mu their standard deviation over all titles for the viewer u:

        score_uj = Σ_m weight_m · s_muj / σ_mu

    so that models of different scales can be added; a model that has no score for a title, or the same for all, adds
    nothing. Weights that are not given are found before the fit: a share of each viewer's interactions is held out,
    the models are fitted on the rest, and weight is moved between them, in steps of .2, .1 and .05, as long as the
    mean nDCG@10 of up to 2,000 viewers grows. Models that end with a weight of 0 take no further part.

    The settings of the models are those of the config file, or tuned ones, as if they were asked for themselves.
    Weights have to be given where one of them learns with differential privacy (see docs/privacy.md).

    Source of linear blending by validation: R. Bell, Y. Koren and C. Volinsky, "The BellKor Solution to the Netflix
    Prize", 2007; of adding standardised scores: M. Montague and J. Aslam, "Relevance Score Normalization for
    Metasearch", CIKM 2001.
    """

    name: ClassVar[str] = "blend"

    blend: str = setting(
        "ease,als,slist", "Models with their weights, such as ease=0.7,slist=0.3; without weights, these are found"
    )
    validation: Literal["random", "last"] = setting(
        "random", "What weights are found by: a random share of each viewer's interactions, or each viewer's last"
    )
    held_out: float = setting(0.1, "Share of each viewer's interactions that is held out to find weights", gt=0, lt=1)

    _weights: FloatArray

    @field_validator("blend")
    @classmethod
    def _readable(cls, blend: str) -> str:
        _parsed(blend)
        return blend

    def part_names(self) -> tuple[str, ...]:
        """Names of the models, in the order they were given in."""
        return tuple(_parsed(self.blend))

    def fit(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> None:
        """Find weights where none are given, and fit the models.

        Raises ModelError where nothing can be held out, or a model cannot be fitted; UsageError where weights are to be
        found for models of which one learns with differential privacy.
        """
        given = list(_parsed(self.blend).values())
        known = [weight for weight in given if weight is not None]
        self._weights = np.array(known) if known else self._found(interactions, tables, seed)
        for name in self._fitted():
            self._parts[name].fit(interactions, tables, seed)

    def _found(self, interactions: Interactions, tables: Mapping[str, pl.DataFrame], seed: int) -> FloatArray:
        """(n_parts,) weights that rank held-out likes best. Raises UsageError with a private part."""
        for name, part in self._parts.items():
            if part.private:
                raise UsageError(
                    f"{self.name} finds weights by likes as they are, and fits {name} twice, which breaks the promise "
                    f"of its epsilon; give the weights, such as {','.join(f'{one}=1' for one in self._parts)}"
                )
        parts = split(self.validation, interactions, share=self.held_out, seed=seed)
        known = {name: without_held_out(table, interactions, parts) for name, table in tables.items()}
        for part in self._parts.values():
            part.fit(parts.train, known, seed)
        viewers = np.arange(parts.history.shape[0])
        if viewers.size > _VIEWERS:
            viewers = np.sort(np.random.default_rng(seed).permutation(viewers.size)[:_VIEWERS])
        size = max(1, _BLOCK_BYTES // (4 * interactions.shape[1]))
        blocks = []
        for start in range(0, viewers.size, size):
            rows = viewers[start : start + size]
            history = parts.history.select(rows)
            scores = [_scaled(part.score(history))[0] for part in self._parts.values()]
            blocks.append(candidates(scores, history.values, parts.test[rows], _CANDIDATES))
        return best_weights(
            Candidates(
                np.concatenate([block.scores for block in blocks]),
                np.concatenate([block.hits for block in blocks]),
                np.concatenate([block.relevant for block in blocks]),
            ),
            10,
        )

    def findings(self) -> dict[str, Any]:
        """The weights, where they were found, as they could be given; those of its models that have a weight."""
        found = super().findings()
        if all(weight is None for weight in _parsed(self.blend).values()):
            weights = zip(self.part_names(), self._weights.tolist(), strict=True)
            found["blend"] = ",".join(f"{name}={weight:g}" for name, weight in weights)
        return found

    def score(self, history: Interactions) -> FloatArray:
        """(n_viewers, n_titles) float32: the scaled scores of the models, weighted and summed."""
        scores = np.zeros(history.shape, dtype=np.float32)
        for name, weight in self._weighted():
            scores += np.float32(weight) * _scaled(self._parts[name].score(history))[0]
        return scores

    def contributions(self, history: Interactions, rows: IntArray, columns: IntArray) -> csr_array:
        """(n_pairs, n_titles): the contributions by each model, weighted and scaled as its scores are.

        Raises ModelError where one of the models cannot give any.
        """
        viewers, place = np.unique(rows, return_inverse=True)
        summed = csr_array((rows.size, history.shape[1]), dtype=np.float32)
        asked = history.select(viewers)
        for name, weight in self._weighted():
            part = self._parts[name]
            scale = weight / _scaled(part.score(asked))[1]
            summed = summed + diags_array(scale[place].astype(np.float32)) @ part.contributions(history, rows, columns)
        return csr_array(summed)

    def _fitted(self) -> list[str]:
        return [name for name, _ in self._weighted()]

    def _weighted(self) -> list[tuple[str, float]]:
        """The models that have a weight, with it."""
        pairs = zip(self.part_names(), self._weights.tolist(), strict=True)
        return [(name, weight) for name, weight in pairs if weight]


def _scaled(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Scores over their standard deviation in each row, 0 where there was none; and these deviations, or 1."""
    known = np.nan_to_num(scores, nan=0.0, posinf=0.0, neginf=0.0)
    deviation = known.std(axis=1, dtype=np.float64)
    flat = deviation <= np.finfo(np.float32).eps * np.abs(known).max(axis=1, initial=0)
    deviation[flat] = 1
    known[flat] = 0
    return (known / deviation[:, None]).astype(np.float32), deviation


def _parsed(blend: str) -> dict[str, float | None]:
    """The names of models, each with its weight, or all without."""
    weights: dict[str, float | None] = {}
    for part in blend.split(","):
        name, given, number = (piece.strip() for piece in part.partition("="))
        if not name:
            raise ValueError(f"{blend!r} names no model in {part!r}; write it as ease=0.7,slist=0.3")
        if name in weights:
            raise ValueError(f"{blend!r} names {name} twice; name each model once")
        try:
            weights[name] = float(number) if given else None
        except ValueError:
            raise ValueError(f"the weight {number!r} of {name} is no number; write it as ease=0.7,slist=0.3") from None
    numbers = [weight for weight in weights.values() if weight is not None]
    if numbers and len(numbers) < len(weights):
        raise ValueError(f"{blend!r} gives weights to some models only; give each one, or none")
    if not all(0 <= weight < float("inf") for weight in numbers) or (numbers and not any(numbers)):
        raise ValueError(f"{blend!r}: weights are at least 0, and one of them more")
    if len(weights) < 2:
        raise ValueError(f"{blend!r} is one model; a blend is of two and more")
    return weights

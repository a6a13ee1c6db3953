"""Re-ranking what a model recommends: more candidates than are shown, of which a re-ranker chooses."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from toolkit.errors import UnknownNameError, UsageError
from toolkit.model import setting
from toolkit.rerankers.calibrated import Calibrated
from toolkit.rerankers.debiased import Debiased
from toolkit.rerankers.mmr import MaximalMarginalRelevance
from toolkit.rerankers.reranker import Reranker, greedy
from toolkit.topn import Ranking

if TYPE_CHECKING:
    from toolkit.interactions import Interactions
    from toolkit.recommender import Recommender

RerankerName = Literal["calibrated", "mmr", "debiased"]
RERANKERS: dict[str, type[Reranker]] = {
    "calibrated": Calibrated,
    "mmr": MaximalMarginalRelevance,
    "debiased": Debiased,
}

# Candidates for each place of a list.
CANDIDATES = 10


class RerankRequest(BaseModel):
    """How candidates are re-ranked, whichever way it is done."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    rerank_strength: float = setting(
        0.5, "Of --rerank: from 0, the model's own order, to 1, its score unheeded", of="rerank", ge=0, le=1
    )
    rerank_candidates: int | None = setting(
        None,
        f"Of --rerank: candidates a viewer; unless given, {CANDIDATES} for each place of the list",
        of="rerank",
        ge=1,
        le=100_000,
    )

    def candidates(self, n: int) -> int:
        """How many titles to rank for lists of n: never fewer than n."""
        return max(n, self.rerank_candidates or CANDIDATES * n)


def rerank(reranker: Reranker, ranking: Ranking, history: Interactions, n: int, strength: float) -> Ranking:
    """Lists of up to n titles chosen from the candidates of `ranking`; each title keeps the model's score.

    Args:
        reranker: one of `RERANKERS`, made of what the model was fitted on.
        ranking: candidates of the viewers of `history`, as the model ranks them.
        history: (n_viewers, n_titles) what the viewers are known by.
        n: length of the lists.
        strength: from 0, the model's own order, to 1, its score unheeded.
    """
    m = int(ranking.rank.max(initial=0))
    columns, scores = ranking.columns(history.shape[0], m), ranking.scores(history.shape[0], m)
    reranker.begin(columns, history)
    places = greedy(reranker, columns, scores, strength, n)
    row, rank = np.nonzero(places >= 0)
    place = places[row, rank]
    return Ranking(row.astype(np.int32), columns[row, place], (rank + 1).astype(np.int32), scores[row, place])


def check_private(model: Recommender, names: Collection[str]) -> None:
    """See to it that lists of a model that learns privately are not re-ranked by others' histories as they are.

    Raises:
        UsageError: they would be.
    """
    for name in names:
        if model.private and RERANKERS[name].learns:
            others = " or ".join(known for known, one in RERANKERS.items() if not one.learns)
            raise UsageError(
                f"--rerank {name} goes by what others watched, without the noise that {model.name} learns with; "
                f"take --rerank {others}, or none"
            )


def reads(names: Collection[str]) -> set[str]:
    """The tables that these re-rankers read. Raises UnknownNameError where there is no such re-ranker."""
    for name in names:
        if name not in RERANKERS:
            raise UnknownNameError("re-ranker", name, RERANKERS, f"choose one of {', '.join(RERANKERS)}")
    return {table for name in names for table in RERANKERS[name].reads}

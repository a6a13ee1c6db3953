"""How far titles are from others, and how like held-out ones a model's are as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolkit.materials.material import Measure

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64

# Titles whose distances to all others are in memory at once.
_BLOCK = 256


def nearest(texts: Sequence[str], others: Sequence[str]) -> tuple[IntArray, Float64]:
    """(n,) place of the nearest of other texts, and the distance: edits over the longer one's length, from 0 to 1.

    Levenshtein, "Binary codes capable of correcting deletions, insertions, and reversals", 1966.
    """
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    places, distances = np.zeros(len(texts), dtype=np.int64), np.ones(len(texts))
    for start in range(0, len(texts), _BLOCK):
        block = slice(start, start + _BLOCK)
        apart = cdist(texts[block], others, scorer=Levenshtein.normalized_distance, dtype=np.float32, workers=1)
        places[block] = apart.argmin(axis=1)
        distances[block] = apart.min(axis=1)
    return places, distances


def judge(
    samples: Sequence[str], train: Sequence[str], held_out: Sequence[str], near: float, seed: int
) -> list[Measure]:
    """Measures of samples, before copies are rejected: see docs/metrics.md.

    Args:
        samples: keys of titles, as `TitleNames.keys` makes them; empty ones are left out.
        train: those of titles that were learnt from.
        held_out: those of others.
        near: distance below which a sample is a near copy.
        seed: of which titles learnt from stand for a perfect model.
    """
    drawn = [text for text in samples if text]
    if not drawn:
        return [Measure("empty", 1.0)]
    _, distances = nearest(drawn, train)
    rng = np.random.default_rng(seed)
    again = np.isin(drawn, held_out).mean() * len(train) / max(len(held_out), 1)
    real = [train[place] for place in rng.permutation(len(train))[: len(drawn)].tolist()]
    return [
        Measure("verbatim", float((distances <= 0).mean())),
        Measure("verbatim_by_chance", float(again)),
        Measure("near_copies", float(((distances > 0) & (distances < near)).mean())),
        Measure("distinct", len(set(drawn)) / len(drawn)),
        Measure("empty", 1 - len(drawn) / len(samples)),
        Measure("median_distance", float(np.median(distances))),
        Measure("length_distance", length_distance(drawn, held_out)),
        Measure("trigram_divergence", trigram_divergence(drawn, held_out)),
        Measure("trigram_divergence_floor", trigram_divergence(real, held_out)),
    ]


def length_distance(texts: Sequence[str], others: Sequence[str]) -> float:
    """Wasserstein distance of the lengths of two sets of texts, in characters.

    >>> length_distance(["ab", "abcd"], ["abc", "abcde"])
    1.0
    """
    from scipy.stats import wasserstein_distance

    lengths = ([len(text) for text in some] for some in (texts, others))
    return float(wasserstein_distance(*lengths))


def trigram_divergence(texts: Sequence[str], others: Sequence[str]) -> float:
    """Jensen-Shannon divergence of groups of three characters in two sets of texts, in bits: 0 the same, 1 apart.

    A text has one space before it and one after it. Lin, "Divergence measures based on the Shannon entropy", 1991.
    It is above 0 for two samples of the same kind, the more so the fewer they are.

    >>> trigram_divergence(["a", "b"], ["a"]).__round__(4)
    0.3113
    """
    from scipy.spatial.distance import jensenshannon
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(analyzer="char", ngram_range=(3, 3), lowercase=False)
    counts = counter.fit_transform([f" {text} " for text in [*texts, *others]])
    first, second = counts[: len(texts)].sum(axis=0), counts[len(texts) :].sum(axis=0)
    return float(jensenshannon(np.ravel(first), np.ravel(second), base=2) ** 2)

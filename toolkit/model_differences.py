"""Which models can be told apart: paired tests of every two of them, on the same viewers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.errors import ModelError
from toolkit.intervals import bootstrap_means, percentile_interval

if TYPE_CHECKING:
    import polars as pl

Float64 = NDArray[np.float64]
ByViewer = Mapping[tuple[str, int], Float64]

DRAWS = 10_000
BLOCKS = 4096
LEVEL = 0.05
_CHUNK_CELLS = 1 << 21


def randomisation_p(models: Sequence[ArrayLike], seed: int, draws: int = DRAWS, blocks: int = BLOCKS) -> Float64:
    """Two-sided p of the mean difference of every two models, by the paired randomisation test (Fisher 1935).

    Were two models alike, each viewer's difference could as well have had the other sign: p is the share of random
    signs whose mean is at least as far from 0 as the one found, itself counted in (Phipson & Smyth 2010). Where there
    are no more than `draws` ways of giving signs, each is taken once, and p is exact. Smucker, Allan & Carterette 2007
    compare it with other tests of ranked lists.

    More viewers than `blocks` are dealt into so many random blocks that get one sign each. These signs are a subgroup
    of all, so that the test keeps its level (Hemerik & Goeman 2018); little power is lost while there are thousands.

    Args:
        models: (n_viewers, n_measures) of each model, of the same viewers in the same order.
        seed: of the blocks and signs, which are the same for all models and measures.
        draws: how many random signs.
        blocks: how many blocks at most.

    Returns:
        (n_pairs, n_measures), pairs in the order of itertools.combinations.

    Raises:
        ModelError: there are no viewers.
    """
    random = np.random.default_rng(seed)
    tables = [np.asarray(values, dtype=np.float64) for values in models]
    if not tables[0].shape[0]:
        raise ModelError("there is no difference over no viewers; evaluate at least one")
    sums = _block_sums(tables, min(blocks, tables[0].shape[0]), random)
    n_blocks = sums.shape[1]
    every = n_blocks < 63 and 2**n_blocks <= draws
    pairs = list(combinations(range(len(tables)), 2))
    totals, sizes = sums.sum(axis=1), np.abs(sums).sum(axis=1)
    # the sum of the same numbers in another order is the same mean
    least = np.array([np.abs(totals[a] - totals[b]) - 1e-12 * (sizes[a] + sizes[b]) for a, b in pairs])
    reached = np.zeros(least.shape, dtype=np.int64)
    wanted, size = 2**n_blocks if every else draws, max(1, _CHUNK_CELLS // n_blocks)
    for start in range(0, wanted, size):
        taken = np.arange(start, min(start + size, wanted))
        bits = (
            taken[:, None] >> np.arange(n_blocks) & 1
            if every
            else random.integers(2, size=(taken.size, n_blocks), dtype=np.int8)
        )
        # signs of a difference are the difference of the signed sums
        flipped = (1.0 - 2.0 * bits) @ sums
        for place, (a, b) in enumerate(pairs):
            reached[place] += (np.abs(flipped[a] - flipped[b]) >= least[place]).sum(axis=0)
    return reached / wanted if every else (reached + 1) / (wanted + 1)


def _block_sums(tables: Sequence[Float64], blocks: int, random: np.random.Generator) -> Float64:
    """(n_models, blocks, n_measures) sums over random blocks of viewers of as equal sizes as can be."""
    n_viewers = tables[0].shape[0]
    order = random.permutation(n_viewers)
    starts = np.arange(blocks) * n_viewers // blocks
    return np.stack([np.add.reduceat(table[order], starts, axis=0) for table in tables])


def holm(p: ArrayLike) -> Float64:
    """(n, …) p of n tests, corrected along the first axis so that the chance of any false finding keeps the level.

    The i-th smallest is multiplied by n - i + 1, kept at least as large as the one before, and at most 1: Holm 1979.

    >>> holm([0.01, 0.04, 0.03]).round(2)
    array([0.03, 0.06, 0.06])
    """
    given = np.asarray(p, dtype=np.float64)
    order = np.argsort(given, axis=0, kind="stable")
    left = np.arange(given.shape[0], 0, -1).reshape(-1, *[1] * (given.ndim - 1))
    stepped = np.minimum(np.maximum.accumulate(np.take_along_axis(given, order, axis=0) * left, axis=0), 1)
    corrected = np.empty_like(given)
    np.put_along_axis(corrected, order, stepped, axis=0)
    return corrected


def differences(judged: Mapping[str, ByViewer], split: str, seed: int) -> pl.DataFrame:
    """Every two models compared in all measures, as in results.metric_differences but `run`.

    Args:
        judged: by model, a number a viewer of each metric and k; the same ones, of the same viewers, in all models.
        split: name of the split.
        seed: of the bootstrap and of the signs.

    Returns:
        One row a pair, metric and k: `difference` is the mean of `model` less that of `other_model`, `low` and `high`
        its paired 95 % bootstrap interval, `p` that of `randomisation_p`, `p_holm` the same corrected over the pairs
        (`holm`), for each metric and k by itself. No rows of fewer than two models.
    """
    import polars as pl

    texts, numbers = ("model", "other_model", "split", "metric"), ("difference", "low", "high", "p", "p_holm")
    schema = {
        **dict.fromkeys(texts, pl.String), "k": pl.Int32, **dict.fromkeys(numbers, pl.Float64), "viewers": pl.Int32,
    }  # fmt: skip
    if len(judged) < 2:
        return pl.DataFrame(schema=schema)
    measures = list(next(iter(judged.values())))
    tables = [np.column_stack([values[measure] for measure in measures]) for values in judged.values()]
    drawn = [bootstrap_means(table, seed) for table in tables]
    p = randomisation_p(tables, seed)
    corrected = holm(p)
    rows = []
    for place, ((a, name), (b, other)) in enumerate(combinations(enumerate(judged), 2)):
        low, high = percentile_interval(drawn[a] - drawn[b])
        columns = ((tables[a] - tables[b]).mean(axis=0), low, high, p[place], corrected[place])
        for (metric, k), *found in zip(measures, *(column.tolist() for column in columns), strict=True):
            rows.append((name, other, split, metric, k, *found, tables[a].shape[0]))
    return pl.DataFrame(rows, schema=schema, orient="row")


def verdicts(compared: pl.DataFrame, metric: str, k: int) -> list[str]:
    """In one or two lines, which differences of a metric are real (corrected p below .05), and which are not.

    First of the best model against each other one, then of the others among themselves, where any two of them cannot
    be told apart. Nothing is said of fewer than two models.
    """
    of_metric = compared.filter(metric=metric, k=k)
    if of_metric.is_empty():
        return []
    p: dict[frozenset[str], float] = {}
    above: dict[str, float] = {}
    for name, other, gap, corrected in of_metric.select("model", "other_model", "difference", "p_holm").iter_rows():
        p[frozenset((name, other))] = corrected
        # means can be told from the differences to any one model, and each pair is there
        above[name], above[other] = above.get(name, 0.0) + gap, above.get(other, 0.0) - gap
    best, *rest = sorted(above, key=lambda name: -above[name])
    beaten = [name for name in rest if p[frozenset((best, name))] < LEVEL]
    equal = [f"{name} ({_most([p[frozenset((best, name))]])})" for name in rest if name not in beaten]
    said = []
    if beaten:
        said.append(f"{best} is better than {', '.join(beaten)} ({_most(p[frozenset((best, n))] for n in beaten)})")
    if equal:
        said.append(f"{best} cannot be told apart from {', '.join(equal)}")
    lines = [f"{metric}@{k}: {'; '.join(said)}"]
    alike = [pair for pair in combinations(rest, 2) if p[frozenset(pair)] >= LEVEL]
    if alike:
        named = ", ".join(f"{a} and {b} ({_most([p[frozenset((a, b))]])})" for a, b in alike)
        lines.append(f"of the others, these cannot be told apart: {named}")
    return lines


def _most(values: Iterable[float]) -> str:
    """The largest of some p as people write it, such as "p = .041"; "p ≤" where there are several."""
    found = list(values)
    largest = max(found)
    if largest < 0.001:
        return "p < .001"
    sign = "=" if len(found) == 1 else "≤"
    return f"p {sign} {largest:.2g}".replace(" 0.", " .")

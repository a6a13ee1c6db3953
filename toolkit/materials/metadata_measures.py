"""How like synthetic rows of metadata are to real ones: column by column, in pairs, as a whole, and whether copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toolkit.materials.material import Measure
from toolkit.materials.metadata_distance import Scale, alone_in, nearest

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.materials.metadata import Rows
    from toolkit.metrics import Float64

_FOLDS = 5
# Rows of each of two samples that a classifier needs. Of few it learns nothing: its trees have 20 rows in a leaf.
_LEAST_TOLD = 100
# Rows that a pair of columns must have values in both of, to be compared.
_LEAST_PAIRS = 20
# Real rows that distances are measured of, at most.
_MEASURED = 1000


def judged(items: Rows, train: Rows, test: Rows, seed: int) -> list[Measure]:
    """All measures of synthetic rows against held-out real ones.

    Measures that end in "_floor" are what as many rows that were learnt from get: of what is real no generator can
    be expected to come nearer. What cannot be said of these rows, for want of columns or of rows, is left out.
    """
    rng = np.random.default_rng(seed)
    n = min(len(items), len(test), len(train))
    made, real, learnt = (_some(rows, n, rng) for rows in (items, test, train))
    measures = []
    for rows, end in ((made, ""), (learnt, "_floor")):
        measures += [
            Measure(f"c2st_auc{end}", two_sample_auc(rows, real, seed)),
            Measure(f"ks{end}", mean_of([ks(*pair) for pair in zip(rows.numbers.T, real.numbers.T, strict=True)])),
            Measure(f"tv{end}", total_variations(rows, real)),
            Measure(f"associations{end}", association_error(rows, real)),
        ]
    measures += _closest(items, train, test, rng)
    return [measure for measure in measures if not np.isnan(measure.value)]


def _closest(items: Rows, train: Rows, test: Rows, rng: np.random.Generator) -> list[Measure]:
    """How near samples and held-out rows are to rows learnt from that one title alone has; none without such rows.

    Other rows say nothing of copying: where most rows are those of many titles, most held-out ones are at distance 0.
    """
    alone = np.flatnonzero(alone_in(train))
    if not alone.size:
        return []
    some, scale = _some(test, min(_MEASURED, len(test)), rng), Scale.of(train)
    made, real = (nearest(rows, train.select(alone), scale)[1] for rows in (items, some))
    return [Measure("dcr_ratio", median_ratio(made, real)), Measure("verbatim_floor", float((real <= 0).mean()))]


def median_ratio(made: Float64, real: Float64) -> float:
    """Median distance to the closest row learnt from, of samples over that of held-out rows.

    Below 1 samples lie nearer to what was learnt from than real rows do, as where they were learnt by heart: Zhao et
    al., "CTAB-GAN", ACML 2021. Where half of the held-out rows are the same as ones learnt from it is 1.

    >>> median_ratio(np.array([0.1, 0.2, 0.3]), np.array([0.1, 0.4, 0.5]))
    0.5
    """
    middle = float(np.median(real))
    return float(np.median(made)) / middle if middle > 0 else 1.0


def ks(first: Float64, second: Float64) -> float:
    """Kolmogorov-Smirnov distance of two columns: the most that shares of values up to any value differ.

    A value that is missing counts as one below all others, so that shares of missing ones are compared too.

    >>> ks(np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 6]))
    0.5
    >>> ks(np.array([1.0, np.nan]), np.array([1.0, 1.0]))
    0.5
    """
    from scipy.stats import ks_2samp

    # Ranks keep what is compared, and are finite.
    _, ranks = np.unique(np.nan_to_num(np.concatenate([first, second]), nan=-np.inf), return_inverse=True)
    return float(ks_2samp(ranks[: len(first)], ranks[len(first) :], method="asymp").statistic)


def total_variations(first: Rows, second: Rows) -> float:
    """Mean total variation distance of labels: ½ Σ |p - q| over what a column may say.

    Of a label, which says yes or no, it is how much the shares of rows differ that have it. NaN without labels.
    """
    return mean_of(np.abs(first.labels.mean(axis=0) - second.labels.mean(axis=0)).tolist())


def association_error(first: Rows, second: Rows) -> float:
    """Mean absolute difference of the associations of each pair of columns; pairs with too few values left out."""
    apart = np.abs(associations(first) - associations(second))
    return mean_of(apart[np.triu_indices(len(apart), 1)].tolist())


def associations(rows: Rows) -> Float64:
    """(n_columns, n_columns) how much columns say of each other: numbers, labels; NaN where unknown.

    Spearman's rank correlation of two numbers, from -1 to 1; Cramér's V of two labels, and the correlation ratio
    of the ranks of a number by a label, both from 0 to 1. A constant says nothing: 0.
    """
    numbers, kinds = rows.numbers.T, rows.labels.T.astype(np.int64)
    n = len(numbers) + len(kinds)
    found = np.full((n, n), np.nan)
    for place, column in enumerate(numbers):
        known = np.flatnonzero(~np.isnan(column))
        for other in range(place + 1, n):
            if other < len(numbers):
                both = known[~np.isnan(numbers[other][known])]
                if both.size >= _LEAST_PAIRS:
                    found[place, other] = spearman(column[both], numbers[other][both])
            elif known.size >= _LEAST_PAIRS:
                found[place, other] = correlation_ratio(kinds[other - len(numbers)][known], column[known])
    for place in range(len(kinds)):
        for other in range(place + 1, len(kinds)):
            found[len(numbers) + place, len(numbers) + other] = cramers_v(kinds[place], kinds[other])
    symmetric: Float64 = np.asarray(np.fmax(found, found.T))
    return symmetric


def spearman(first: Float64, second: Float64) -> float:
    """Rank correlation: Spearman 1904. 0 where one is constant.

    >>> round(spearman(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])), 4)
    0.8
    """
    from scipy.stats import rankdata

    a, b = (ranks - ranks.mean() for ranks in (rankdata(first), rankdata(second)))
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread > 0 else 0.0


def cramers_v(first: IntArray, second: IntArray) -> float:
    """√(χ² / (n (min(rows, columns) - 1))) of the table of both: Cramér 1946. 0 where one is constant.

    χ² = 4 (3·3 - 1·1)² · 8 / (4·4·4·4)/4 = 2, as (ad - bc)² n / (product of the margins) of [[3, 1], [1, 3]]; √(2/8).

    >>> cramers_v(np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array([0, 0, 0, 1, 0, 1, 1, 1]))
    0.5
    """
    table = np.bincount(
        first * (int(second.max()) + 1) + second, minlength=int(first.max() + 1) * int(second.max() + 1)
    )
    table = table.reshape(int(first.max()) + 1, -1).astype(np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    least = min(table.shape) - 1
    if not least:
        return 0.0
    expected = table.sum(axis=1)[:, None] * table.sum(axis=0)[None, :] / table.sum()
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / (table.sum() * least)))


def correlation_ratio(kind: IntArray, values: Float64) -> float:
    """η: √ of the share of the variance of ranks that lies between kinds: Fisher 1925; on ranks, Kruskal & Wallis 1952.

    Ranks 1, 2 and 3, 4: means 1.5 and 3.5 about 2.5 are 4 of a sum of squares of 5.

    >>> round(correlation_ratio(np.array([0, 0, 1, 1]), np.array([10.0, 20.0, 30.0, 40.0])), 4)
    0.8944
    """
    from scipy.stats import rankdata

    ranks = rankdata(values)
    ranks -= ranks.mean()
    count, total = np.bincount(kind), np.bincount(kind, ranks)
    whole = float(ranks @ ranks)
    between = float((total[count > 0] ** 2 / count[count > 0]).sum())
    return float(np.sqrt(between / whole)) if whole > 0 else 0.0


def two_sample_auc(first: Rows, second: Rows, seed: int) -> float:
    """Area under the ROC curve of a classifier that is to tell two samples of rows apart: ½ where it cannot.

    An area below ½ is counted from the other side: that the classifier is wrong more often than chance has it is no
    better than that it is right as often. NaN of fewer than 100 rows of either.

    D. Lopez-Paz & M. Oquab, "Revisiting Classifier Two-Sample Tests", ICLR 2017, with gradient-boosted trees on the
    columns as they are, missing values among them, and each row judged by trees of the folds without it.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    from toolkit.text_metrics import auc

    if min(len(first), len(second)) < _LEAST_TOLD:
        return float("nan")
    x = np.concatenate([_columns(first), _columns(second)])
    y = np.repeat([0, 1], [len(first), len(second)])
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    trees = HistGradientBoostingClassifier(random_state=seed)
    area = auc(y == 1, cross_val_predict(trees, x, y, cv=folds, method="predict_proba")[:, 1])
    return max(area, 1 - area)


def _columns(rows: Rows) -> Float64:
    return np.concatenate([rows.numbers, rows.labels], axis=1).astype(np.float64)


def mean_of(values: list[float]) -> float:
    """The mean of numbers that are known; NaN of none."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _some(rows: Rows, n: int, rng: np.random.Generator) -> Rows:
    return rows.select(np.sort(rng.choice(len(rows), n, replace=False)))

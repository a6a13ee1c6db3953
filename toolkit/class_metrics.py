"""How good probabilities of what viewers do next are: of classes, and of ranks of titles.

Metrics of classes take `probabilities`, (n, n_classes) with rows that sum to 1, and `labels`, (n,) places of the
classes that came true. Of two classes the second is "yes", and metrics equal those of toolkit.text_metrics of its
probability. A metric that cannot be told, such as the area under the curve where all answers are the same, is None.

The examples share four answers out of three ordered classes, each right answer but the third the likeliest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from toolkit import text_metrics
from toolkit.text_metrics import BINS

if TYPE_CHECKING:
    from toolkit.examples import Task
    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64

TOP_SHARE = 0.1
HITS = 10


def accuracy(probabilities: FloatArray, labels: IntArray) -> Float64:
    """1 where the likeliest class came true, else 0, (n,). Of classes that are equally likely the last one is called.

    >>> p = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.5, 0.3, 0.2], [0.0, 0.2, 0.8]])
    >>> accuracy(p, np.array([0, 1, 2, 2]))
    array([1., 1., 0., 1.])
    """
    called = probabilities.shape[1] - 1 - np.argmax(probabilities[:, ::-1], axis=1)
    right: Float64 = (called == labels).astype(np.float64)
    return right


def brier(probabilities: FloatArray, labels: IntArray) -> Float64:
    """Half the squared distance of the probabilities from what came true, (n,): ½ Σ_k (p_k - y_k)², from 0 to 1.

    Brier 1950 has no ½; with it two classes give the squared error of the probability of one of them, which is what
    most call the Brier score. First example: ½ (.4² + .3² + .1²) = .13.

    >>> p = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.5, 0.3, 0.2], [0.0, 0.2, 0.8]])
    >>> brier(p, np.array([0, 1, 2, 2])).round(2)
    array([0.13, 0.19, 0.49, 0.04])
    """
    missed = np.asarray(probabilities, dtype=np.float64) - _came_true(probabilities, labels)
    halved: Float64 = (missed**2).sum(axis=1) / 2
    return halved


def log_loss(probabilities: FloatArray, labels: IntArray) -> Float64:
    """-ln of the probability that was given to what came true, (n,): Good 1952.

    >>> p = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.5, 0.3, 0.2], [0.0, 0.2, 0.8]])
    >>> log_loss(p, np.array([0, 1, 2, 2])).round(4)
    array([0.5108, 0.6931, 1.6094, 0.2231])
    """
    given = np.asarray(probabilities, dtype=np.float64)[np.arange(len(labels)), labels]
    return text_metrics.log_loss(np.ones(len(labels), dtype=np.bool_), given)


def rps(probabilities: FloatArray, labels: IntArray) -> Float64:
    """Ranked probability score of ordered classes, (n,): mean over the bounds between classes of (P_k - Y_k)².

    P_k and Y_k are the probability of class k or a lower one, and whether that came true: Epstein 1969, as Murphy 1971
    writes it. From 0 to 1; a miss by two classes costs more than one by one. Third example: (.5² + .8²) / 2.

    >>> p = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.5, 0.3, 0.2], [0.0, 0.2, 0.8]])
    >>> rps(p, np.array([0, 1, 2, 2])).round(3)
    array([0.085, 0.065, 0.445, 0.02 ])
    """
    missed = np.asarray(probabilities, dtype=np.float64) - _came_true(probabilities, labels)
    score: Float64 = (np.cumsum(missed, axis=1)[:, :-1] ** 2).mean(axis=1)
    return score


def auc(probabilities: FloatArray, labels: IntArray) -> float | None:
    """Chance that an example of a class gets more of it than another one, ties counting half: Hanley & McNeil 1982.

    Of more than two classes the mean over classes, each against all others (Provost & Domingos 2000, unweighted),
    without those that never or always came true; None where none is left. Here 1, 1 and ¾.

    >>> p = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.5, 0.3, 0.2], [0.0, 0.2, 0.8]])
    >>> auc(p, np.array([0, 1, 2, 2])).__round__(4)
    0.9167
    """
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    told = np.flatnonzero((counts > 0) & (counts < len(labels)))
    if not told.size:
        return None
    if probabilities.shape[1] == 2:
        told = told[-1:]
    exact = np.asarray(probabilities, dtype=np.float64)
    return float(np.mean([text_metrics.auc(labels == place, exact[:, place]) for place in told]))


def calibration_error(probabilities: FloatArray, labels: IntArray, bins: int = BINS) -> float:
    """Expected calibration error: |mean probability - share that came true| in each bin, weighted by its examples.

    Of two classes over bins of equal width of the probability of the second, as in `text_metrics.calibration_error`; of
    more the mean over classes, each in its own bins (classwise: Kull et al. 2019; static: Nixon et al. 2019). Here the
    mean of (.4 + .2 + .5 + 0) / 4, (.6 + .5 + .2) / 4, two being in one bin, and (.1 + .3 + .8 + .2) / 4.

    >>> p = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.5, 0.3, 0.2], [0.0, 0.2, 0.8]])
    >>> calibration_error(p, np.array([0, 1, 2, 2])).__round__(4)
    0.3167
    """
    exact = np.asarray(probabilities, dtype=np.float64)
    places = [1] if exact.shape[1] == 2 else range(exact.shape[1])
    return float(np.mean([text_metrics.calibration_error(labels == k, exact[:, k], bins) for k in places]))


def kappa(probabilities: FloatArray, labels: IntArray) -> float | None:
    """Agreement of ordered classes beyond chance, misses weighted by the square of their width: Cohen 1968.

    1 - Σ_ij (i - j)² O_ij / Σ_ij (i - j)² E_ij, with O_ij how often class i came true where j was called, and E_ij how
    often it would by chance. The class nearest the expected place is called, which is the best for squared misses; a
    half goes up. 1 is perfect, 0 no better than chance; None where one class came true alone and was called alone.
    Here 1, 1, 1 and 2 are called: 1 - (1 + 0 + 1 + 0) / ((3 + 1 · 4) / 4 + (0 + 1) / 4 + (3 + 0) · 2 / 4).

    >>> p = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.5, 0.3, 0.2], [0.0, 0.2, 0.8]])
    >>> kappa(p, np.array([0, 1, 2, 2])).__round__(4)
    0.4286
    """
    from sklearn.metrics import cohen_kappa_score

    places = np.arange(probabilities.shape[1])
    called = np.floor(np.asarray(probabilities, dtype=np.float64) @ places + 0.5).astype(np.int64)
    if np.ptp(np.concatenate([called, labels])) == 0:
        return None
    return float(cohen_kappa_score(labels, called, labels=places, weights="quadratic"))


def lift(probabilities: FloatArray, labels: IntArray, share: float = TOP_SHARE) -> float | None:
    """How many times as often "yes" came true among the likeliest tenth as among all: Ling & Li 1998.

    The tenth is rounded up; of examples with the same probability at its end, the mean over all ways to take them. None
    where yes never came true. Of four the likeliest is yes, and so are two of all: 1 / (2 / 4).

    >>> lift(np.array([[0.1, 0.9], [0.6, 0.4], [0.8, 0.2], [0.5, 0.5]]), np.array([1, 1, 0, 0]))
    2.0
    """
    given, yes = probabilities[:, 1], labels == 1
    if not yes.any():
        return None
    taken = int(np.ceil(np.round(share * len(labels), 9)))  # .1 · 30 is a little more than 3
    bound = np.partition(given, -taken)[-taken]
    above, tied = given > bound, given == bound
    found = yes[above].sum() + yes[tied].mean() * (taken - above.sum())
    return float(found / taken / yes.mean())


def ranks(probabilities: FloatArray, labels: IntArray) -> IntArray:
    """(n,) ranks of the titles that came true among all, the likeliest 1; of equally likely ones the first is first.

    0 where the title is no class, which is a label of -1.

    >>> ranks(np.array([[0.5, 0.3, 0.2], [0.2, 0.4, 0.4], [0.2, 0.4, 0.4]]), np.array([2, 2, -1]))
    array([3, 2, 0])
    """
    own = np.take_along_axis(probabilities, np.maximum(labels, 0)[:, None], axis=1)
    earlier = np.arange(probabilities.shape[1]) < labels[:, None]
    before = (probabilities > own) | ((probabilities == own) & earlier)
    rank: IntArray = np.where(labels < 0, 0, 1 + np.count_nonzero(before, axis=1))
    return rank


def hit(ranks: IntArray, k: int = HITS) -> Float64:
    """1 where the title that came true is among the first k, else 0, (n,): Deshpande & Karypis 2004.

    >>> hit(np.array([1, 11, 10, 0]))
    array([1., 0., 1., 0.])
    """
    among: Float64 = ((ranks >= 1) & (ranks <= k)).astype(np.float64)
    return among


def reciprocal_rank(ranks: IntArray) -> Float64:
    """1 / rank of the title that came true, however low, 0 where it was not ranked, (n,): Voorhees 1999.

    >>> reciprocal_rank(np.array([1, 4, 10, 0]))
    array([1.  , 0.25, 0.1 , 0.  ])
    """
    reciprocal: Float64 = (ranks > 0) / np.maximum(ranks, 1)
    return reciprocal


# Of ranks of titles, with a mean over examples.
BY_RANK: dict[str, Callable[[IntArray], Float64]] = {"hit@10": hit, "mrr": reciprocal_rank}


def by_example(task: Task) -> dict[str, Callable[[FloatArray, IntArray], Float64]]:
    """Metrics of a task's classes that have one value an example, (n,), by name; their mean is the metric."""
    means: dict[str, Callable[[FloatArray, IntArray], Float64]] = {
        "accuracy": accuracy, "log_loss": log_loss, "brier": brier,
    }  # fmt: skip
    return means | ({"rps": rps} if task.ordered and len(task.classes) > 2 else {})


def by_all(task: Task) -> dict[str, Callable[[FloatArray, IntArray], float | None]]:
    """Metrics of a task's classes that have one value for all examples together, by name."""
    found: dict[str, Callable[[FloatArray, IntArray], float | None]] = {"auc": auc, "ece": calibration_error}
    if len(task.classes) == 2:
        return found | {"lift": lift}
    return found | ({"kappa": kappa} if task.ordered else {})


def _came_true(probabilities: FloatArray, labels: IntArray) -> Float64:
    """(n, n_classes) 1 at the class that came true, else 0."""
    truth = np.zeros(probabilities.shape)
    truth[np.arange(len(labels)), labels] = 1
    return truth

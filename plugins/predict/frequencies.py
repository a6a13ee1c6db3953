"""How often each class came true among examples that are alike, drawn towards how often it did among more of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray, IntArray


def quantile_edges(values: FloatArray, bins: int) -> FloatArray:
    """Ascending edges, at most bins - 1, that cut (n,) values into bins of about as many each; NaN does not count."""
    known = values[~np.isnan(values)]
    if not known.size:
        return np.zeros(0)
    edges: FloatArray = np.unique(np.quantile(known, np.arange(1, bins) / bins, method="lower"))
    return edges


def binned(values: FloatArray, edges: FloatArray) -> IntArray:
    """(n,) bins from 0; an edge belongs to the bin below it, NaN to one of its own, `edges.size + 1`."""
    bins: IntArray = np.where(np.isnan(values), edges.size + 1, np.searchsorted(edges, values, side="left"))
    return bins


def counted(states: IntArray, labels: IntArray, n_states: int, n_classes: int) -> FloatArray:
    """(n_states, n_classes) how often each class came true in each state."""
    counts = np.bincount(states * n_classes + labels, minlength=n_states * n_classes)
    return counts.reshape(n_states, n_classes).astype(np.float64)


def shrunk(counts: FloatArray, prior: FloatArray, strength: float) -> FloatArray:
    """Shares of counts, (…, n_classes), to which `strength` examples of the prior, (…, n_classes), are added."""
    shares: FloatArray = (counts + strength * prior) / (counts.sum(axis=-1, keepdims=True) + strength)
    return shares


def overall(labels: IntArray, n_classes: int) -> FloatArray:
    """(n_classes,) shares of classes, one example being spread over all of them, so that none is 0."""
    counts = np.bincount(labels, minlength=n_classes).astype(np.float64)
    return shrunk(counts, np.full(n_classes, 1 / n_classes), 1)


def spread(found: FloatArray, places: IntArray, n_classes: int, n: int) -> FloatArray:
    """(m, n_classes) out of (m, n_places) probabilities of the classes that came true in n examples.

    Those that never did get 1 / (n + n_classes) each, and the others what is left.
    """
    if len(places) == n_classes:
        return found
    missing = 1 / (n + n_classes)
    probabilities = np.full((len(found), n_classes), missing)
    probabilities[:, places] = found * (1 - missing * (n_classes - len(places)))
    return probabilities

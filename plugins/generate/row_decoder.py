"""The network that makes rows of metadata out of codes, shared by those that differ in how it learns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.generate.network_batches import in_batches
from toolkit.errors import ModelError
from toolkit.training import load_keras

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from plugins.generate.binned_rows import BinnedRows
    from toolkit.interactions import FloatArray, IntArray
    from toolkit.materials.metadata import MetadataWishes, Rows
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

# Codes of a round of draws, and rounds until wanted labels count as never drawn.
_ROUND, _ROUNDS = 4096, 128
# Rows that a network is given at once: one shape, which is compiled once.
_ROWS = 1024


def shape(rows: BinnedRows, units: int, latent: int) -> dict[str, Any]:
    """What `build_decoder` needs to know."""
    return {"sizes": rows.sizes or [1], "labels": rows.width, "units": units, "latent": latent}


def build_decoder(config: Mapping[str, Any]) -> Any:
    """Scores of labels by the code, and of each column by the code, the labels and the columns before it.

    Inputs are (n, latent) codes, (n, n_labels) labels and (n, sum of sizes) columns as one-hot vectors; outputs scores
    of labels and of columns in the same shapes. Columns that come later than the one whose scores are wanted count for
    nothing, so that rows are drawn column after column.
    """
    keras = load_keras()
    layers, units = keras.layers, config["units"]
    code, labels = keras.Input((config["latent"],)), keras.Input((config["labels"],))
    columns = keras.Input((sum(config["sizes"]),))
    hidden = code
    for _ in range(2):
        hidden = layers.Concatenate()([layers.Dense(units, activation="gelu")(hidden), code])
    scores, end = [], 0
    for size in config["sizes"]:
        known = layers.Concatenate()([hidden, labels, columns[:, :end]] if end else [hidden, labels])
        scores.append(layers.Dense(size)(layers.Dense(units, activation="gelu")(known)))
        end += size
    joined = layers.Concatenate()(scores) if len(scores) > 1 else scores[0]
    return keras.Model([code, labels, columns], [layers.Dense(config["labels"])(hidden), joined], name="decoder")


def sampled(
    model: Any,
    rows: BinnedRows,
    codes: Callable[[np.random.Generator, int], Float64],
    n: int,
    wishes: MetadataWishes,
    seed: int,
) -> Rows:
    """Draw n rows: codes, labels by codes, columns by both.

    Args:
        model: of `build_decoder`.
        rows: the columns.
        codes: draws as many codes as it is told to.
        n: how many.
        wishes: of rows with given labels, codes and labels are drawn until there are as many.
        seed: of all draws.

    Raises:
        ModelError: wanted labels hardly ever come out.
    """
    rng, decoder = np.random.default_rng(seed), partial(called, model)
    blank = np.zeros((_ROUND, rows.width), dtype=np.float32), rows.one_hot(np.full((_ROUND, len(rows.sizes)), -1))

    def draw(size: int) -> tuple[BoolArray, FloatArray]:
        drawn = codes(rng, size).astype(np.float32)
        return rows.drawn_labels(decoder(drawn, *blank)[0], rng, wishes.temperature), drawn

    labels, drawn = with_labels(n, wishes.labels, rows.label_names, draw)
    known = rows.wide(labels)

    def scores(place: int, so_far: IntArray) -> FloatArray:
        found: FloatArray = rows.split(decoder(drawn, known, rows.one_hot(so_far))[1])[place]
        return found

    return rows.drawn(scores, labels, rng, wishes.temperature)


def with_labels(
    n: int, wanted: BoolArray | None, names: Sequence[str], draw: Callable[[int], tuple[BoolArray, FloatArray]]
) -> tuple[BoolArray, FloatArray]:
    """The first n of several draws of as many rows as `draw` is told to, those alone that have the wanted labels.

    Raises ModelError where they hardly ever come out.
    """
    labels, codes, found = [], [], 0
    for _ in range(-(-n // _ROUND) if wanted is None else _ROUNDS):
        some, drawn = draw(_ROUND)
        fit = slice(None) if wanted is None else some[:, np.asarray(wanted)].all(axis=1)
        labels.append(some[fit])
        codes.append(drawn[fit])
        found += len(labels[-1])
        if found >= n:
            break
    if wanted is not None and found < n:
        given = " and ".join(name for name, one in zip(names, wanted.tolist(), strict=True) if one)
        raise ModelError(
            f"only {found} of {_ROUNDS * _ROUND:,} rows that were drawn are of {given}; ask for fewer with --count, or "
            "for genres that go together more often"
        )
    return np.concatenate(labels)[:n], np.concatenate(codes)[:n]


def called(model: Any, *arrays: NDArray[Any]) -> list[NDArray[Any]]:
    """What a model makes of arrays with any number of rows."""
    return in_batches(model, _ROWS, *arrays)

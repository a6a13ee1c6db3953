"""Rows of metadata as frames and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

    from toolkit.materials.metadata import Rows


def as_frame(items: Rows) -> pl.DataFrame:
    """The rows as a frame: whole numbers whole, null where nothing is known, and the list `genres`."""
    import polars as pl

    numbers = {
        name: pl.Series(items.numbers[:, place], nan_to_null=True).cast(pl.Int64 if whole else pl.Float64)
        for place, (name, whole) in enumerate(zip(items.number_names, items.whole.tolist(), strict=True))
    }
    names = np.array(items.label_names, dtype=object)
    genres = pl.Series([names[row].tolist() for row in items.labels], dtype=pl.List(pl.String))
    return pl.DataFrame(numbers | {"genres": genres})


def as_json(items: Rows) -> list[str]:
    """(n,) each row as a JSON object."""
    import polars as pl

    return as_frame(items).select(pl.struct(pl.all()).struct.json_encode())[:, 0].to_list()

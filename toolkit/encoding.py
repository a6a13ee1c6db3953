"""Columns of text, such as a plain table has, as numbers that a model can learn from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray

    Columns = Mapping[str, pl.Series]

# Share of what stands in a column that must read as numbers, or as days, for all of it to be taken for such.
MOSTLY = 0.95
MOST_LEVELS = 20
# A value of its own has at least so many rows, and this share of all.
FEWEST_ROWS, LEAST_SHARE = 5, 0.005
FEWEST_FOR_IDS = 20
MISSING = ("", "-", "?", "na", "n/a", "nan", "null")
OTHER = "any other"
_ID = re.compile(r"(?:^|[\s_.-])(?i:id|uuid|key)$|[a-z]I[Dd]$")
Kind = Literal["number", "comma", "day", "category"]


@dataclass(frozen=True)
class Column:
    """How one column is read.

    Attributes:
        name: of the column.
        kind: a number, one with a decimal comma, a day such as 2026-10-01, or a category.
        levels: of a category, the values that get a feature of their own.
        pooled: of a category, whether all other values get one together.
        missing: of a category, whether it is one that nothing stands there.
    """

    name: str
    kind: Kind
    levels: tuple[str, ...] = ()
    pooled: bool = False
    missing: bool = False

    @property
    def features(self) -> tuple[str, ...]:
        """Names of its features."""
        if self.kind != "category":
            return (self.name,)
        others = [OTHER] if self.pooled else []
        gaps = [f"{self.name} missing"] if self.missing else []
        return (*(f"{self.name} = {level}" for level in (*self.levels, *others)), *gaps)

    def read(self, texts: pl.Series) -> FloatArray:
        """(n, n_features) float32; NaN where a number or a day is missing or is none.

        So are the features of a category where nothing stands, unless that is a feature itself.
        """
        if self.kind != "category":
            return _numbers(texts, self.kind)[:, None].astype(np.float32)
        import polars as pl

        known = _known(texts)
        found = [known == level for level in self.levels]
        if self.pooled:
            found.append(~known.is_in(self.levels))
        if self.missing:
            found = [*(column.fill_null(value=False) for column in found), known.is_null()]
        return np.column_stack([column.cast(pl.Float32).fill_null(float("nan")).to_numpy() for column in found])


@dataclass(frozen=True)
class Encoding:
    """How a table's columns are read.

    Attributes:
        columns: those that are.
        dropped: why the others are not, by name.
    """

    columns: tuple[Column, ...]
    dropped: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """(n_features,)."""
        return tuple(name for column in self.columns for name in column.features)

    def apply(self, table: Columns, rows: IntArray) -> FloatArray:
        """(n, n_features) float32 of some rows of a table."""
        if not self.columns:
            return np.zeros((rows.size, 0), dtype=np.float32)
        return np.column_stack([column.read(table[column.name].gather(rows)) for column in self.columns])


def fit_encoding(table: Columns, rows: IntArray) -> Encoding:
    """Learn from some rows, which are to be training rows, how each column is to be read.

    - Where 95 % of what stands in a column are numbers, or days such as 2026-10-01, it is one number a row; the rest of
      it counts as missing. Signs of currencies, of per cent, and commas between thousands are read over.
    - Anything else is a category: each of the MOST_LEVELS most frequent values that has FEWEST_ROWS rows and half a
      per cent of all is a feature that is 1 or 0, all other values are one together, and so is that nothing stands
      there. Of a category with two values only, one is a feature.
    - Left out, with the reason, are columns with one value; whose texts are different in more than half of the rows,
      such as names; and whose whole numbers are all different and either called an id, or consecutive.

    Args:
        table: columns of texts, all of the same length; null where nothing stands.
        rows: (n,) which rows to learn from.
    """
    columns, dropped = [], {}
    for name, texts in table.items():
        read = _column(name, texts.gather(rows))
        if isinstance(read, Column):
            columns.append(read)
        else:
            dropped[name] = read
    return Encoding(tuple(columns), dropped)


def _column(name: str, texts: pl.Series) -> Column | str:
    """How a column is read, or why it is not."""
    known = _known(texts)
    some = len(known) - known.null_count()
    if not some:
        return "is empty"
    different = known.drop_nulls().n_unique()
    gaps = known.null_count() > 0
    kinds: tuple[Kind, ...] = ("number", "comma", "day")
    for kind in kinds:
        values = _numbers(texts, kind)
        values = values[~np.isnan(values)]
        if values.size >= MOSTLY * some:
            if kind != "day" and _are_ids(name, values):
                return "is an id"
            return Column(name, kind) if np.ptp(values) > 0 or gaps else "has one value"
    if different > max(FEWEST_FOR_IDS, some / 2):
        return "is different in nearly every row"
    counts = known.drop_nulls().value_counts(name="rows").sort("rows", known.name, descending=[True, False])
    often = counts.filter(counts["rows"] >= max(FEWEST_ROWS, LEAST_SHARE * some))[:MOST_LEVELS]
    levels = sorted(often[known.name].to_list())
    pooled = len(levels) < different
    if len(levels) + pooled + gaps < 2:
        return "has one value"
    if len(levels) == 2 and not pooled and not gaps:
        levels = levels[1:]
    return Column(name, "category", tuple(levels), pooled, gaps)


def _are_ids(name: str, values: FloatArray) -> bool:
    """Whether numbers name the rows rather than say something about them."""
    if values.size < FEWEST_FOR_IDS or (values % 1 != 0).any() or np.unique(values).size < values.size:
        return False
    return bool(_ID.search(name) or np.ptp(values) < 2 * values.size)


def _known(texts: pl.Series) -> pl.Series:
    """What stands there without spaces around it; null for what says that nothing is known."""
    stripped = texts.str.strip_chars()
    return stripped.set(stripped.str.to_lowercase().is_in(MISSING), None)


def _numbers(texts: pl.Series, kind: Kind) -> FloatArray:
    """(n,) float64, NaN where no finite number of this kind is: of days those since 1970."""
    import polars as pl

    known = _known(texts)
    if kind == "day":
        read = known.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32)
    else:
        plain = known.str.replace_all(r"[$€£¥%\s]", "")
        if kind == "comma":
            plain = plain.str.replace_all(r"^([+-]?\d+),(\d+)$", "${1}.${2}")
        else:
            plain = pl.select(
                pl.when(plain.str.contains(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"))
                .then(plain.str.replace_all(",", ""))
                .otherwise(plain)
            ).to_series()
        read = plain.cast(pl.Float64, strict=False)
    values: FloatArray = read.cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
    values[~np.isfinite(values)] = np.nan
    return values

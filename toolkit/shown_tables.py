"""The tables that people see after a run, as a model or a kind of material names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from toolkit import show
from toolkit.errors import PluginError

if TYPE_CHECKING:
    import polars as pl

    from toolkit.analyzer import Shown
    from warehouse import Warehouse

MOST_COLUMNS = 6


def show_tables(warehouse: Warehouse, shows: Sequence[Shown], runs: Sequence[str]) -> None:
    """Show the tables of some runs that have rows.

    Raises:
        PluginError: one does not say of which runs it is.
        QueryError: its SQL is wrong, or does more than read.
    """
    for shown in shows:
        if "$runs" not in shown.sql:
            raise PluginError(f"the SQL of the table {shown.title!r} has no $runs, the runs that it is of")
        frame = warehouse.query(shown.sql, {"runs": list(runs)})
        if frame.shape == (1, 1) and isinstance(frame.item(), str):
            show.page(shown.title, frame.item())
        elif not frame.is_empty():
            show.show(for_terminal(frame, shown), title=shown.title, bars=shown.bars)


def for_terminal(frame: pl.DataFrame, shown: Shown) -> pl.DataFrame:
    """The frame as it fits on a terminal: the chosen columns, without the documents' names where there is one document.

    A single row of many columns is turned into a row a column.
    """
    import polars as pl

    if shown.columns:
        frame = frame.select(column for column in shown.columns if column in frame.columns)
    if "document" in frame.columns and frame["document"].n_unique() == 1:
        frame = frame.drop("document")
    if frame.height == 1 and frame.width > MOST_COLUMNS:
        values = {name: show.cell(value) for name, value in frame.row(0, named=True).items() if value is not None}
        return pl.DataFrame({"what": [name.replace("_", " ") for name in values], "value": list(values.values())})
    return frame

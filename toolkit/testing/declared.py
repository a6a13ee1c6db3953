"""The tables that a model declares, and a record of others that it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


class DeclaredTables(Mapping[str, "pl.DataFrame"]):
    """Tables by name, as `fit` is given them; one that was not declared raises KeyError, and is noted.

    Attributes:
        undeclared: the others that were asked for, in that order.
    """

    def __init__(self, tables: Mapping[str, pl.DataFrame], reads: tuple[str, ...]) -> None:
        self._tables = {name: tables[name] for name in reads if name in tables}
        self.undeclared: list[str] = []

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._tables:
            self.undeclared.append(name)
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

"""All titles in memory, by key and by what people call them: for answers without a connection to the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.lookup import DERIVED, Match, TitleLookup, label_of

if TYPE_CHECKING:
    import duckdb

    from toolkit.interactions import IntArray


# Texts that are remembered with what they mean, some 300 bytes each.
_MOST = 1_000_000


class TitleIndex(TitleLookup):
    """Finds titles as a TitleLookup on the warehouse does, in a copy of what that reads.

    Attributes:
        keys: (n_titles,) title_key, ascending.
        ids, names, years: (n_titles,) of each; a year may be None.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        """Copy what is read, on a connection that may be closed afterwards."""
        import duckdb

        super().__init__(duckdb.connect(":memory:"))
        titles = con.sql("SELECT title_key, title_id, name, year FROM raw.titles ORDER BY title_key").pl()
        self.keys: IntArray = titles["title_key"].to_numpy()
        self.ids, self.names, self.years = (titles[column].to_list() for column in ("title_id", "name", "year"))
        self.con.execute("CREATE SCHEMA raw")
        for name, frame in {"raw.titles": titles, **{name: con.sql(sql).pl() for name, sql in DERIVED.items()}}.items():
            self.con.register("frame", frame)
            self.con.execute(f"CREATE TABLE {name} AS FROM frame")
            self.con.unregister("frame")
        self._key_of_id = dict(zip(self.ids, self.keys.tolist(), strict=True))
        # Titles as they are written are looked up at once, since one query takes as long as some recommendations.
        labels = map(label_of, self.names, self.years)
        self._known = super().matches([*dict.fromkeys([*labels, *self.names])])

    def matches(self, texts: Sequence[str]) -> dict[str, Match]:
        """What each text may mean, without those that mean nothing."""
        others = [text for text in texts if text not in self._known]
        found = super().matches(others) if others else {}
        if len(self._known) < _MOST:
            self._known |= found
        return found | {text: self._known[text] for text in texts if text in self._known}

    def query(self, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Rows of a query that goes on after its first WITH; what DERIVED names are tables here."""
        return self.con.execute(f"WITH {sql}", values).fetchall()

    def key_of_id(self, given: str) -> int:
        """The title_key of the title of an id."""
        return self._key_of_id[given] if given in self._key_of_id else super().key_of_id(given)

    def places(self, keys: IntArray) -> IntArray:
        """(n,) where titles of these keys, all of which exist, stand in `ids`, `names` and `years`."""
        found: IntArray = np.searchsorted(self.keys, keys)
        return found

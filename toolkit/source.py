"""What a plugin's source is: it reads files that cinekit does not know, and says what is in them, as frames."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import polars as pl


class Source(ABC):
    """Reads files for `cinekit load NAME`. What it returns is checked, refused, folded and numbered as other loads are.

    Class attributes:
        name: what a user types after `cinekit load`.
        suffixes: endings of the files that it reads, with their dots, in lower case. They are looked for in folders and
            .zip archives; their names and contents tell whether the same was loaded before.
        writes: the tables that it fills: kinds of plain tables (purchases, ratings, reviews, tags, titles, viewers,
            watches), and tables of the plugin's own, such as "plugin_NAME.notes".

    .. versionadded:: 0.1
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    writes: ClassVar[tuple[str, ...]]

    @abstractmethod
    def load(self, path: Path) -> Mapping[str, pl.DataFrame]:
        """Rows by table, out of a file or a folder; an archive has been unpacked into one.

        Columns of plain tables are the fields that docs/loading.md names, such as viewer, name and rating. Those of the
        plugin's own are the table's, without load, with viewer in place of viewer_key and title in place of title_key.
        Titles go by ids everywhere (title), or by names with years everywhere, such as "Heat (1995)": these stand in
        the column name of plain tables, and in the column title of the plugin's own.

        Raises SourceError where the files are not what they should be.
        """

"""The kind of model behind `cinekit analyze`: one document in, frames out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from toolkit.model import Model

if TYPE_CHECKING:
    import polars as pl

    from toolkit.document import Document, Workspace


@dataclass(frozen=True)
class Shown:
    """A table that people see after an analysis.

    Attributes:
        title: what stands above it.
        sql: a SELECT over tables of schema results, ``WHERE run IN (SELECT unnest($runs))``.
        bars: numeric columns that are drawn as bars.
        columns: those that people see, so that a row fits on a terminal; all of them unless given.
    """

    title: str
    sql: str
    bars: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


class Analyzer(Model):
    """Takes one document apart. An author writes `analyze`; `lines` where there are words whose sentiment counts.

    Class attributes:
        kind: kind of document, such as "script".
        suffixes: endings of the files that are taken out of a folder, in lower case, such as ``(".fountain", ".fdx")``.
        writes: the tables that it fills.
        together: how many documents share a run; more than 1 where each takes a moment.
        titled_by: whether a title is named after a document's file, or after the folder that it lies in.
        shows: what people see afterwards; the first is also what programs get with --format.
    """

    verb: ClassVar[str] = "analyze"
    kind: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    writes: ClassVar[tuple[str, ...]]
    together: ClassVar[int] = 1
    titled_by: ClassVar[Literal["file", "folder"]] = "file"
    shows: ClassVar[tuple[Shown, ...]] = ()

    @abstractmethod
    def analyze(self, document: Document, workspace: Workspace) -> Mapping[str, pl.DataFrame]:
        """Rows by table, with the table's columns but for `run` and `document_key`, which are filled in.

        It may be called for several documents, in any order, and must not change the model. Raises SourceError where
        the file is not what it should be, ModelError where it cannot be analysed.
        """

    def lines(self, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame | None:
        """What is spoken, to be scored for sentiment; None where nothing is.

        Out of the frames that `analyze` returned, in the order of the story: place (Int32, element or cue), text,
        scene (Int32 or null), character (text or null; of several who speak together, the names parted by line
        breaks), share (Float64: how far through the story, 0 to 1), seconds (Float64 or null).
        """
        return None

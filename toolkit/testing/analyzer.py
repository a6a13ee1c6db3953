"""The contract of analyzers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, ClassVar, cast

from toolkit.analyzer import Analyzer
from toolkit.document import Document, Workspace
from toolkit.errors import CinekitError, SourceError
from toolkit.frames import checked
from toolkit.scoring import checked_lines
from toolkit.testing.checks import fail, must
from toolkit.testing.contract import ModelContract
from toolkit.testing.installed_plugins import warehouse_with
from toolkit.testing.small_documents import TINY_FILES, write_small_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from toolkit.model import Model
    from warehouse import Warehouse


@dataclass(frozen=True)
class Desk:
    """What an analyzer is given: a document that lies alone in its folder, and where it may write."""

    document: Document
    folder: Path


class AnalyzerContract(ModelContract):
    """What holds of an analyzer: subclass it, name the `model`, and run pytest.

        class TestCredits(AnalyzerContract):
            model = Credits
            document = "Ann"

    .. versionadded:: 0.1

    Class attributes:
        document: what it is tried on: a text, bytes, or the path of a file. Unless given, what the ending says: a
            drawn clip, a picture, subtitles, or else a short screenplay.
    """

    kind: ClassVar[type[Model]] = Analyzer
    document: ClassVar[str | bytes | Path | None] = None

    def given(self, folder: Path) -> Desk:
        """The document in a folder of its own."""
        content = self.document
        if content is None:
            path = self._path(folder)
            write_small_document(path)
        elif isinstance(content, Path):
            path = self._path(folder, content.suffix)
            path.write_bytes(content.read_bytes())
        else:
            path = self._path(folder)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self._desk(path, folder)

    def fit(self, model: Analyzer, given: Desk, seed: int) -> None:
        """Nothing: analyzers do not learn."""
        del model, given, seed

    def answers(self, model: Analyzer, given: Desk, seed: int) -> Any:
        """The frames by table, and what is spoken."""
        try:
            frames = dict(model.analyze(given.document, Workspace(given.folder, seed)))
        except SourceError as error:
            hint = "" if self.document is not None else "; give it another: document = a text, bytes or a path"
            fail(f"{self.name} refuses the small document: {error}{hint}")
        return frames, model.lines(frames)

    def taken_down(self, given: Desk) -> Any:
        """All files beside the document, and what is in them."""
        return {file.name: file.read_bytes() for file in given.document.path.parent.iterdir()}

    def check_promise(self, model: Analyzer, given: Desk) -> None:
        """Frames of the tables in `writes`, with their columns and types; lines with theirs; SQL that runs."""
        frames, lines = self.answers(model, given, self.seed)
        warehouse = warehouse_with(self.name, model.writes)
        must(bool(frames), f"{self.name}: analyze returned no frames; return rows by table")
        try:
            for table, frame in frames.items():
                must(
                    table in model.writes,
                    f"{self.name} returned {table}, which it does not declare; add it to writes",
                )
                checked(warehouse, table, frame, self.name)
            if lines is not None:
                checked_lines(lines, self.name)
        except CinekitError as error:
            fail(f"{error}; return the columns of the table but for run and document_key")
        self._check_shown(model, warehouse)

    def _check_shown(self, model: Analyzer, warehouse: Warehouse) -> None:
        for shown in model.shows:
            try:
                warehouse.query(shown.sql, {"runs": []})
            except CinekitError as error:
                fail(f"{self.name}: the SQL of {shown.title!r} in shows fails: {error}; correct it")

    def too_little(self, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
        """Files that are empty, blank, one word, and no text."""
        for what, content in TINY_FILES.items():
            path = self._path(folder)
            path.write_bytes(content)
            yield f"given a file that is {what}", partial(self._analyze, self._desk(path, folder))

    def _analyze(self, desk: Desk) -> None:
        model = cast("Analyzer", self.built())
        model.lines(dict(model.analyze(desk.document, Workspace(desk.folder, self.seed))))

    def _path(self, folder: Path, suffix: str = "") -> Path:
        """Where a document goes: alone in a new folder, with an ending that the analyzer takes."""
        suffixes = cast("type[Analyzer]", self.found()).suffixes
        return Path(mkdtemp(dir=folder)) / f"small{suffix or suffixes[0]}"

    def _desk(self, path: Path, folder: Path) -> Desk:
        return Desk(Document(path), Path(mkdtemp(dir=folder)))

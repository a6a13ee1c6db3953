"""The contract of sources."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, ClassVar

from toolkit.errors import CinekitError, SourceError
from toolkit.offers import check_source, check_tables, imported
from toolkit.testing.checks import difference, fail, in_words, must, obeyed
from toolkit.testing.empty_warehouse import empty_warehouse
from toolkit.testing.entry_modules import check_light, entry_module
from toolkit.testing.installed_plugins import installed_host
from toolkit.testing.small_documents import TINY_FILES
from warehouse.loads import load
from warehouse.sources.frames import PLAIN, FrameSource

if TYPE_CHECKING:
    import polars as pl

    from toolkit.source import Source


class SourceContract:
    """What holds of a source: subclass it, name the `source` and a small `file`, and run pytest.

        class TestExport(SourceContract):
            source = "my-format"
            file = {"diary.csv": DIARY}

    .. versionadded:: 0.1

    Class attributes:
        source: the class, or its name where the plugin is installed, as it has to be for tables of its own.
        file: what it is tried on, all of whose rows can be taken: a text, bytes, the path of a file or a folder, or
            texts or bytes by name, which are written into a folder.
        entry_point: the module with the hook, as in "cinekit_my_format"; found unless given.
    """

    source: ClassVar[type[Source] | str]
    file: ClassVar[str | bytes | Path | Mapping[str, str | bytes]]
    entry_point: ClassVar[str] = ""

    def found(self) -> type[Source]:
        """The source's class."""
        for name in ("source", "file"):
            if not hasattr(self, name):
                fail(f"{type(self).__name__} has no {name}; add a line such as: {name} = …")
        made: Any = self.source
        try:
            if isinstance(made, str):
                installed_host().source(made)
                entry = next(entry for entry in installed_host().sources() if entry.name == made)
                made = imported(f"source {made}", entry.target, "install what it needs")
            check_source(f"source {made!r}", made, getattr(made, "name", "?"))
        except CinekitError as error:
            fail(str(error))
        return made  # type: ignore[no-any-return]

    def given(self, folder: Path) -> Path:
        """The file or folder, alone in a new folder."""
        found = self.found()
        alone, content = Path(mkdtemp(dir=folder)), self.file
        if isinstance(content, Path):
            must(content.suffix != ".zip", f"{found.name} is given what was in archives; name a folder as file")
            path = alone / content.name
            shutil.copytree(content, path) if content.is_dir() else shutil.copy(content, path)
        elif isinstance(content, Mapping):
            path = alone / "small"
            for name, part in content.items():
                _write(path / name, part)
        else:
            path = alone / f"small{found.suffixes[0]}"
            _write(path, content)
        return path

    def frames(self, path: Path) -> Mapping[str, pl.DataFrame]:
        """What a new source makes of a file or folder."""
        return self.found()().load(path)

    def test_it_is_documented(self) -> None:
        """Its class has a docstring."""
        found = self.found()
        must(bool((found.__doc__ or "").strip()), f"{found.__name__} has no docstring; say what its files are")

    def test_its_suffixes_are_endings(self) -> None:
        """They are as files' endings are compared: with a dot, in lower case."""
        wrong = [suffix for suffix in self.found().suffixes if suffix[:1] != "." or suffix != suffix.lower()]
        must(not wrong, f"{self.name}: no file is found by the suffix {', '.join(wrong)}; write it as in '.csv'")

    def test_it_loads_what_it_promises(self, tmp_path: Path) -> None:
        """The rows go into tables that it declares, by the fields and types of these; none is refused."""
        try:
            done = load(empty_warehouse(tmp_path), self.name, self.given(tmp_path), plugin=self._offered())
        except CinekitError as error:
            fail(f"{error}; mend load, or give it another file")
        for reason, _, table, line in done.reasons:
            fail(f"{self.name}: a row is refused: {reason} (in {table}, line {line}); mend load, or the file")

    def test_the_same_file_gives_the_same(self, tmp_path: Path) -> None:
        """Read twice, it gives the same frames."""
        path = self.given(tmp_path)
        where = difference(self.frames(path), self.frames(path))
        must(not where, f"{self.name}: read twice, the same file differs in {where}; go by the file alone")

    def test_it_does_not_change_its_input(self, tmp_path: Path) -> None:
        """Files are afterwards as they were, and none has come."""
        path = self.given(tmp_path)
        before = _files(path.parent)
        self.frames(path)
        where = difference(before, _files(path.parent))
        must(not where, f"{self.name} changes {where} of what it is given; write nothing")

    def test_it_prints_nothing(self, tmp_path: Path) -> None:
        """Standard output is for rows."""
        path, said = self.given(tmp_path), io.StringIO()
        with redirect_stdout(said):
            self.frames(path)
        must(not said.getvalue(), f"{self.name} prints {said.getvalue()[:60]!r}; remove the print, or write to stderr")

    def test_what_is_none_of_its_files_is_one_error(self, tmp_path: Path) -> None:
        """Given bytes that are no text, it raises a SourceError of one line; so, or not, where there is too little."""
        suffix = self.found().suffixes[0]
        for what, content in TINY_FILES.items():
            alone = Path(mkdtemp(dir=tmp_path))
            file = alone / f"small{suffix}"
            file.write_bytes(content)
            for path, how in ((file, "a file"), (alone, "a folder with a file")):
                asked = f"given {how} that is {what}"
                obeyed(partial(self.frames, path), self.name, asked)
                if what == "no text":
                    self._refused(path, asked)

    def test_it_is_cheap_to_import(self) -> None:
        """The module with the hook imports nothing heavy."""
        check_light(self.entry_point or entry_module(self.found()), self.name)

    @property
    def name(self) -> str:
        """The source's name, for messages."""
        return self.found().name

    def _offered(self) -> FrameSource:
        """The source as the host gives it; of a plugin that is not installed, without tables of its own."""
        found = self.found()
        for entry in installed_host().sources():
            if entry.target == f"{found.__module__}:{found.__qualname__}":
                return installed_host().source(entry.name)
        try:
            check_tables(f"source {found.name!r}", found, "", *PLAIN)
        except CinekitError as error:
            fail(f"{error}; install its plugin: pip install -e .")
        return FrameSource(
            found.name, found.suffixes, found.writes, found().load, "a plugin that is not installed", "0"
        )

    def _refused(self, path: Path, asked: str) -> None:
        try:
            self.frames(path)
        except SourceError:
            return
        except CinekitError as error:
            fail(f"{self.name}, {asked}: it raised {in_words(error)}; raise SourceError")
        fail(f"{self.name}, {asked}: it returned frames; raise SourceError with one line that says what it should be")


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def _files(folder: Path) -> dict[str, bytes]:
    """What is in each file below a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}

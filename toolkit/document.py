"""A file that is analysed, as an analyzer is given it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from toolkit.errors import SourceError

MOST_TEXT = 64 << 20  # bytes; a long novel is one of them


@dataclass(frozen=True)
class Document:
    """One document.

    Attributes:
        path: the file.
        encoding: encoding of its text, where the user named one.
    """

    path: Path
    encoding: str | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def suffix(self) -> str:
        """The ending of its name, in lower case, such as ".fdx"."""
        return self.path.suffix.lower()

    def text(self) -> str:
        """Its text, with newlines as line ends: UTF-8, UTF-16 with BOM, else cp1252, or what the user named.

        Raises:
            SourceError: empty, binary, larger than 64 MiB, or in no encoding that fits.
        """
        return self._text

    @property
    def known_text(self) -> str | None:
        """Its text if somebody has asked for it, as of documents that are no text nobody does."""
        text: str | None = self.__dict__.get("_text")
        return text

    @cached_property
    def _text(self) -> str:
        from warehouse.sources.text import read_text

        size = self.path.stat().st_size
        if size > MOST_TEXT:
            raise SourceError(f"{self.name} has {size:,} bytes, more than any script; is it the right file?")
        with tempfile.TemporaryDirectory(prefix="cinekit-") as folder:
            file, _, _ = read_text(self.path, self.name, Path(folder), self.encoding)
            return file.path.read_text(encoding="utf-8-sig")


def _quiet(steps: int) -> None:
    del steps


class Workspace:
    """What an analyzer may use beside its document.

    Attributes:
        seed: for whatever is random.
        advance: call it with the steps that were done, for the progress bar.
        steps: call it with how many steps there will be, where that is known.
    """

    def __init__(
        self,
        folder: Path,
        seed: int = 0,
        advance: Callable[[int], None] = _quiet,
        steps: Callable[[int], None] = _quiet,
    ) -> None:
        self._folder = folder
        self.seed, self.advance, self.steps = seed, advance, steps

    @property
    def folder(self) -> Path:
        """Files that are written here (.png, .npy, .json, ...) are kept with the run. Made when it is asked for."""
        with suppress(FileNotFoundError):  # another process has just removed the empty folder of all runs
            self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

"""A plugin's faults are the plugin's: whatever it raises becomes one line, and what it prints goes to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, TextIO, TypeVar

from toolkit.errors import CinekitError, ModelError, PluginError
from toolkit.extras import how_to_install

if TYPE_CHECKING:
    from toolkit.model import Model
    from toolkit.source import Source

Made = TypeVar("Made")


class _Stdout:
    """Standard output, of Python and of the process, turned to stderr while anybody is inside.

    Threads share both, and insides nest: who comes first turns it, who leaves last turns it back.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._stream: TextIO = sys.stdout
        self._descriptor: int | None = None

    def enter(self) -> None:
        with self._lock:
            if not self._inside:
                for stream in filter(None, (sys.stdout, sys.__stdout__)):
                    stream.flush()  # what is ours, before the rest goes elsewhere
                self._stream, sys.stdout = sys.stdout, sys.stderr
                self._descriptor = _turned(1, 2)
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                with suppress(OSError, ValueError):  # theirs, which may be closed
                    if sys.__stdout__ is not None:
                        sys.__stdout__.flush()
                sys.stdout = self._stream
                if self._descriptor is not None:
                    os.dup2(self._descriptor, 1)
                    os.close(self._descriptor)


_stdout = _Stdout()


def _turned(one: int, other: int) -> int | None:
    """Let a file descriptor write where another does; a copy of what it was, None where either is closed."""
    try:
        kept = os.dup(one)
    except OSError:
        return None
    try:
        os.dup2(other, one)
    except OSError:
        os.close(kept)
        return None
    return kept


@contextmanager
def foreign() -> Iterator[None]:
    """Run a plugin's code: what it, or a library or program that it calls, prints would stand among a program's rows.

    Raises BrokenPipeError, before it begins, where whoever reads our output has had enough.
    """
    _stdout.enter()
    try:
        yield
    finally:
        _stdout.leave()


def reason_of(error: BaseException, most: int = 300) -> str:
    """What went wrong, in one line of so many characters: its kind, and its text, which may fail in its turn."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "no more is known"
    return (text if isinstance(error, CinekitError) else f"{type(error).__name__}: {text}")[:most]


@contextmanager
def caught(answer: Callable[[BaseException], None]) -> Iterator[None]:
    """Run a plugin's code, and hand `answer` whatever it raises; Ctrl-C goes through."""
    with foreign():
        try:
            yield
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            answer(error)


@contextmanager
def told_if_interrupted(line: str) -> Iterator[None]:
    """Say on stderr whose code it was that Ctrl-C ended: of several plugins nobody knows which one hangs."""
    try:
        yield
    except KeyboardInterrupt:
        from toolkit.show import note

        note(line)
        raise


def usable(names: Iterable[str], make: Callable[[str], Made]) -> tuple[dict[str, Made], dict[str, CinekitError]]:
    """What is made of each name, and why the plugins of others cannot be used: these stop nobody.

    Raises:
        PluginError: not one can be used.
    """
    made: dict[str, Made] = {}
    failed: dict[str, CinekitError] = {}
    for name in names:
        try:
            made[name] = make(name)
        except PluginError as error:
            failed[name] = error
    if failed and not made:
        raise next(iter(failed.values()))
    return made, failed


def blamed(model: Model) -> AbstractContextManager[None]:
    """Run a model's own code.

    Raises:
        ModelError: what the model raised itself, a package is missing, or it ran out of memory.
        PluginError: anything else that it raised, with the model's name.
    """
    return _blamed(model, f"model {model.name}", model.verb)


def blamed_source(source: Source) -> AbstractContextManager[None]:
    """Run a source's own code. Raises as `blamed` does."""
    return _blamed(source, f"source {source.name}", "load")


def _blamed(one: Model | Source, what: str, verb: str) -> AbstractContextManager[None]:
    def answer(error: BaseException) -> None:
        if isinstance(error, CinekitError):
            raise error
        if isinstance(error, ModuleNotFoundError):
            raise ModelError(
                f"{one.name} needs the package {error.name}, which is not installed; "
                f"{how_to_install(error.name or '', verb)}"
            ) from error
        if isinstance(error, MemoryError):
            raise ModelError(f"{one.name} ran out of memory ({error}); take another model, or fewer titles") from error
        where = f"{type(one).__module__}.{type(one).__qualname__}"
        raise PluginError(f"{what} ({where}) failed with {reason_of(error, 200)}; --debug shows where") from error

    return caught(answer)

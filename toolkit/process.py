"""What a plugin changes of the whole process while it loads, or is told of a run, is put back, and named."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NoReturn, TextIO

# Those that end, stop or wake a program, as far as the system has them.
_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGPIPE", "SIGALRM", "SIGCHLD", "SIGTSTP", "SIGBREAK")
    if hasattr(signal, name)
)
_STREAMS = {"stdin": 0, "stdout": 1, "stderr": 2}

_theirs: list[threading.Thread] = []


@contextmanager
def put_back(package: str) -> Iterator[list[str]]:
    """Run code of the plugin in `package`; what it changed of the process stands in the list when all is as before.

    The filters of warnings are put back in silence, since NumPy adds some where it is imported.
    """
    changed: list[str] = []
    was = _Process()
    with warnings.catch_warnings(), _without_exit_handlers(package, changed):
        try:
            yield changed
        finally:
            changed += was.put_back()


class _Process:
    """What belongs to the whole process, as it is now."""

    def __init__(self) -> None:
        self._folder = _folder()
        self._environ, self._variables = os.environ, dict(os.environ)
        self._handlers = {one: signal.getsignal(one) for one in _SIGNALS}
        self._threads = set(threading.enumerate())
        self._streams = {name: getattr(sys, name) for name in (*_STREAMS, *(f"__{name}__" for name in _STREAMS))}
        self._copies = [(number, _copy(number)) for number in _STREAMS.values()]

    def put_back(self) -> list[str]:
        """Put it back; what was different."""
        return [*self._put_back_files(), *self._put_back_rest(), *self._new_threads()]

    def _put_back_files(self) -> Iterator[str]:
        different = False
        for number, copy in self._copies:
            if copy is not None:
                if not _same_file(number, copy):
                    os.dup2(copy, number)
                    different = True
                os.close(copy)
        again: dict[int, IO[Any]] = {}
        for name, stream in self._streams.items():
            closed = getattr(stream, "closed", False)
            if closed:
                number = _STREAMS[name.strip("_")]
                setattr(sys, name, again.setdefault(id(stream), _opened(stream, number)))
            elif getattr(sys, name) is not stream:
                setattr(sys, name, stream)
            else:
                continue
            different = True
        if different:
            yield "the standard streams"

    def _put_back_rest(self) -> Iterator[str]:
        if self._folder is not None and _folder() != self._folder:
            os.chdir(self._folder)
            yield "the working directory"
        os.environ = self._environ  # noqa: B003 - the very one, where another was put in its place
        now = dict(os.environ)
        for name in sorted(now.keys() | self._variables.keys()):
            if now.get(name) != self._variables.get(name):
                os.environ.pop(name, None)
                if name in self._variables:
                    os.environ[name] = self._variables[name]
                yield f"the environment variable {name}"
        for one, handler in self._handlers.items():
            if handler is not None and signal.getsignal(one) is not handler:
                signal.signal(one, handler)
                yield f"what {signal.Signals(one).name} does"

    def _new_threads(self) -> Iterator[str]:
        """Threads cannot be ended from without; `end` does not wait for them."""
        new = [thread for thread in threading.enumerate() if thread not in self._threads and not thread.daemon]
        _theirs.extend(new)
        if new:
            yield f"the threads ({len(new)} more)"


def end(code: int) -> NoReturn:
    """End the program with an exit code, once its output is written, and without waiting for threads of plugins.

    As long as there are none of these, the program ends as any does: libraries that registered something for then, such
    as multiprocessing, remove what is theirs. Only where Python would wait for a plugin's thread it is left without
    that, as there is no way to have the one without the other; rows are in the warehouse by then.
    """
    if any(thread.is_alive() for thread in _theirs):
        os._exit(code)
    sys.exit(code)


@contextmanager
def _without_exit_handlers(package: str, changed: list[str]) -> Iterator[None]:
    """Leave out what a plugin's own code registers for the end of the program, where it could change the exit code.

    What libraries register when they are imported goes on: joblib and multiprocessing have to remove what is theirs.
    """
    register = atexit.register

    def only_of_libraries(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[..., Any]:
        caller = str(sys._getframe(1).f_globals.get("__name__"))
        if caller.partition(".")[0] != package:
            return register(call, *args, **kwargs)
        if "what runs at the end" not in changed:
            changed.append("what runs at the end")
        return call

    atexit.register = only_of_libraries  # type: ignore[assignment]
    try:
        yield
    finally:
        atexit.register = register


def _folder() -> str | None:
    try:
        return str(Path.cwd())
    except OSError:  # it was removed
        return None


def _copy(number: int) -> int | None:
    try:
        return os.dup(number)
    except OSError:  # it is closed
        return None


def _same_file(number: int, copy: int) -> bool:
    try:
        return os.path.sameopenfile(number, copy)
    except OSError:
        return False


def _opened(stream: TextIO, number: int) -> IO[Any]:
    """A stream in the place of one that was closed."""
    mode = "r" if number == 0 else "w"
    return open(number, mode, buffering=1, encoding=stream.encoding, errors=stream.errors, closefd=False)

"""A plugin's faults are the plugin's: whatever it raises becomes one line, and what it prints goes to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stdout
from typing import TYPE_CHECKING

from toolkit.errors import CinekitError, ModelError, PluginError
from toolkit.extras import how_to_install

if TYPE_CHECKING:
    from toolkit.model import Model
    from toolkit.source import Source


def foreign() -> AbstractContextManager[object]:
    """Run a plugin's code: what it prints would stand among the rows that a program reads from stdout."""
    return redirect_stdout(sys.stderr)


def reason_of(error: BaseException, most: int = 300) -> str:
    """What went wrong, in one line of so many characters: its kind, and its text, which may fail in its turn."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "no more is known"
    return (text if isinstance(error, CinekitError) else f"{type(error).__name__}: {text}")[:most]


@contextmanager
def blamed(model: Model) -> Iterator[None]:
    """Run a model's own code.

    Raises:
        ModelError: what the model raised itself, a package is missing, or it ran out of memory.
        PluginError: anything else that it raised, with the model's name.
    """
    with _blamed(model, f"model {model.name}", model.verb):
        yield


@contextmanager
def blamed_source(source: Source) -> Iterator[None]:
    """Run a source's own code. Raises as `blamed` does."""
    with _blamed(source, f"source {source.name}", "load"):
        yield


@contextmanager
def _blamed(one: Model | Source, what: str, verb: str) -> Iterator[None]:
    try:
        with foreign():
            yield
    except (CinekitError, KeyboardInterrupt):
        raise
    except ModuleNotFoundError as error:
        raise ModelError(
            f"{one.name} needs the package {error.name}, which is not installed; "
            f"{how_to_install(error.name or '', verb)}"
        ) from error
    except MemoryError as error:
        raise ModelError(f"{one.name} ran out of memory ({error}); take another model, or fewer titles") from error
    except BaseException as error:
        where = f"{type(one).__module__}.{type(one).__qualname__}"
        raise PluginError(f"{what} ({where}) failed with {reason_of(error, 200)}; --debug shows where") from error

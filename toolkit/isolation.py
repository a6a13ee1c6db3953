"""A model's faults are the model's: whatever it raises becomes one line that names it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING

from toolkit.errors import CinekitError, ModelError, PluginError
from toolkit.extras import how_to_install

if TYPE_CHECKING:
    from toolkit.model import Model


@contextmanager
def blamed(model: Model) -> Iterator[None]:
    """Run a model's own code.

    Raises:
        ModelError: what the model raised itself, a package is missing, or it ran out of memory.
        PluginError: anything else that it raised, with the model's name.
    """
    try:
        # What a model prints would stand among the rows that a program reads from stdout.
        with redirect_stdout(sys.stderr):
            yield
    except CinekitError:
        raise
    except ModuleNotFoundError as error:
        raise ModelError(
            f"{model.name} needs the package {error.name}, which is not installed; "
            f"{how_to_install(error.name or '', model.verb)}"
        ) from error
    except MemoryError as error:
        raise ModelError(f"{model.name} ran out of memory ({error}); take another model, or fewer titles") from error
    except (Exception, SystemExit) as error:
        reason = " ".join(str(error).split())[:200]
        where = f"{type(model).__module__}.{type(model).__qualname__}"
        raise PluginError(
            f"model {model.name} ({where}) failed with {type(error).__name__}: {reason}; --debug shows where"
        ) from error

"""Public names of `toolkit` and `toolkit.testing` that go away: each still works, and says once what to use instead.

A name is warned about for two minor releases at least, and then removed with its entry here; a test fails as soon as an
entry has outlived its time. `__getattr__` of both asks `deprecated` for whatever is no public name any more.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

# Minor releases that an old name goes on working for.
WARNED = 2
_VERSION = re.compile(r"(\d+)\.(\d+)")


class CinekitDeprecationWarning(DeprecationWarning):
    """A public name that a plugin uses is going away. pytest shows it; users of the plugin see nothing.

    .. versionadded:: 0.1
    """


@dataclass(frozen=True)
class Deprecation:
    """A public name that is going away.

    Attributes:
        name: as it stood in ``toolkit.__all__``, or "testing.NAME" of ``toolkit.testing.__all__``.
        target: where what it stands for is, "module:name" below `toolkit`.
        since: the version that first warns, such as "0.3".
        gone: the version that has it no more: two minor releases later, or the next major one.
        instead: what to write instead, as a sentence goes on after "use".
    """

    name: str
    target: str
    since: str
    gone: str
    instead: str

    def __post_init__(self) -> None:
        (major, minor), gone = version_of(self.since), version_of(self.gone)
        if gone < (major, minor + WARNED):
            raise ValueError(f"{self.name}: from {self.since} to {self.gone} are less than {WARNED} minor releases")

    def expired(self, version: str) -> bool:
        """Whether a version is one that should have it no more."""
        return version_of(version) >= version_of(self.gone)


DEPRECATIONS: tuple[Deprecation, ...] = ()

_warned: set[str] = set()


def deprecated(name: str) -> Any:
    """What an old name, "testing.NAME" of `toolkit.testing`, stands for, with a warning the first time.

    Raises AttributeError where it never was one.
    """
    for entry in DEPRECATIONS:
        if entry.name == name:
            if name not in _warned:
                _warned.add(name)
                message = f"toolkit.{name} goes away with cinekit {entry.gone}; use {entry.instead}"
                warnings.warn(message, CinekitDeprecationWarning, stacklevel=3)
            module, _, attribute = entry.target.partition(":")
            return getattr(import_module(f"toolkit.{module}"), attribute)
    package, _, attribute = f"toolkit.{name}".rpartition(".")
    raise AttributeError(f"module {package!r} has no attribute {attribute!r}")


def version_of(text: str) -> tuple[int, int]:
    """Major and minor number of a version. Raises ValueError where the text begins with no such two."""
    found = _VERSION.match(text)
    if found is None:
        raise ValueError(f"{text!r} is no version; write it as 0.3")
    return int(found[1]), int(found[2])

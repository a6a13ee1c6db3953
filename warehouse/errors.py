"""The exceptions of cinekit, all of them: `CinekitError` is whatever is expected to go wrong.

    CinekitError              something failed                                exit 1
    ├── UsageError            the request itself is wrong                     exit 2
    │   ├── UnknownNameError  a viewer, title, model or table is not there    exit 2
    │   └── SettingsError     a setting is of the wrong type or out of bounds exit 2
    ├── WarehouseError        the warehouse cannot be used                    exit 1
    │   ├── LockedError       another process holds it                        exit 1
    │   ├── VersionError      it was written by a newer cinekit               exit 1
    │   └── ArtifactError     a saved file is missing or was changed          exit 1
    ├── QueryError            SQL given by a user was refused or failed       exit 1
    ├── SourceError           a file cannot be loaded                         exit 1
    ├── PluginError           a plugin cannot be used or broke its promise    exit 1
    └── ModelError            a model cannot be fitted on, or answer, this    exit 1

Every message is one line: what is wrong, where, and what to do next.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CinekitError(Exception):
    """Something that is expected to go wrong now and then; its text is meant for a user.

    Class attributes:
        exit_code: what the program ends with: 1 failed, 2 wrong use.
    """

    exit_code = 1


class UsageError(CinekitError):
    """The request itself is wrong; the same request will never work. Exit code 2."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A viewer, title, model, table or setting of that name is not there; the nearest names are offered."""

    def __init__(self, kind: str, name: str, known: Iterable[str] = (), hint: str = "") -> None:
        near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
        offer = f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
        super().__init__(f"no {kind} {name!r}{offer}{'; ' + hint if hint else ''}")


class SettingsError(UsageError):
    """A setting is unknown, of the wrong type, or out of its bounds."""


class WarehouseError(CinekitError):
    """The warehouse file cannot be used."""


class LockedError(WarehouseError):
    """Another process holds the warehouse."""


class VersionError(WarehouseError):
    """The warehouse was written by a newer cinekit, or its schema was changed by hand."""


class ArtifactError(WarehouseError):
    """A saved file is missing, or is not the one that was saved."""


class QueryError(CinekitError):
    """SQL given by a user was refused or failed."""


class SourceError(CinekitError):
    """A file cannot be loaded or analysed: it is empty, of another format, or damaged. Exit code 1."""


class PluginError(CinekitError):
    """A plugin cannot be used, or returned what it did not promise. Exit code 1."""


class ModelError(CinekitError):
    """A model cannot be fitted on this data, or cannot answer this request. Exit code 1."""

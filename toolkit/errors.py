"""The exceptions of cinekit, for plugin authors: raise `ModelError` where a model cannot work on what it was given.

The tree, and which exit code each has, is in `warehouse.errors`.
"""

from warehouse.errors import (
    ArtifactError,
    CinekitError,
    LockedError,
    ModelError,
    PluginError,
    QueryError,
    SettingsError,
    SourceError,
    UnknownNameError,
    UsageError,
    VersionError,
    WarehouseError,
)

__all__ = [
    "ArtifactError",
    "CinekitError",
    "LockedError",
    "ModelError",
    "PluginError",
    "QueryError",
    "SettingsError",
    "SourceError",
    "UnknownNameError",
    "UsageError",
    "VersionError",
    "WarehouseError",
]

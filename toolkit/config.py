"""cinekit.toml: which warehouse, which plugins are blocked, and other defaults for models' settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from toolkit.errors import SettingsError

FILE = "cinekit.toml"


class Config:
    """What the config file says, or nothing where there is none.

    Attributes:
        path: the file that was read, None where there was none.
        block: distributions whose plugins are not loaded.
    """

    def __init__(self, path: Path | None, values: dict[str, Any]) -> None:
        self.path = path
        self._warehouse = values.get("warehouse")
        self._wait = values.get("wait", 10.0)
        plugins = dict(values.get("plugins", {}))
        self.block: frozenset[str] = frozenset(plugins.pop("block", ()))
        self._settings: dict[str, dict[str, Any]] = plugins

    @property
    def sections(self) -> list[str]:
        """The models that have a section."""
        return sorted(self._settings)

    @classmethod
    def read(cls, path: Path | None = None) -> Config:
        """Read `path`, or ./cinekit.toml where that exists.

        Raises:
            SettingsError: the file is missing, is no TOML, or has keys that mean nothing here.
        """
        if path is None:
            path = Path(FILE)
            if not path.is_file():
                return cls(None, {})
        import tomllib

        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError(f"{path} cannot be read: {error.strerror or error}") from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{path}: {error}; correct the file") from error
        _check(path, values)
        return cls(path, values)

    def warehouse(self, option: str | None = None) -> Path:
        """Path of the warehouse: the option, else CINEKIT_WAREHOUSE, else this file's, else ./cinekit.duckdb."""
        named = option or os.environ.get("CINEKIT_WAREHOUSE")
        if named:
            return Path(named)
        if self._warehouse and self.path:
            return self.path.parent / str(self._warehouse)
        return Path("cinekit.duckdb")

    def wait(self, option: float | None = None) -> float:
        """Seconds to wait for a locked warehouse: the option, else this file's, else 10."""
        return float(self._wait if option is None else option)

    def settings(self, model: str) -> dict[str, Any]:
        """The section [plugins.MODEL]."""
        return dict(self._settings.get(model, {}))


def _check(path: Path, values: dict[str, Any]) -> None:
    unknown = set(values) - {"warehouse", "wait", "plugins"}
    if unknown:
        raise SettingsError(f"{path}: unknown key {min(unknown)!r}; known are plugins, wait, warehouse")
    kinds: tuple[tuple[str, type | tuple[type, ...]], ...] = (
        ("warehouse", str),
        ("wait", (int, float)),
        ("plugins", dict),
    )
    for key, kind in kinds:
        if key in values and not isinstance(values[key], kind):
            raise SettingsError(f"{path}: {key!r} has the wrong type, {type(values[key]).__name__}")
    plugins = values.get("plugins", {})
    block = plugins.get("block", [])
    if not isinstance(block, list) or not all(isinstance(name, str) for name in block):
        raise SettingsError(f"{path}: 'block' in [plugins] is a list of distributions' names")
    for name, section in plugins.items():
        if name != "block" and not isinstance(section, dict):
            raise SettingsError(f"{path}: [plugins] has the key {name!r}; a model's settings go into [plugins.{name}]")

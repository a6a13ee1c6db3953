"""`cinekit doctor`: what is installed, from where, and what stands in the way."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
import tempfile
from functools import partial
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.errors import CinekitError, LockedError, VersionError, WarehouseError
from toolkit.installed import OWN, OWN_MODULES
from toolkit.verbs import VERBS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl

    from toolkit.config import Config
    from toolkit.host import Host, Plugin

LIBRARIES = (
    "duckdb", "polars", "pyarrow", "numpy", "scipy", "scikit-learn", "keras", "jax", "textblob", "networkx", "pysubs2",
    "av", "pypdf", "opencv-python-headless", "holidays", "altair", "vl-convert-python", "mido",
    "optuna", "pillow", "rapidfuzz",
)  # fmt: skip
LEAST_FREE = 1 << 30
Check = tuple[str, str, str]


def examine(host: Host, config: Config, warehouse: Path, wait: float) -> pl.DataFrame:
    """One row a check: what was checked, its state (ok, warning or broken), and what to do."""
    import polars as pl

    checks = [
        *_packages(),
        *_libraries(),
        *_keras(),
        *_plugins(host),
        *_config(host, config),
        *_warehouse(warehouse, wait),
        *_disk(warehouse),
    ]
    return pl.DataFrame(checks, schema=["check", "state", "detail"], orient="row")


def _packages() -> Iterator[Check]:
    """Where our packages are imported from, and others of the same name that would be found instead."""
    yield ("python", "ok", f"{sys.version.split()[0]} at {sys.executable}")
    home = _home()
    for name in OWN_MODULES:
        used = _origin(name)
        if used is None:
            yield (name, "broken", "cannot be found; install again with: pip install cinekit")
        elif home is not None and not used.is_relative_to(home):
            yield (
                name,
                "broken",
                f"imported from {used}, which shadows cinekit's in {home}; rename it or start elsewhere",
            )
        else:
            others = [str(o) for o in _others(name, used)]
            detail = f"imported from {used}"
            state = "warning" if others else "ok"
            yield (name, state, f"{detail}; another of that name is at {others[0]}" if others else detail)


def _home() -> Path | None:
    """The folder that cinekit was installed into, or linked from."""
    try:
        dist = distribution("cinekit")
    except PackageNotFoundError:
        return None
    direct = json.loads(dist.read_text("direct_url.json") or "{}")
    if direct.get("dir_info", {}).get("editable"):
        from urllib.parse import unquote, urlparse

        return Path(unquote(urlparse(direct["url"]).path)).resolve()
    return Path(str(dist.locate_file(""))).resolve()


def _origin(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None:
        return None
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
    return Path(str(places[0])).resolve() if places else None


def _others(name: str, used: Path) -> Iterator[Path]:
    """Modules of the same name in the folder that one stands in, and further along the path."""
    for folder in dict.fromkeys([str(Path.cwd()), *sys.path]):
        for candidate in (Path(folder) / name / "__init__.py", Path(folder) / f"{name}.py", Path(folder) / name):
            if candidate.exists() and candidate.resolve() not in (used, used.parent):
                yield candidate
                break


def _libraries() -> Iterator[Check]:
    for name in LIBRARIES:
        try:
            yield (name, "ok", version(name))
        except PackageNotFoundError:
            yield (name, "warning", "not installed; pip install 'cinekit[all]' brings it")


def _keras() -> Iterator[Check]:
    if importlib.util.find_spec("keras") is None:
        return
    backend = os.environ.get("KERAS_BACKEND", "jax")
    module = {"jax": "jax", "tensorflow": "tensorflow", "torch": "torch", "openvino": "openvino"}.get(backend)
    if module is None or importlib.util.find_spec(module) is None:
        yield ("keras backend", "warning", f"{backend} is not installed; pip install jax, or set KERAS_BACKEND")
    else:
        yield ("keras backend", "ok", backend)


def _plugins(host: Host) -> Iterator[Check]:
    for plugin in host.plugins:
        name = f"plugin {plugin.distribution} {plugin.version}".strip()
        faults = "; ".join(filter(None, [plugin.reason, *_faults(host, plugin)]))
        if faults:
            yield (name, "warning", f"{plugin.state}: {faults}")
        else:
            offered = [model.name for model in plugin.models] + [source.name for source in plugin.sources]
            yield (name, "ok", ", ".join(offered))


def _faults(host: Host, plugin: Plugin) -> Iterator[str]:
    """What would go wrong when a stranger's plugin is used: modules that are not there, tables that are refused."""
    if plugin.distribution == OWN or plugin.state != "loaded":
        return  # what is missing of ours is said by the libraries
    asked: list[Callable[[], object]] = [partial(host.model, entry.verb, entry.name) for entry in plugin.models]
    asked += [partial(host.source, entry.name) for entry in plugin.sources]
    if plugin.schema:
        asked.append(partial(_apply, host, plugin.schema))
    for one in asked:
        try:
            one()
        except CinekitError as error:
            yield str(error)


def _apply(host: Host, name: str) -> None:
    """Make a plugin's tables in a warehouse that is thrown away."""
    from warehouse import Warehouse
    from warehouse.plugin_schemas import ensure

    schema = host.schema(name)
    if schema is not None:
        with tempfile.TemporaryDirectory() as folder:
            ensure(Warehouse.open(Path(folder) / "tried.duckdb"), schema)


def _config(host: Host, config: Config) -> Iterator[Check]:
    if config.path is None:
        return
    known = {entry.name for verb in VERBS for entry in host.models(verb)}
    unknown = [name for name in config.sections if name not in known]
    if unknown:
        yield ("config", "warning", f"{config.path}: [plugins.{unknown[0]}] is no model that is installed")
    else:
        yield ("config", "ok", str(config.path))


def _warehouse(path: Path, wait: float) -> Iterator[Check]:
    from warehouse import Warehouse

    if not path.exists():
        yield ("warehouse", "ok", f"none yet at {path.absolute()}; 'cinekit load' or 'cinekit demo' makes one")
        return
    try:
        warehouse = Warehouse.open(path, wait=min(wait, 1.0), create=False)
        repeated = warehouse.repeated_keys()
    except LockedError as error:
        yield ("warehouse", "warning", str(error))
    except VersionError as error:
        yield ("warehouse", "broken", str(error))
    except WarehouseError as error:
        yield ("warehouse", "broken", str(error))
    else:
        size = path.stat().st_size / 1e6
        if not os.access(path, os.W_OK) or not os.access(path.absolute().parent, os.W_OK):
            yield ("warehouse", "warning", f"{path} or its folder is not writable: it can be asked, but not added to")
        elif repeated:
            yield ("warehouse", "broken", f"{path}: repeated keys in {', '.join(repeated)}; load again into a new file")
        else:
            yield ("warehouse", "ok", f"{warehouse.path}, {size:,.1f} MB")


def _disk(path: Path) -> Iterator[Check]:
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1e9:,.1f} GB free in {folder}"
    low = free < LEAST_FREE
    yield ("disk", "warning" if low else "ok", f"{detail}; make room, or move the warehouse" if low else detail)

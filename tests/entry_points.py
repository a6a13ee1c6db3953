"""Entry points of plugins as a host is given them, without a distribution that is installed."""

from __future__ import annotations

import os
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace


def point_of(distribution: str, name: str, value: str, version: str = "1.0") -> EntryPoint:
    """The entry point of this name and value, as one of a distribution."""
    point = EntryPoint(name, value, "cinekit")
    vars(point).update(dist=SimpleNamespace(name=distribution, version=version))
    return point


def with_tests() -> dict[str, str]:
    """The environment of a process that imports this, whatever folder it begins in."""
    root = Path(__file__).resolve().parent.parent
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))}

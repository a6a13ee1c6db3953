"""Entry points of plugins as a host is given them, without a distribution that is installed."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from types import SimpleNamespace


def point_of(distribution: str, name: str, value: str, version: str = "1.0") -> EntryPoint:
    """The entry point of this name and value, as one of a distribution."""
    point = EntryPoint(name, value, "cinekit")
    vars(point).update(dist=SimpleNamespace(name=distribution, version=version))
    return point

"""The plugins that are installed, as their packages' metadata describe them; nothing of theirs is imported here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import EntryPoint, PackageNotFoundError, distributions, entry_points, version

from toolkit.errors import PluginError
from toolkit.spec import GROUP

OWN = "cinekit"
# What is imported from the distribution cinekit.
OWN_MODULES = ("cli", "toolkit", "plugins", "warehouse")
_ON_US = re.compile(rf"{OWN}(?![A-Za-z0-9._-]).*[<>=!~]", re.IGNORECASE)


def installed() -> list[EntryPoint]:
    """The entry points of all plugins; a package whose own list of them cannot be read is left out."""
    try:
        return list(entry_points(group=GROUP))
    except Exception:  # one of them is not what it should be: slower, but one by one
        return list(_readable())


def source_of(point: EntryPoint) -> tuple[str, str]:
    """Name and version of the distribution that brings it, as far as they can be read."""
    try:
        return (point.dist.name or "unknown", point.dist.version or "") if point.dist else ("unknown", "")
    except Exception:  # without its METADATA, as an interrupted pip leaves it
        return "unknown", ""


def top_package(point: EntryPoint) -> str:
    """The package, or module, at the top of the name of a plugin's module."""
    return point.value.partition(":")[0].partition(".")[0].strip()


def check_fits(point: EntryPoint) -> None:
    """Find out whether a plugin can be of use here, before any of it is imported.

    Raises:
        PluginError: its module has the name of one of ours, or it needs another release of cinekit.
    """
    distribution, _ = source_of(point)
    if distribution == OWN:
        return
    top = top_package(point)
    if top in OWN_MODULES:
        raise PluginError(f"its module {top!r} has the name of one of cinekit's own; name it after {distribution}")
    for line in getattr(point.dist, "requires", None) or ():
        if _ON_US.match(line):
            _check_requirement(line, distribution)


def _check_requirement(line: str, distribution: str) -> None:
    # Imported here, since few need it and it takes as long as a small plugin.
    from packaging.requirements import Requirement

    try:
        running = version(OWN)
    except PackageNotFoundError:  # it runs out of a folder, and has not been installed
        return
    needed = Requirement(line)
    applies = needed.marker is None or needed.marker.evaluate({"extra": ""})
    if applies and not needed.specifier.contains(running, prereleases=True):
        raise PluginError(
            f"needs {OWN}{needed.specifier}, this is {running}; "
            f"pip install -U {OWN}, or a release of {distribution} for this one"
        )


def _readable() -> Iterator[EntryPoint]:
    found = set()
    for one in distributions():
        try:
            name = one.name
            points = [point for point in one.entry_points if point.group == GROUP]
        except Exception:  # noqa: S112 - a broken package is none of ours, and stops nobody
            continue
        if name not in found:
            found.add(name)
            yield from points

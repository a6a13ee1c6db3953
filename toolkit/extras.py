"""Which extra of cinekit brings a package that is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec

from toolkit.errors import ModelError

# Packages that are installed under another name than they are imported by.
_INSTALLED_AS = {"PIL": "pillow", "cv2": "opencv-python-headless", "sklearn": "scikit-learn"}
_REQUIRED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?.*;.*extra == ['\"]([^'\"]+)['\"]")


def how_to_install(module: str, verb: str = "") -> str:
    """The command that brings a package: of cinekit's extras that of the verb, or else the smallest, or the package.

    >>> how_to_install("rapidfuzz", "generate")
    "pip install 'cinekit[generate]'"
    """
    wanted = _INSTALLED_AS.get(module.partition(".")[0], module.partition(".")[0]).replace("_", "-").lower()
    packages = _extras()
    having = [extra for extra, names in packages.items() if wanted in names]
    if not having:
        return f"pip install {wanted}"
    extra = verb if verb in having else min(having, key=lambda name: (len(packages[name]), name))
    return f"pip install 'cinekit[{extra}]'"


def require(packages: Iterable[str], what: str, verb: str) -> None:
    """Find out whether packages are installed, before work is done that ends in one that is missing.

    Raises:
        ModelError: one is not.
    """
    for name in packages:
        if find_spec(name) is None:
            raise ModelError(f"{what} need the package {name}, which is not installed; {how_to_install(name, verb)}")


def _extras() -> dict[str, set[str]]:
    """The packages of each extra, those of extras that it includes too."""
    try:
        lines = requires("cinekit") or []
    except PackageNotFoundError:  # it runs out of a folder, and has not been installed
        return {}
    packages: dict[str, set[str]] = {}
    includes: dict[str, set[str]] = {}
    for line in lines:
        found = _REQUIRED.match(line)
        if found:
            name, included, extra = found[1].lower().replace("_", "-"), found[2] or "", found[3]
            packages.setdefault(extra, set()).update(() if name == "cinekit" else (name,))
            includes.setdefault(extra, set()).update(filter(None, included.replace(" ", "").split(",")))
    for _ in packages:  # as deep as there are extras
        for extra, others in includes.items():
            packages[extra].update(*(packages.get(other, set()) for other in others))
    return packages

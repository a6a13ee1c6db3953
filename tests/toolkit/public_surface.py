"""What plugin authors build on, as lines of text: public names, signatures, fields, settings and hooks.

python -m tests.toolkit.public_surface   writes public_surface.txt anew, after a change that is meant
"""

from __future__ import annotations

import inspect
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, get_origin

import toolkit.testing
from toolkit.spec import Hooks

RECORDED = Path(__file__).with_name("public_surface.txt")
# The same signatures as the reference shows.
_reference = runpy.run_path(str(Path(__file__).resolve().parents[2] / "docs" / "reference.py"))
assigned, made_with, signature, underlying = (
    _reference[name] for name in ("assigned", "made_with", "signature", "underlying")
)


def surface() -> list[str]:
    """One line a name, member or hook, sorted."""
    lines = [f"hook {name}{signature(hook)}" for name, hook in vars(Hooks).items() if inspect.isfunction(hook)]
    for name in toolkit.__all__:
        lines += described(name, getattr(toolkit, name))
    for name in toolkit.testing.__all__:
        lines += described(f"testing.{name}", getattr(toolkit.testing, name))
    return sorted(lines)


def described(name: str, found: Any) -> Iterator[str]:
    """A public name with what it has: every public member of a class, those that it inherits from the toolkit too."""
    found = inspect.unwrap(found)  # of a cache
    if not inspect.isclass(found):
        yield f"{name}{signature(found)}" if inspect.isfunction(found) else f"{name} = {assigned(name)[0]}"
        return
    bases = [base.__name__ for base in found.__mro__[1:] if base.__module__.startswith(("toolkit", "warehouse"))]
    own = "__dataclass_fields__" in vars(found) or "__init__" in vars(found)
    yield f"class {name}({', '.join(bases)}){': ' + made_with(found) if own else ''}"
    for base in found.__mro__:
        if base.__module__.startswith(("toolkit", "warehouse")):
            yield from members(name, found, base)


def members(name: str, found: type, base: type) -> Iterator[str]:
    """Public methods, properties and class attributes that a class has from one of its bases."""
    for member, kind in inspect.get_annotations(base).items():
        declared = "ClassVar[" in kind if isinstance(kind, str) else get_origin(kind) is ClassVar
        if declared and not member.startswith("_") and base is first(found, member):
            yield f"{name}.{member}: {kind} = {shown(getattr(found, member, 'to be given'))}"
    for member, value in vars(base).items():
        function = underlying(value)
        if member.startswith("_") or not inspect.isfunction(function) or base is not first(found, member):
            continue
        how = "abstract " if getattr(value, "__isabstractmethod__", False) else ""
        how = how if function is value or isinstance(value, classmethod) else "property "
        yield f"{how}{name}.{member}{signature(function)}"


def first(found: type, member: str) -> type | None:
    """The class that a member comes from."""
    return next(
        (base for base in found.__mro__ if member in vars(base) or member in inspect.get_annotations(base)), None
    )


def shown(value: Any) -> str:
    """A class attribute, sets in a fixed order."""
    return repr(sorted(value)) if isinstance(value, frozenset) else repr(value)


if __name__ == "__main__":
    RECORDED.write_text("\n".join(surface()) + "\n", encoding="utf-8")

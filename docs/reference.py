"""The reference of `toolkit` as Markdown, out of signatures and docstrings; docs/make.py calls `pages`."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from itertools import pairwise
from typing import Any

KINDS = ("Kinds of models", "What models get and give", "Functions and decorators", "Arrays", "Errors and warnings")
TESTING = "Tests of models and sources: toolkit.testing"
SECTION = re.compile(r"^(Attributes|Class attributes|Args|Returns|Raises):$")
ITEM = re.compile(r"^    (?P<name>[\w, ]+): (?P<text>.*)$")
SINCE = re.compile(r"\.\. versionadded:: (\S+)")


def pages() -> str:
    """Every public name, those of toolkit in five groups, each in alphabetical order."""
    import toolkit.testing

    grouped: dict[str, list[str]] = {kind: [] for kind in (*KINDS, TESTING)}
    for name in toolkit.__all__:
        found = getattr(toolkit, name)
        grouped[_kind(found)].append(_entry(name, found))
    grouped[TESTING] = [_entry(name, getattr(toolkit.testing, name)) for name in toolkit.testing.__all__]
    return "\n\n".join(f"## {kind}\n\n" + "\n\n".join(entries) for kind, entries in grouped.items() if entries)


def _kind(found: Any) -> str:
    from toolkit import Model

    if inspect.isclass(found):
        return KINDS[0] if issubclass(found, Model) else KINDS[4] if issubclass(found, Exception) else KINDS[1]
    return KINDS[2] if callable(found) and not hasattr(found, "__origin__") else KINDS[3]


def _entry(name: str, found: Any) -> str:
    """One public name: heading, signature, docstring, and of a class its public methods."""
    found = inspect.unwrap(found)  # of a cache
    if inspect.isclass(found):
        return "\n\n".join([f"### {name}", _class(name, found), *_members(name, found)])
    if inspect.isfunction(found):
        return f"### {name}\n\n{_code(f'{name}{signature(found)}')}\n\n{prose(inspect.getdoc(found) or '')}"
    value, text = assigned(name)
    return f"### {name}\n\n{_code(f'{name} = {value}')}\n\n{prose(text)}"


def _class(name: str, found: type) -> str:
    bases = [base.__name__ for base in found.__bases__ if base.__name__ in _public()]
    line = f"class {name}{'(' + ', '.join(bases) + ')' if bases else ''}"
    if is_dataclass(found) or "__init__" in vars(found):
        line += f"\n{name}{made_with(found)}"
    return f"{_code(line)}\n\n{prose(inspect.cleandoc(found.__doc__ or ''))}"


def made_with(found: type) -> str:
    """What a class is made with: of a dataclass its fields, as inspect would show an object's address for some."""
    if not is_dataclass(found) or not found.__dataclass_params__.init:  # type: ignore[attr-defined]
        return signature(vars(found)["__init__"])
    parts = []
    for field in fields(found):
        default = "" if field.default is MISSING else f" = {_value(field.default)}"
        parts.append(f"{field.name}: {field.type}{default if field.default_factory is MISSING else ' = ...'}")
    return f"({', '.join(parts)})"


def _members(name: str, found: type) -> Iterator[str]:
    """Public methods and properties that a class has itself, in the order of the code."""
    for member, value in vars(found).items():
        function = underlying(value)
        if member.startswith("_") or not inspect.isfunction(function) or not function.__doc__:
            continue
        if function.__module__ != found.__module__:  # what pydantic puts in, in words of its version
            continue
        if function is value or isinstance(value, classmethod):
            abstract = "abstract " if getattr(value, "__isabstractmethod__", False) else ""
            head = f"{abstract}{name}.{member}{signature(function)}"
        else:
            head = f"property {name}.{member}{signature(function).removeprefix('()').replace(' -> ', ': ')}"
        yield f"{_code(head)}\n\n{prose(inspect.cleandoc(function.__doc__))}"


def underlying(value: Any) -> Any:
    """The function of a property, kept or not, or of a class method; what is none of these itself."""
    if isinstance(value, property):
        return value.fget
    return value.__func__ if isinstance(value, classmethod) else getattr(value, "func", value)


def signature(function: Callable[..., Any]) -> str:
    """The signature without self or cls, annotations and defaults as they stand in the code."""
    whole = inspect.signature(function)
    parts: list[str] = []
    for parameter in whole.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not any(part.startswith("*") for part in parts):
            parts.append("*")
        if parameter.name not in ("self", "cls"):
            parts.append(_parameter(parameter))
    returned = "" if whole.return_annotation is whole.empty else f" -> {_annotation(whole.return_annotation)}"
    return f"({', '.join(parts)}){returned}"


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    kind = "" if parameter.annotation is parameter.empty else f": {_annotation(parameter.annotation)}"
    default = "" if parameter.default is parameter.empty else f" = {_value(parameter.default)}"
    return f"{stars}{parameter.name}{kind}{default}"


def _annotation(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _value(value: Any) -> str:
    return value.__name__ if inspect.isfunction(value) or inspect.isclass(value) else repr(value)


def assigned(name: str) -> tuple[str, str]:
    """What is assigned to a public name that is no class and no function, and the text that stands under it."""
    import toolkit

    body = ast.parse(inspect.getsource(import_module(f"toolkit.{toolkit._HOMES[name]}"))).body
    for one, following in pairwise(body):
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == name and isinstance(following, ast.Expr):
            return ast.unparse(one.value), inspect.cleandoc(ast.literal_eval(following.value))
    raise LookupError(f"toolkit.{name} has no text under it; write one")


def _public() -> list[str]:
    return [*sys.modules["toolkit"].__all__, *sys.modules["toolkit.testing"].__all__]


def _code(text: str) -> str:
    return f"```text\n{text}\n```"


def prose(text: str) -> str:
    """A docstring as Markdown: sections become lists, ``code`` becomes `code`, examples and what is set in blocks."""
    since = SINCE.search(text)
    made: list[str] = []
    inside = example = False
    for line in SINCE.sub("", text).replace("\n\n\n", "\n\n").rstrip().replace("``", "`").splitlines():
        if line.startswith(">>> ") and not example:
            made.append("```text")
            example = True
        if example and not line:
            made.append("```")
            example = False
        section, item = SECTION.match(line), ITEM.match(line)
        if section:
            made += [f"*{line}*", ""]
        elif inside and item:
            made.append(f"- `{item['name']}`: {item['text']}")
        else:
            made.append(f"  {line.strip()}" if inside and line.startswith("    ") else line)
        inside = bool(section or (inside and line))
    made += ["```"] * example
    return "\n".join([*made, *(["", f"Since {since[1]}."] if since else [])])

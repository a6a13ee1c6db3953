"""A model's settings as options of a command: declared once as fields, here turned into what Typer parses."""

from __future__ import annotations

import inspect
import shlex
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import typer

from toolkit.errors import PluginError
from toolkit.settings import check_partners, flag

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

# Options of every command: a setting of such a name would never be reached.
RESERVED = frozenset({"warehouse", "wait", "config", "debug", "help", "version", "format", "output"})
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def parameters(*kinds: type[BaseModel]) -> list[inspect.Parameter]:
    """Keyword parameters for the fields of some models; None means "not given", so that the config can speak.

    Raises:
        PluginError: two of them, or one and an option of every command, have the same name.
    """
    seen: dict[str, str] = {}
    found = []
    for kind in kinds:
        for name, field in kind.model_fields.items():
            if name in seen or name in RESERVED:
                raise PluginError(
                    f"{kind.__name__}: the setting {name!r} is already an option of the command; rename it"
                )
            seen[name] = kind.__name__
            found.append(_parameter(name, field))
    return found


def command(call: Callable[..., None], name: str, help: str, options: list[inspect.Parameter]) -> Any:
    """A Typer command that calls `call` with keyword arguments as its options and arguments say."""

    def run(**given: Any) -> None:
        call(**given)

    # Typer reads signatures; this one is made of the fields.
    run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in options}
    run.__doc__ = _formulas_kept(help)
    one = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
    one.command(name)(run)
    return typer.main.get_command(one)


def _formulas_kept(text: str) -> str:
    """The text with Typer's mark before each paragraph that has indented lines, so that these are not rewrapped."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join("\b\n" + p if any(line[:1] == " " for line in p.splitlines()) else p for p in paragraphs)


def given(values: Mapping[str, Any], kind: type[BaseModel], beside: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """As `said`, each checked to do something beside the others, and beside what is set elsewhere.

    Raises:
        UsageError: an option that is of a setting which is not set.
    """
    found = said(values, kind)
    check_partners(kind, found, {**(beside or {}), **found})
    return found


def said(values: Mapping[str, Any], kind: type[BaseModel]) -> dict[str, Any]:
    """Those of the parsed options that are fields of `kind` and were given."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in kind.model_fields and value is not None and value != []
    }


def typed(kind: type[BaseModel], values: Mapping[str, Any]) -> str:
    """The options, as people type them, that give these values to fields of `kind`; none for a value of None."""
    words: list[str] = []
    for name, value in values.items():
        if value is False:
            words += [_refusal(name)] if kind.model_fields[name].default is True else []
        elif isinstance(value, (tuple, list)) and _is_repeated(kind.model_fields[name]):
            words += [word for one in value for word in (flag(name), shlex.quote(str(one)))]
        elif isinstance(value, (tuple, list)):
            words += [flag(name), *(shlex.quote(str(one)) for one in value)]
        elif value is not None:
            words += [flag(name)] if value is True else [flag(name), shlex.quote(str(value))]
    return " ".join(words)


def _parameter(name: str, field: FieldInfo) -> inspect.Parameter:
    kind = _option_type(field.annotation)
    option_flag = flag(name)
    flags = f"{option_flag}/{_refusal(name)}" if kind is bool and field.default is True else option_flag
    repeated = get_origin(kind) is list
    metavar = _metavar(field.annotation, get_args(kind)[0]) if repeated else None
    option = typer.Option(flags, help=_help(field), show_default=False, metavar=metavar)
    optional = kind if repeated else kind | None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[optional, option])


def _is_repeated(field: FieldInfo) -> bool:
    """Whether the option of a field may be given several times, each with one value."""
    return get_origin(_option_type(field.annotation)) is list


def _refusal(name: str) -> str:
    """The option that says no where the default is yes."""
    return f"--no-{flag(name)[2:]}"


def _metavar(annotation: Any, kind: type) -> str:
    """What stands for the value of a repeated option: its type, or the words to choose from."""
    element = get_args(annotation)[0]
    return f"[{'|'.join(get_args(element))}]" if get_origin(element) is Literal else f"<{kind.__name__}>"


def _option_type(annotation: Any) -> Any:
    """What Typer parses for a field's annotation: X for X | None, a list for a tuple of any length, else itself."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        inner = [a for a in get_args(annotation) if a is not type(None)]
        return _option_type(inner[0])
    if origin is tuple and Ellipsis not in get_args(annotation):
        return annotation
    if origin in (tuple, list):
        element = get_args(annotation)[0]
        # Typer knows no lists of choices; the settings refuse other words
        return list[str] if get_origin(element) is Literal else list[element]  # type: ignore[valid-type]
    return annotation


def _help(field: FieldInfo) -> str:
    parts = []
    for rule in field.metadata:
        parts += [f"{words} {getattr(rule, key):g}" for key, words in _BOUNDS.items() if hasattr(rule, key)]
    if field.default is not None and field.default is not False and field.default != ():
        default = ", ".join(map(str, field.default)) if isinstance(field.default, tuple) else field.default
        parts.append(f"default {default}")
    text = (field.description or "").rstrip(".")
    return f"{text} [{'; '.join(parts)}]." if parts else f"{text}."

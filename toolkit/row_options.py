"""How a command shows rows: its options --format and --output."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

Format = Literal["table", "json", "csv", "parquet"]
_FORMAT = typer.Option("--format", help="How to print rows; a table unless said otherwise.")
_OUTPUT = typer.Option("--output", help="Write the rows to this .json, .csv or .parquet.")


def row_parameters() -> list[inspect.Parameter]:
    """The options, as keyword parameters `format` and `output`."""
    kind = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter("format", kind, default=None, annotation=Annotated[Format | None, _FORMAT]),
        inspect.Parameter("output", kind, default=None, annotation=Annotated[Path | None, _OUTPUT]),
    ]


def showing(call: Callable[..., None]) -> Callable[..., None]:
    """A function for Typer that takes the options, and hands `call` what shows a frame as they say, as `show`."""

    @wraps(call)
    def run(*, format: Format | None = None, output: Path | None = None, **given: Any) -> None:
        from toolkit.show import show  # not above: the help of a command needs none of it

        call(**given, show=partial(show, form=format, output=output))

    taken = [p for p in inspect.signature(call, eval_str=True).parameters.values() if p.name != "show"]
    options = [*taken, *row_parameters()]
    # Typer reads the signature; wraps would lead it back to the one of `call`.
    run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in options}
    return run

"""Results on stdout: a table for people, JSON, CSV or Parquet for programs. Everything else goes to stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from toolkit.errors import CinekitError, UsageError

if TYPE_CHECKING:
    import polars as pl

    from toolkit.row_options import Format

MOST_ROWS = 200
MOST_TEXT = 500
SHORT = 20
LEAST = 8
BLOCKS = "▁▂▃▄▅▆▇█"
BAR, BAR_WIDTH = "█", 10


def note(text: str) -> None:
    """One line to the person at the terminal, on stderr."""
    print(harmless(text), file=sys.stderr)


def harmless(text: str) -> str:
    """The text as one line without terminal escapes: names and words out of files go by here."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)


def check(form: Format | None, output: Path | None) -> None:
    """Find out whether rows can be shown so, before they are worked for.

    Raises:
        UsageError: the file's ending is unknown, its folder is missing, or Parquet would go to a terminal.
    """
    if output is None:
        if form == "parquet" and sys.stdout.isatty():
            raise UsageError("Parquet is no text: name a file with --output, or send it into one with >")
        return
    if (form or _form_of(output)) == "table":
        raise UsageError("a table is for reading; write json, csv or parquet to a file")
    if not output.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {output.absolute().parent} to write {output.name} into")


def text(line: str) -> None:
    """One line of results, on stdout."""
    print(harmless(line))


def page(title: str, content: str) -> None:
    """A text of several lines, such as a page of a script, on stdout."""
    print(f"{harmless(title)}:\n")
    for line in content.splitlines():
        print(harmless(line))
    print()


def sparkline(values: Sequence[float], width: int = 60) -> str:
    """Values as a line of blocks of eight heights, the lowest value the lowest block; the mean of each part if long."""
    parts = min(width, len(values))
    edges = [len(values) * part // parts for part in range(parts + 1)] if parts else []
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    if not means:
        return ""
    low, high = min(means), max(means)
    if high == low:
        return BLOCKS[len(BLOCKS) // 2] * len(means)
    return "".join(BLOCKS[round((mean - low) / (high - low) * (len(BLOCKS) - 1))] for mean in means)


def show(
    frame: pl.DataFrame,
    form: Format | None = None,
    output: Path | None = None,
    title: str = "",
    bars: Sequence[str] = (),
) -> None:
    """Print a frame, or write it to `output` (whole or not at all), in the form asked for.

    A table draws the columns in `bars` as bars beside their numbers, the longest for the largest, or for a
    probability of 1.

    Raises:
        UsageError: Parquet to a terminal, or a file name whose ending is unknown.
        CinekitError: the file cannot be written.
    """
    check(form, output)
    if output is not None:
        _write(frame, form or _form_of(output), output)
        note(f"wrote {frame.height:,} rows to {output}")
    elif form == "json":
        print(_for_json(frame).write_json())
    elif form == "csv":
        sys.stdout.write(_for_csv(frame).write_csv())
    elif form == "parquet":
        frame.write_parquet(sys.stdout.buffer)
    else:
        _table(_with_bars(frame, bars), title)


def _with_bars(frame: pl.DataFrame, bars: Sequence[str]) -> pl.DataFrame:
    """The frame with a column of bars behind each of the columns."""
    import polars as pl

    for name in bars:
        if name in frame.columns:
            most = max((abs(value) for value in frame[name].drop_nulls()), default=0) or 1
            most = 1 if name.endswith("probability") else most
            drawn = [BAR * round(BAR_WIDTH * abs(value or 0) / most) for value in frame[name]]
            frame = frame.insert_column(frame.get_column_index(name) + 1, pl.Series(f"{name} ", drawn, dtype=pl.String))
    return frame


def _form_of(output: Path) -> Format:
    forms: dict[str, Format] = {".json": "json", ".csv": "csv", ".parquet": "parquet"}
    if output.suffix.lower() not in forms:
        raise UsageError(f"{output}: which form? end the name in .json, .csv or .parquet, or say --format")
    return forms[output.suffix.lower()]


def _write(frame: pl.DataFrame, form: Format, output: Path) -> None:
    output = output.resolve()  # a link stays one
    if output.exists() and not output.is_file():
        raise UsageError(f"{output} is no file that can be written over; name another, or leave out --output")
    draft = output.with_name(f".{output.name}.{uuid4().hex[:8]}")
    try:
        if form == "json":
            _for_json(frame).write_json(draft)
        elif form == "csv":
            _for_csv(frame).write_csv(draft)
        else:
            frame.write_parquet(draft)
        draft.replace(output)
    except OSError as error:
        raise CinekitError(f"cannot write {output}: {error.strerror or error}; make room or name another") from error
    finally:
        draft.unlink(missing_ok=True)


def _for_json(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with types that JSON has: bytes as hexadecimal, exact decimals as numbers, times in ISO form."""
    import polars as pl
    import polars.selectors as cs

    odd = [name for name, kind in frame.schema.items() if kind.is_nested() and "Binary" in str(kind)]
    whole = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal) and not kind.scale]
    return frame.with_columns(
        *(pl.col(name).map_elements(_json, return_dtype=pl.String) for name in odd),
        pl.col(whole).cast(pl.Int128),
        (cs.decimal() - cs.by_name(whole)).cast(pl.Float64),
        cs.binary().bin.encode("hex"),
        cs.datetime().dt.to_string("iso:strict"),
    )


def _for_csv(frame: pl.DataFrame) -> pl.DataFrame:
    """As for JSON, with lists and structs as JSON text."""
    import polars as pl

    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    return _for_json(frame.with_columns(pl.col(n).map_elements(_json, return_dtype=pl.String) for n in nested))


def _json(value: Any) -> str:
    import json

    plain = value.to_list() if hasattr(value, "to_list") else value
    return json.dumps(plain, ensure_ascii=False, default=lambda v: v.hex() if isinstance(v, bytes) else str(v))


def _table(frame: pl.DataFrame, title: str) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, title=Text(title) if title else None, title_justify="left", pad_edge=False)
    rows = [[cell(value) for value in row] for row in frame.head(MOST_ROWS).iter_rows()]
    widest = [max(len(name), *(len(row[place]) for row in rows), 0) for place, name in enumerate(frame.columns)]
    # In a pipe nothing is cut to the width of a screen that is not there.
    console = Console() if sys.stdout.isatty() else Console(width=sum(widest) + 3 * len(widest))
    shown = _fitting(_widths(widest, console.width), console.width)
    widths = _widths(widest[:shown], console.width)
    for name, kind, width in zip(frame.columns[:shown], frame.dtypes[:shown], widths, strict=True):
        heading = Text("" if name.endswith(" ") else harmless(name))
        justify: Literal["left", "right"] = "right" if kind.is_numeric() else "left"
        table.add_column(heading, justify=justify, max_width=width, no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row[:shown]))
    try:
        console.print(table)
    except SystemExit as closed:  # what Rich makes of a closed pipe
        raise BrokenPipeError from closed
    if shown < frame.width:
        left_out = ", ".join(name for name in frame.columns[shown:] if not name.endswith(" "))
        note(f"not shown, as the terminal is {console.width} wide: {left_out}")
    if frame.height > MOST_ROWS:
        note(f"{frame.height - MOST_ROWS:,} more rows: add LIMIT, or --format csv for all of them")


def _widths(widest: list[int], screen: int) -> list[int]:
    """Widths of columns, so that a row is one line: what is short keeps its width, long texts share what is left."""
    left = screen - 3 * len(widest) - sum(width for width in widest if width <= SHORT)
    given = dict.fromkeys(range(len(widest)), 0)
    waiting = sorted((width, place) for place, width in enumerate(widest) if width > SHORT)
    for position, (width, place) in enumerate(waiting):
        given[place] = min(width, max(left // (len(waiting) - position), LEAST))
        left -= given[place]
    return [given[place] or width for place, width in enumerate(widest)]


def _fitting(widths: list[int], screen: int) -> int:
    """How many columns fit beside each other, so that no number is cut; the first always does."""
    total = -1
    for place, width in enumerate(widths):
        total += width + 3
        if total - 2 > screen and place:
            return place
    return len(widths)


def cell(value: Any) -> str:
    """A value as it stands in a table."""
    if value is None:
        return ""
    if isinstance(value, float):
        value += 0.0  # no minus before 0
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}"
    if hasattr(value, "strftime"):
        return str(value).split(".")[0].removesuffix(" 00:00:00")
    if isinstance(value, list):
        return harmless(", ".join(str(v) for v in value).replace("\n", " "))
    text = harmless(str(value).replace("\n", " "))
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 3] + "..."

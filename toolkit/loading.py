"""Loading what a user names, one load after another, and what each did, in lines for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.errors import SourceError, UsageError

if TYPE_CHECKING:
    from toolkit.host import Host
    from warehouse import Warehouse
    from warehouse.loads import LoadReport

# What the rows of sources are, that are no rows of tables.
_ITEMS = {"images": "images", "music": "pieces", "scripts": "scripts"}


def column_mapping(source: str, pairs: Sequence[str], label: str | None = None) -> dict[str, str]:
    """What the columns are called that hold a field, from texts such as "viewer=cust_no".

    Args:
        source: name of the source.
        pairs: the texts.
        label: of reviews, the column that says what is positive.

    Raises:
        UsageError: a text is of another form, or a label of something else than reviews.
    """
    mapping = {}
    for text in pairs:
        field, equals, column = text.partition("=")
        if not (field and equals and column):
            raise UsageError(f"--map {text}: say it as --map viewer=COLUMN")
        mapping[field] = column
    if label is not None:
        if source != "reviews":
            raise UsageError(f"--label is for reviews, not for {source}; leave it away")
        mapping["score"] = label
    return mapping


def load_paths(
    opened: Callable[[], Warehouse],
    source: str,
    paths: Sequence[Path],
    *,
    mapping: Mapping[str, str],
    encoding: str | None,
    add_up: bool,
    pseudonymise: bool = False,
    host: Callable[[], Host],
) -> int:
    """Load paths and tell what each load did: of scripts, music and images all in one load, of others each in its own.

    A path that cannot be loaded stops no other. The warehouse is opened, and made, once there is something to load. The
    plugins are asked only for a source that is not cinekit's own.

    Returns:
        1 where a path of several could not be loaded, which is told last; else 0.

    Raises:
        CinekitError: the only path cannot be loaded, or the request is wrong.
    """
    from toolkit.show import note
    from warehouse.loads import check_path, load
    from warehouse.sources import FILES, SOURCES

    plugin = None if source in SOURCES else host().source(source)
    wrong: list[SourceError] = []
    sound = []
    for path in paths:
        try:
            check_path(source, path, plugin)
            sound.append(path)
        except SourceError as error:
            wrong.append(error)
    for together in [sound] if source in FILES and sound else [[path] for path in sound]:
        try:
            report = load(
                opened(),
                source,
                together,
                mapping=mapping,
                encoding=encoding,
                add_up=add_up,
                pseudonymise=pseudonymise,
                plugin=plugin,
            )
        except SourceError as error:
            wrong.append(error)
            continue
        for line in described(report):
            note(line)
    if len(paths) == 1 and wrong:
        raise wrong[0]
    for problem in wrong:
        note(f"cinekit: {problem}")
    return int(bool(wrong))


def described(report: LoadReport) -> Iterator[str]:
    """What was taken, where it went, what was refused and why, and what else a user should know."""
    if report.already_loaded:
        yield f"{report.path} was already loaded, as load {report.load}; nothing was added"
        for text in report.notes:
            yield f"  {text}"
        return
    yield (
        f"load {report.load} ({report.source}): {report.taken:,} {_ITEMS.get(report.source, 'rows')} taken, "
        f"{report.refused:,} refused, {report.folded:,} folded into others"
    )
    if report.tables:
        yield "  " + ", ".join(f"{table} {rows:,}" for table, rows in report.tables.items())
    if report.encoding != "utf-8":
        yield f"  the text was read as {report.encoding}; name another with --encoding if names look wrong"
    for text in report.notes:
        yield f"  {text}"
    for reason, rows, file, line in report.reasons:
        where = f", line {line:,}" if line else ""
        yield f"  refused {rows:,}: {reason} (first in {file}{where})"
    if report.reasons:
        yield "  all of them: cinekit sql 'SELECT * FROM refused'"

"""What a load did, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.loads import LoadReport


def described(report: LoadReport) -> Iterator[str]:
    """What was taken, where it went, what was refused and why, and what else a user should know."""
    if report.already_loaded:
        yield f"{report.path} was already loaded, as load {report.load}; nothing was added"
        for text in report.notes:
            yield f"  {text}"
        return
    yield (
        f"load {report.load} ({report.source}): {report.taken:,} rows taken, {report.refused:,} refused, "
        f"{report.folded:,} folded into others"
    )
    if report.tables:
        yield "  " + ", ".join(f"{table} {rows:,}" for table, rows in report.tables.items())
    if report.encoding != "utf-8":
        yield f"  the text was read as {report.encoding}; name another with --encoding if names look wrong"
    for text in report.notes:
        yield f"  {text}"
    for reason, rows, file, line in report.reasons:
        yield f"  refused {rows:,}: {reason} (first in {file}, line {line:,})"
    if report.reasons:
        yield "  all of them: cinekit sql 'SELECT * FROM refused'"

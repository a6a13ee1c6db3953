"""What the command line says of an exception: one line, what is wrong, where, and what next."""

from __future__ import annotations

import errno

from toolkit.errors import CinekitError

INTERRUPTED = 130  # what Typer makes of Ctrl-C
_WHAT_NEXT = {errno.EROFS: "name a place that can be written to", errno.EACCES: "change its permissions"}


def explained(error: Exception) -> tuple[str, int]:
    """The line, and the exit code."""
    if isinstance(error, CinekitError):
        return str(error), error.exit_code
    if isinstance(error, RuntimeError) and "interrupted" in str(error):  # what DuckDB makes of Ctrl-C
        return "interrupted", INTERRUPTED
    first = (str(error).splitlines() or [""])[0]
    if isinstance(error, ModuleNotFoundError):
        from toolkit.extras import how_to_install

        package = error.name or ""
        return f"this needs the package {package}, which is not installed; {how_to_install(package)}", 1
    if isinstance(error, OSError):
        what_next = _WHAT_NEXT.get(error.errno or 0)
        said = f"{error.filename or 'the disk'}: {error.strerror or first}"
        return f"{said}; {what_next}" if what_next else said, 1
    return f"{type(error).__name__}: {first} (this is a bug; --debug shows where)", 1

#!/usr/bin/env python3
"""Build the site out of the pages, warnings being errors: python docs/build_site.py [FOLDER], ./site unless given.

Needs the extra `docs`: pip install -e '.[docs]'.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Build it; the exit code."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__, file=sys.stderr)
        return 2
    from sphinx.cmd.build import build_main

    folder = Path(arguments[0] if arguments else "site").resolve()
    cache = folder / ".doctrees"
    return build_main(
        [
            "-q",
            "-E",
            "--fail-on-warning",
            "--keep-going",
            "-c",
            str(ROOT / "docs"),
            "-d",
            str(cache),
            str(ROOT),
            str(folder),
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The pages and what stands in them: fenced blocks, and lines of commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md")),
        *ROOT.glob("examples/*/README.md"),
        *DOCS.rglob("*.md"),
    ]
)
FENCED = re.compile(r"^```(?P<language>\S*)[^\n]*\n(?P<code>.*?)^```\s*$", re.DOTALL | re.MULTILINE)
SET_IN = re.compile(r"^    ((?:cinekit|echo|pip|pytest|python) .*)$", re.MULTILINE)
SHELLS = ("bash", "console")


FILE = re.compile(r"^`(?P<path>[\w./]+)`:\n\n```\w+\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)


def files_of(page: str) -> dict[str, str]:
    """The files that a page has whole, each with its path above it, by that path."""
    found = FILE.finditer((DOCS / page).read_text(encoding="utf-8"))
    return {match["path"]: match["code"] for match in found}


class Block(NamedTuple):
    """A fenced block, with the page and the line that it stands in."""

    page: str
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """Every fenced block of every page, or those in some languages."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in FENCED.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(str(page.relative_to(ROOT)), line, match["language"], match["code"]))
    return [block for block in found if not languages or block.language in languages]


def commands(program: str = "cinekit") -> list[str]:
    """Arguments of each `cinekit …`, or another program, once: lines of shell blocks, and lines set in as a block."""
    lines = [line for block in blocks(*SHELLS) for line in _joined(block.code)]
    for page in PAGES:
        lines += SET_IN.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
    return sorted({shlex.join(words) for line in lines for words in _arguments(line, program)})


def _joined(code: str) -> list[str]:
    return [line.removeprefix("$ ") for line in code.replace("\\\n", " ").splitlines()]


def _arguments(line: str, program: str) -> Iterator[list[str]]:
    """The arguments of each call of a program in a line of a shell."""
    words: list[str] = []
    for word in [*shlex.split(line, comments=True), ";"]:
        if word not in ("&&", "|", ";"):
            words.append(word)
            continue
        if words[:1] == [program]:
            yield words[1:]
        words = []

"""Scripts to learn from: Fountain, Final Draft and plain text, kept as text. The toolkit takes them apart later."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from warehouse.errors import SourceError
from warehouse.sources.folders import gather_files
from warehouse.sources.staging import Stage, Staging
from warehouse.sources.text import Content, read_text

READ = (".fountain", ".spmd", ".fdx", ".txt")
# Looked for, so that nobody wonders where they are, and refused.
_UNREAD = {
    ".fadein": "is a file of Fade In, which is not read; export it as Fountain or .fdx",
    ".pdf": "is a PDF, whose text has lost its form; export the script as Fountain or .fdx",
}
ENDINGS = (*READ, *_UNREAD)
MOST_BYTES = 64 << 20
_HEADS = {b"%PDF-": _UNREAD[".pdf"], b"{\\rtf": "is rich text; save it as plain text"}
_DECLARED = re.compile(r"""^(\s*<\?xml[^>]*?)\s+encoding\s*=\s*(?:"[^"]*"|'[^']*')""")


def gather(paths: Sequence[Path], folder: Path, encoding: str | None) -> Content:
    """Find the scripts, hash them, and make their text UTF-8; those for which that fails stand in `unread`."""
    content = gather_files(paths, folder, ENDINGS, "scripts")
    copies = Path(tempfile.mkdtemp(dir=folder))
    for number, (name, file) in enumerate(list(content.files.items())):
        short = f"{number}{file.path.suffix.lower()}"
        try:
            _refuse(file.path)
            read, _, _ = read_text(file.path, short, copies, encoding)
        except SourceError as error:
            content.unread[name] = str(error).removeprefix(short).lstrip(": ")
            del content.files[name]
            continue
        content.files[name] = type(read)(name, read.path, read.encoding)
        if read.encoding != "utf-8":
            content.encoding = read.encoding
    return content


def _refuse(path: Path) -> None:
    """Refuse what is not read before it is opened as text."""
    if path.suffix.lower() in _UNREAD:
        raise SourceError(_UNREAD[path.suffix.lower()])
    if path.stat().st_size > MOST_BYTES:
        raise SourceError(f"is larger than {MOST_BYTES >> 20} MiB, which no script is")
    with path.open("rb") as stream:
        head = stream.read(8)
    for magic, reason in _HEADS.items():
        if head.startswith(magic):
            raise SourceError(reason)


def stage(staging: Staging) -> None:
    """Stage the scripts."""
    import polars as pl

    unread = dict(staging.content.unread)
    rows: list[tuple[int, str, str, str, str]] = []
    for name, file in staging.content.files.items():
        kind = Path(name).suffix.lower().removeprefix(".")
        text = file.path.read_text(encoding="utf-8-sig")  # universal newlines
        if kind == "fdx" and "<FinalDraft" not in text:
            unread[name] = "is no Final Draft file: it holds no <FinalDraft; export it again"
        elif not text.strip():
            unread[name] = "holds no words"
        else:
            if kind == "fdx":
                text = _DECLARED.sub(r"\1", text)  # the text is UTF-8 now, whatever it was
            rows.append((len(rows), name, kind, text, hashlib.sha256(text.encode()).hexdigest()))
    staging.refuse(unread)
    schema = {"ordinal": pl.Int64, "name": pl.String, "format": pl.String, "content": pl.String, "sha256": pl.String}
    relation = staging.frame("scripts", pl.DataFrame(rows, schema=schema, orient="row"))
    staging.add(Stage("scripts", relation, ""))

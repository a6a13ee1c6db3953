"""Any screenplay that is read: chosen by its ending, and by what is in it."""

from __future__ import annotations

from toolkit.document import MOST_TEXT, Document
from toolkit.errors import SourceError
from toolkit.screenplay.elements import Screenplay
from toolkit.screenplay.final_draft import parse_final_draft
from toolkit.screenplay.fountain import parse_fountain
from toolkit.screenplay.pdf import parse_pdf
from toolkit.screenplay.plain_text import parse_plain_text, read_plain_text
from toolkit.screenplay.writing import write_fountain

__all__ = ["parse_final_draft", "parse_fountain", "parse_pdf", "parse_plain_text", "read_screenplay", "write_fountain"]

_FOUNTAIN = frozenset({".fountain", ".spmd"})
# What programs write and this does not read, with what to do about it.
_OTHERS = {
    ".fadein": "Fade In", ".celtx": "Celtx", ".wdz": "WriterDuet", ".highland": "Highland", ".scriv": "Scrivener",
    ".mmx": "Movie Magic", ".mmsw": "Movie Magic", ".scw": "Movie Magic", ".fdr": "Final Draft before version 8",
    ".fdt": "Final Draft", ".docx": "Word", ".doc": "Word", ".odt": "OpenDocument", ".rtf": "rich text",
    ".pages": "Pages", ".html": "HTML", ".htm": "HTML", ".epub": "EPUB",
}  # fmt: skip


def read_screenplay(document: Document) -> Screenplay:
    """The elements of a screenplay: Fountain, Final Draft (.fdx), indented plain text, stage plays, PDF.

    Raises:
        SourceError: a format that is not read, a damaged file, or one without a word.
        ModelError: a PDF, and pypdf is not installed.
    """
    if document.suffix in _OTHERS:
        raise SourceError(
            f"{document.name} is a file of {_OTHERS[document.suffix]}, which is not read; "
            "export it as .fountain, .fdx or .pdf"
        )
    screenplay = _read(document)
    if not screenplay.elements:
        raise SourceError(f"{document.name} holds no words of a script; is it the right file?")
    return screenplay


def _read(document: Document) -> Screenplay:
    with document.path.open("rb") as stream:
        head = stream.read(1024)
    if head.startswith(b"%PDF-") or document.suffix == ".pdf":
        return Screenplay(parse_pdf(document.path), "pdf")
    if document.suffix == ".fdx" or b"<FinalDraft" in head:
        if document.path.stat().st_size > MOST_TEXT:
            raise SourceError(f"{document.name} is larger than any script; is it the right file?")
        return Screenplay(parse_final_draft(document.path.read_bytes(), document.name), "fdx")
    text = document.text()
    if document.suffix in _FOUNTAIN:
        return Screenplay(parse_fountain(text), "fountain")
    layout, elements = read_plain_text(text)
    return Screenplay(elements, "fountain" if layout == "fountain" else "text")

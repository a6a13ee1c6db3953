from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.toolkit.screenplay.paper import pdf_of
from toolkit.errors import ModelError, SourceError
from toolkit.screenplay.pdf import parse_pdf
from toolkit.screenplay.plain_text import parse_plain_text

PAGES = [
    """
              INT. HALL - DAY

              Fog. BOB waits at the rail and
              looks down.

                                  BOB (V.O.)
                            (very low)
                        Not tonight, not this
                        year.

                                                        CUT TO:
""",
    """                                                              2.

  7           EXT. HARBOUR - NIGHT                              7

                                  ANN
                        Bob!

              He turns.
""",
]


def test_a_pdf_is_read_as_the_text_that_is_printed_on_it(tmp_path: Path) -> None:
    path = tmp_path / "script.pdf"
    path.write_bytes(pdf_of(PAGES))
    elements = [replace(element, line=0) for element in parse_pdf(path)]
    assert elements == [replace(element, line=0) for element in parse_plain_text("\n".join(PAGES))]
    assert [(element.kind, element.text) for element in elements] == [
        ("scene heading", "INT. HALL - DAY"),
        ("action", "Fog. BOB waits at the rail and looks down."),
        ("character", "BOB"),
        ("parenthetical", "(very low)"),
        ("dialogue", "Not tonight, not this year."),
        ("transition", "CUT TO:"),
        ("scene heading", "EXT. HARBOUR - NIGHT"),
        ("character", "ANN"),
        ("dialogue", "Bob!"),
        ("action", "He turns."),
    ]
    assert elements[6].scene_number == "7"


def test_a_pdf_without_text_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(pdf_of(["", ""]))
    with pytest.raises(SourceError, match=r"^scan\.pdf holds pictures of pages and no text; run text recognition"):
        parse_pdf(path)


def test_an_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    plain, path = tmp_path / "plain.pdf", tmp_path / "locked.pdf"
    plain.write_bytes(pdf_of(PAGES))
    writer = PdfWriter()
    for page in PdfReader(plain).pages:
        writer.add_page(page)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)
    with pytest.raises(SourceError, match=r"^locked\.pdf is encrypted; save a copy without its password$"):
        parse_pdf(path)


@pytest.mark.parametrize("data", [b"%PDF-1.4\nnothing", b"", pdf_of(PAGES)[:300]])
def test_a_damaged_pdf_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "torn.pdf"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"^torn\.pdf ") as caught:
        parse_pdf(path)
    assert "\n" not in str(caught.value)


def test_without_pypdf_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    path = tmp_path / "script.pdf"
    path.write_bytes(pdf_of(PAGES))
    with pytest.raises(ModelError, match=r"^script\.pdf is a PDF.*pip install 'cinekit\[pdf\]'$"):
        parse_pdf(path)

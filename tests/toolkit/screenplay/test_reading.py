from __future__ import annotations

from pathlib import Path

import pytest

from tests.toolkit.screenplay.paper import pdf_of
from toolkit.document import Document
from toolkit.errors import SourceError
from toolkit.screenplay.reading import read_screenplay

FOUNTAIN = "INT. CAFÉ - DAY\n\nÅSA\n“Hej!”\n"
PARAGRAPH = '<Paragraph Type="Action"><Text>Rain.</Text></Paragraph>'
FDX = f'<?xml version="1.0"?>\n<FinalDraft><Content>{PARAGRAPH}</Content></FinalDraft>'
COLUMNS = "INT. A\n\nHe waits.\n\n      BOB\n   Hi.\n\n      ANN\n   Hi.\n"


def written(folder: Path, name: str, data: bytes | str) -> Document:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return Document(path)


@pytest.mark.parametrize(
    ("name", "data", "format_"),
    [
        ("a.fountain", FOUNTAIN, "fountain"),
        ("a.SPMD", FOUNTAIN, "fountain"),
        ("a.fountain", COLUMNS, "fountain"),
        ("a.txt", FOUNTAIN, "fountain"),
        ("a.md", FOUNTAIN, "fountain"),
        ("a.txt", COLUMNS, "text"),
        ("a.text", "Bob:\nHi.\n\nAnn:\nHi.\n", "text"),
        ("script", COLUMNS, "text"),
        ("a.fdx", FDX, "fdx"),
        ("a.xml", FDX, "fdx"),
        ("a.fountain", FDX, "fdx"),
        ("a.pdf", pdf_of(["INT. HALL"]), "pdf"),
        ("a.txt", pdf_of(["INT. HALL"]), "pdf"),
    ],
)
def test_the_format_is_that_of_the_ending_or_of_the_content(
    tmp_path: Path, name: str, data: bytes | str, format_: str
) -> None:
    screenplay = read_screenplay(written(tmp_path, name, data))
    assert screenplay.format == format_
    assert screenplay.elements


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_usual_encodings_are_told(tmp_path: Path, encoding: str) -> None:
    document = written(tmp_path, "a.fountain", FOUNTAIN.replace("\n", "\r\n").encode(encoding))
    assert [element.text for element in read_screenplay(document).elements] == ["INT. CAFÉ - DAY", "ÅSA", "“Hej!”"]


def test_an_encoding_that_the_user_names_is_used(tmp_path: Path) -> None:
    document = written(tmp_path, "a.fountain", "ИВАН\nДа.\n".encode("koi8-r"))
    screenplay = read_screenplay(Document(document.path, encoding="koi8-r"))
    assert [element.text for element in screenplay.elements] == ["ИВАН", "Да."]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.fadein", b"PK\x03\x04", r"^a\.fadein is a file of Fade In, which is not read; export it as \.fountain"),
        ("a.docx", b"PK\x03\x04", r"^a\.docx is a file of Word"),
        ("a.fdx", b"PK\x03\x04", r"^a\.fdx is a zip archive"),
        ("a.fountain", b"PK\x03\x04", r"^a\.fountain is a zip archive"),
        ("a.fountain", b"INT. HALL\0\x01", r"^a\.fountain holds NUL bytes"),
        ("a.fountain", b"\xc3\xa9 \xff", r"^a\.fountain is UTF-8 with broken bytes in line 1"),
        ("a.fountain", b"", r"^a\.fountain is empty"),
        ("a.txt", b"\n  \n", r"^a\.txt holds no words of a script"),
        ("a.fdx", b"<FinalDraft/>", r"^a\.fdx holds no words of a script"),
        ("a.pdf", b"INT. HALL", r"^a\.pdf is damaged or no PDF"),
    ],
)
def test_what_is_no_script_is_refused_in_one_line(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        read_screenplay(written(tmp_path, name, data))
    assert "\n" not in str(caught.value)

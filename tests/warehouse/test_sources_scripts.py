"""Scripts: which files are taken, how their text is read, and why others are refused."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from warehouse import Warehouse
from warehouse.errors import SourceError, UsageError
from warehouse.loads import LoadReport, load

PAGE = "INT. LIGHTHOUSE - NIGHT\n\nRain.\n\nMARA\nWho's there?\n"
FDX = '<?xml version="1.0" encoding="{}"?>\n<FinalDraft><Content/></FinalDraft>\n'


def written(path: Path, content: str | bytes = PAGE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def held(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.query("SELECT script_key, name, format FROM raw.scripts ORDER BY script_key").rows()


def refused(warehouse: Warehouse) -> dict[str, str]:
    rows = warehouse.query("SELECT file, reason FROM meta.refused_rows WHERE line IS NULL AND content IS NULL").rows()
    return dict(rows)


def counts(report: LoadReport) -> tuple[int, int, int]:
    return report.taken, report.refused, report.folded


def test_a_folder_with_folders_is_taken_by_its_paths(warehouse: Warehouse, tmp_path: Path) -> None:
    written(tmp_path / "drafts/b.fountain")
    written(tmp_path / "drafts/act one/a.TXT", "FADE IN:\r\n\r\nA DOG barks.\rIt rains.\r\n")
    written(tmp_path / "drafts/c.fdx", FDX.format("UTF-8"))
    written(tmp_path / "drafts/LICENSE")
    written(tmp_path / "drafts/.trash/d.fountain", "INT. BIN - DAY\n")
    report = load(warehouse, "scripts", tmp_path / "drafts")
    assert counts(report) == (3, 0, 0)
    assert report.tables == {"raw.scripts": 3}
    assert held(warehouse) == [(1, "act one/a.TXT", "txt"), (2, "b.fountain", "fountain"), (3, "c.fdx", "fdx")]
    text = "FADE IN:\n\nA DOG barks.\nIt rains.\n"
    row = warehouse.query("SELECT content, sha256, load FROM raw.scripts WHERE script_key = 1").row(0)
    assert row == (text, hashlib.sha256(text.encode()).hexdigest(), 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_the_encodings_that_writers_use(warehouse: Warehouse, tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path / "a.fountain", "INT. CAFÉ – NIGHT\n".encode(encoding))
    report = load(warehouse, "scripts", path)
    assert warehouse.query("SELECT content FROM raw.scripts").item() == "INT. CAFÉ – NIGHT\n"
    assert report.encoding == (encoding if encoding in ("utf-16", "cp1252") else "utf-8")


def test_an_encoding_can_be_said(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path / "a.fountain", "INT. ЧЕРДАК - NIGHT\n".encode("cp1251"))
    load(warehouse, "scripts", path, encoding="cp1251")
    assert warehouse.query("SELECT content FROM raw.scripts").item() == "INT. ЧЕРДАК - NIGHT\n"


def test_what_final_draft_declares_is_dropped_as_the_text_is_no_longer_in_it(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    load(warehouse, "scripts", written(tmp_path / "a.fdx", FDX.format("UTF-16").encode("utf-16")))
    content = warehouse.query("SELECT content FROM raw.scripts").item()
    assert content == '<?xml version="1.0"?>\n<FinalDraft><Content/></FinalDraft>\n'


def test_what_cannot_be_read_is_refused_with_the_reason_and_stops_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    written(folder / "good.fountain")
    written(folder / "draft.fadein")
    written(folder / "printed.pdf", b"%PDF-1.7\n")
    written(folder / "renamed.txt", b"%PDF-1.7\n")
    written(folder / "rich.txt", b"{\\rtf1 INT. HOUSE}")
    written(folder / "empty.txt", b"")
    written(folder / "blank.txt", " \n\n")
    written(folder / "binary.fountain", b"INT.\0\1\2")
    written(folder / "page.fdx", "<html/>")
    report = load(warehouse, "scripts", folder)
    assert counts(report) == (1, 8, 0)
    found = refused(warehouse)
    assert found["draft.fadein"] == "is a file of Fade In, which is not read; export it as Fountain or .fdx"
    assert found["printed.pdf"] == found["renamed.txt"]
    assert found["printed.pdf"].endswith("export the script as Fountain or .fdx")
    assert found["rich.txt"] == "is rich text; save it as plain text"
    assert found["empty.txt"] == "is empty; nothing to load"
    assert found["blank.txt"] == "holds no words"
    assert found["binary.fountain"].startswith("holds NUL bytes")
    assert found["page.fdx"].startswith("is no Final Draft file")


def test_a_script_that_is_too_large_is_refused(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.sources.scripts.MOST_BYTES", 1 << 20)
    with pytest.raises(SourceError, match=r"^a\.txt is larger than 1 MiB, which no script is; nothing was loaded$"):
        load(warehouse, "scripts", written(tmp_path / "a.txt", "x" * ((1 << 20) + 1)))


def test_where_all_are_refused_the_load_fails_and_names_the_first(warehouse: Warehouse, tmp_path: Path) -> None:
    written(tmp_path / "drafts/b.fadein")
    written(tmp_path / "drafts/a.txt", b"")
    with pytest.raises(SourceError, match=r"^all 2 were refused, the first, a\.txt, is empty; .*nothing was loaded$"):
        load(warehouse, "scripts", tmp_path / "drafts")
    assert warehouse.query("SELECT count(*) FROM meta.loads").item() == 0
    assert warehouse.query("SELECT count(*) FROM meta.refused_rows").item() == 0
    assert warehouse.query("SELECT DISTINCT status FROM meta.runs").item() == "failed"


def test_a_folder_without_scripts_says_what_is_looked_for(warehouse: Warehouse, tmp_path: Path) -> None:
    written(tmp_path / "drafts/a.docx")
    with pytest.raises(SourceError, match=r"holds no scripts: no file in it ends in \.fountain, .* or \.pdf$"):
        load(warehouse, "scripts", tmp_path / "drafts")
    with pytest.raises(
        SourceError, match=r"a\.docx is not read as scripts: its name has to end in \.fountain, .* or \.zip$"
    ):
        load(warehouse, "scripts", tmp_path / "drafts/a.docx")
    with pytest.raises(SourceError, match="there is no file or folder"):
        load(warehouse, "scripts", tmp_path / "missing")


def test_the_same_folder_again_adds_nothing_whatever_it_is_called(warehouse: Warehouse, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        written(tmp_path / folder / "a.fountain")
    load(warehouse, "scripts", tmp_path / "one")
    again = load(warehouse, "scripts", tmp_path / "two")
    assert again.already_loaded
    assert again.load == 1
    assert len(held(warehouse)) == 1


def test_a_folder_that_has_grown_brings_what_is_new_and_keys_go_on(warehouse: Warehouse, tmp_path: Path) -> None:
    written(tmp_path / "b.fountain")
    load(warehouse, "scripts", tmp_path / "b.fountain")
    written(tmp_path / "drafts/a.fountain", "EXT. SEA - DAY\n")
    written(tmp_path / "drafts/b.fountain")
    written(tmp_path / "drafts/c.fountain", "EXT. SEA - DAY\n")
    assert counts(load(warehouse, "scripts", tmp_path / "drafts")) == (1, 0, 2)
    assert held(warehouse) == [(1, "b.fountain", "fountain"), (2, "a.fountain", "fountain")]
    assert warehouse.repeated_keys() == []


def test_a_folder_and_its_archive_are_the_same_content(warehouse: Warehouse, tmp_path: Path) -> None:
    written(tmp_path / "drafts/act one/a.fountain")
    written(tmp_path / "drafts/b.fountain", "EXT. SEA - DAY\n")
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        for file in ("act one/a.fountain", "b.fountain"):
            archive.write(tmp_path / "drafts" / file, f"drafts/{file}")
        archive.writestr("__MACOSX/drafts/._b.fountain", b"\0\1")
    load(warehouse, "scripts", tmp_path / "d.zip")
    assert [row[1] for row in held(warehouse)] == ["act one/a.fountain", "b.fountain"]
    assert load(warehouse, "scripts", tmp_path / "drafts").already_loaded


def test_names_in_an_archive_lead_nowhere(warehouse: Warehouse, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("../../outside.fountain", PAGE)
        archive.writestr("/tmp/absolute.fountain", "EXT. SEA - DAY\n")
    before = set(tmp_path.parent.rglob("*.fountain"))
    load(warehouse, "scripts", tmp_path / "d.zip")
    assert [row[1] for row in held(warehouse)] == ["outside.fountain", "tmp/absolute.fountain"]
    assert set(tmp_path.parent.rglob("*.fountain")) == before
    assert not Path("/tmp/absolute.fountain").exists()


def test_an_archive_that_unpacks_to_far_more_than_its_size_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b" " * (65 << 20))
    with pytest.raises(SourceError, match=r"^bomb\.zip unpacks to 68,157,440 bytes, far more than its size"):
        load(warehouse, "scripts", tmp_path / "bomb.zip")


def test_a_torn_archive_stops_no_other_file(warehouse: Warehouse, tmp_path: Path) -> None:
    torn = written(tmp_path / "torn.zip", b"PK\3\4 and nothing more")
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("a.docx", "x")
    report = load(warehouse, "scripts", [torn, empty, written(tmp_path / "a.fountain")])
    assert counts(report) == (1, 2, 0)
    assert refused(warehouse)["torn.zip"].startswith("is torn or no zip archive")
    assert refused(warehouse)["empty.zip"].startswith("holds no scripts: nothing in it ends in .fountain")


def test_several_paths_are_one_load_and_files_of_one_name_are_told_apart(warehouse: Warehouse, tmp_path: Path) -> None:
    first, second = written(tmp_path / "x/a.fountain"), written(tmp_path / "y/a.fountain", "EXT. SEA - DAY\n")
    report = load(warehouse, "scripts", [first, second, tmp_path / "y", first])
    assert counts(report) == (2, 0, 0)
    assert report.path == f"{first} and 3 more"
    assert [row[1] for row in held(warehouse)] == [second.as_posix(), "a.fountain"]
    with pytest.raises(UsageError, match="ratings are loaded from one path at a time"):
        load(warehouse, "ratings", [first, second])
    with pytest.raises(UsageError, match="name at least one file or folder of scripts"):
        load(warehouse, "scripts", [])


def test_a_name_that_is_no_utf_8_is_kept_with_question_marks(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts" / b"caf\xe9.fountain".decode("utf-8", "surrogateescape")).write_text(PAGE)
    load(warehouse, "scripts", tmp_path / "drafts")
    assert held(warehouse) == [(1, "caf\N{REPLACEMENT CHARACTER}.fountain", "fountain")]


@pytest.mark.slow
def test_real_screenplays_are_taken_or_refused_with_a_reason(warehouse: Warehouse, real_data: Path) -> None:
    report = load(warehouse, "scripts", real_data / "screenplays")
    assert counts(report) == (73, 1, 2)
    assert [reason for reason, *_ in report.reasons] == [
        "is a file of Fade In, which is not read; export it as Fountain or .fdx"
    ]

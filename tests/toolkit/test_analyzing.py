"""The way of a document: found, taken apart, scored, stored once, its results in one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from toolkit.analyzing import Analyzed, AnalyzeRequest, analyze
from toolkit.document import Document
from toolkit.documents import files_at, titles_after
from toolkit.errors import CinekitError, ModelError, PluginError, SourceError, UnknownNameError, UsageError
from toolkit.host import Host
from toolkit.scoring import checked_lines
from warehouse import Warehouse
from warehouse.documents import add_title
from warehouse.loads import load

from .strangers import strange_host

__all__ = ["strange_host"]
NONE = AnalyzeRequest(sentiment="none")
REVIEWS = (("a", "great :)", 1), ("b", "fine :)", 1), ("c", "awful :(", -1), ("d", "odd :)", -1), ("e", "meh", 0))


@pytest.fixture
def reviewed(warehouse: Warehouse) -> Warehouse:
    with warehouse.writing() as con:
        con.executemany("INSERT INTO raw.reviews (review_id, review, score) VALUES (?, ?, ?)", REVIEWS)
    return warehouse


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def run(
    warehouse: Warehouse, host: Host, *paths: Path, request: AnalyzeRequest = NONE, model: str = "lines"
) -> Analyzed:
    return analyze(warehouse, host, model, {}, request, paths)


def test_a_document_has_rows_a_run_and_a_title_of_its_name(
    warehouse: Warehouse, strange_host: Host, tmp_path: Path
) -> None:
    done = run(warehouse, strange_host, written(tmp_path, "My_Film (1999).lines", "one\nthree"))
    assert (done.documents, done.failed) == (1, {})
    assert warehouse.query("SELECT word, weight FROM results.themes ORDER BY place").rows() == [
        ("one", 3),
        ("three", 5),
    ]
    (row,) = warehouse.query("SELECT document, title, year, model, sentiment_model FROM analyses").rows()
    assert row == ("My_Film (1999).lines", "My Film", 1999, "lines", None)
    assert warehouse.query("SELECT content, kind FROM raw.documents").rows() == [("one\nthree", "script")]
    (kept,) = warehouse.query("SELECT verb, model, status, plugin, settings->>'$.most' FROM runs").rows()
    assert kept == ("analyze", "lines", "done", "cinekit-strange", "100")
    assert dict(warehouse.query("SELECT table_name, row_count FROM meta.run_writes").rows()) == {
        "results.themes": 2,
        "results.analyses": 1,
        "raw.documents": 1,
        "raw.titles": 1,
    }
    assert {row[0] for row in warehouse.query("SELECT table_name FROM meta.run_reads").rows()} == {
        "raw.documents",
        "raw.titles",
    }
    assert not warehouse.artifacts.folder.exists()


def test_analysing_again_adds_a_run_and_no_copy(warehouse: Warehouse, strange_host: Host, tmp_path: Path) -> None:
    run(warehouse, strange_host, written(tmp_path, "a.lines", "one"))
    run(warehouse, strange_host, written(tmp_path, "another name.lines", "one"))
    assert warehouse.query("SELECT name FROM raw.documents").rows() == [("a.lines",)]
    assert warehouse.query("SELECT name FROM raw.titles").rows() == [("a",)]
    assert warehouse.query("SELECT count(*) FROM results.themes").item() == 2
    assert warehouse.query("SELECT count(*) FROM themes").item() == 1  # the latest run's


def test_a_title_that_is_there_is_found_by_name_and_asked_for(
    warehouse: Warehouse, strange_host: Host, tmp_path: Path
) -> None:
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO raw.titles (title_key, title_id, name, year) "
            "VALUES (1, '9', 'Heat', 1995), (2, '5', 'Alien', 1979)"
        )
    path = written(tmp_path, "heat.lines", "one")
    run(warehouse, strange_host, path)
    assert warehouse.query("SELECT title FROM documents").item() == "Heat"
    run(warehouse, strange_host, path, request=AnalyzeRequest(sentiment="none", title="Alien (1979)"))
    assert warehouse.query("SELECT title FROM documents").item() == "Alien"
    run(warehouse, strange_host, path)  # it stays where it was put
    assert warehouse.query("SELECT title FROM documents").item() == "Alien"
    # A file named after a number is not the title of that id.
    run(warehouse, strange_host, written(tmp_path, "9.lines", "two"))
    assert warehouse.query("SELECT title, title_key FROM documents WHERE document = '9.lines'").rows() == [("9", 3)]


def test_a_name_of_several_titles_is_asked_back(warehouse: Warehouse, strange_host: Host, tmp_path: Path) -> None:
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO raw.titles (title_key, title_id, name, year) "
            "VALUES (1, '1', 'Heat', 1995), (2, '2', 'Heat', 1986)"
        )
    done = run(warehouse, strange_host, path := written(tmp_path, "heat.lines", "one"))
    (error,) = done.failed.values()
    assert isinstance(error, UsageError)
    assert "2 titles are called 'heat'" in str(error)
    assert "--title" in str(error)
    assert not run(warehouse, strange_host, path, request=AnalyzeRequest(sentiment="none", title="Heat (1986)")).failed


def test_a_title_is_named_by_its_id(warehouse: Warehouse, strange_host: Host, tmp_path: Path) -> None:
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO raw.titles (title_key, title_id, name, year) "
            "VALUES (1, '1', 'Heat', 1995), (2, '2', 'Heat', 1995)"
        )
    path = written(tmp_path, "a.lines", "one")
    run(warehouse, strange_host, path, request=AnalyzeRequest(sentiment="none", title="id:2"))
    assert warehouse.query("SELECT title_key FROM documents").item() == 2
    done = run(warehouse, strange_host, path, request=AnalyzeRequest(sentiment="none", title="id:7"))
    assert isinstance(next(iter(done.failed.values())), UnknownNameError)
    assert warehouse.query("SELECT count(*) FROM raw.titles").item() == 2


def test_files_of_one_name_in_two_folders_are_two_titles(
    warehouse: Warehouse, strange_host: Host, tmp_path: Path
) -> None:
    paths = [written(tmp_path / folder, "script.lines", folder) for folder in ("heat", "alien")]
    run(warehouse, strange_host, *paths)
    assert warehouse.query("SELECT title FROM documents ORDER BY ALL").rows() == [("alien",), ("heat",)]


@pytest.mark.parametrize(
    ("name", "kind", "title"),
    [
        ("episode.en.srt", "subtitles", "episode"),
        ("episode.eng.srt", "subtitles", "episode"),
        ("episode.pt-BR.srt", "subtitles", "episode"),
        ("dr.no.srt", "subtitles", "dr"),  # no is Norwegian
        ("dr.who.srt", "subtitles", "dr.who"),
        ("dr.no.fountain", "script", "dr.no"),
        ("The_Long__Way (1999).fdx", "script", "The Long Way (1999)"),
    ],
)
def test_what_a_title_is_called_after_a_file(tmp_path: Path, name: str, kind: str, title: str) -> None:
    assert titles_after([tmp_path / name], "file", kind) == {tmp_path / name: title}


def test_a_title_that_another_process_adds_meanwhile_is_taken(
    warehouse: Warehouse, strange_host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*arguments: Any) -> Any:
        with warehouse.writing() as con:
            add_title(con, "New (2001)")
        return checked_lines(*arguments)

    monkeypatch.setattr("toolkit.analyzing.checked_lines", meanwhile)
    request = AnalyzeRequest(sentiment="none", title="New (2001)")
    run(warehouse, strange_host, written(tmp_path, "a.lines", "one"), request=request)
    assert warehouse.query("SELECT title_id FROM raw.titles").rows() == [("New (2001)",)]


def test_a_catalogue_that_is_loaded_later_takes_the_documents(
    warehouse: Warehouse, strange_host: Host, tmp_path: Path
) -> None:
    for name in ("Heat (1995).lines", "Unknown.lines"):
        run(warehouse, strange_host, written(tmp_path, name, name))
    catalogue = written(tmp_path, "titles.csv", "id,title,year\n6,Heat,1995\n7,Alien,1979\n")
    report = load(warehouse, "titles", catalogue)
    assert any("now one with the loaded title" in text for text in report.notes)
    found = warehouse.query("SELECT t.title_id, t.title FROM documents d JOIN titles t USING (title_key) ORDER BY ALL")
    assert found.rows() == [("6", "Heat"), ("Unknown", "Unknown")]
    assert warehouse.query("SELECT title_id FROM raw.titles ORDER BY ALL").rows() == [("6",), ("7",), ("Unknown",)]
    assert warehouse.repeated_keys() == []


def test_what_is_listed_under_another_name_is_said(warehouse: Warehouse, strange_host: Host, tmp_path: Path) -> None:
    run(warehouse, strange_host, written(tmp_path, "a.lines", "one"))
    done = run(warehouse, strange_host, written(tmp_path, "b.lines", "one"))
    assert done.notes == ["b.lines has the content of a.lines, and is listed as that"]


def test_lines_that_break_their_promise_are_the_models_fault(
    reviewed: Warehouse, strange_host: Host, tmp_path: Path
) -> None:
    paths = [
        written(tmp_path, "a.lines", "no lines"),
        written(tmp_path, "b.lines", "odd"),
        written(tmp_path, "c.lines", "c"),
    ]
    done = run(reviewed, strange_host, *paths)
    assert done.documents == 1
    first, second = done.failed.values()
    assert isinstance(first, PluginError)
    assert "its lines have no column text" in str(first)
    assert isinstance(second, PluginError)


def test_one_that_fails_stops_no_other(warehouse: Warehouse, strange_host: Host, tmp_path: Path) -> None:
    good, binary = written(tmp_path, "good.lines", "one"), tmp_path / "binary.lines"
    binary.write_bytes(b"a\0b")
    crash, wrong = written(tmp_path, "crash.lines", "crash"), written(tmp_path, "wrong.lines", "wrong")
    done = run(warehouse, strange_host, binary, tmp_path / "gone.lines", crash, wrong, good)
    assert done.documents == 1
    kinds = {Path(name).name: type(error) for name, error in done.failed.items()}
    assert kinds == {
        "gone.lines": SourceError,
        "binary.lines": SourceError,
        "crash.lines": PluginError,
        "wrong.lines": PluginError,
    }
    assert all("\n" not in str(error) for error in done.failed.values())
    assert warehouse.query("SELECT DISTINCT document FROM themes").rows() == [("good.lines",)]
    assert warehouse.query("SELECT status, count(*) FROM runs GROUP BY ALL ORDER BY ALL").rows() == [
        ("done", 1),
        ("failed", 3),
    ]
    assert warehouse.query("SELECT name FROM raw.documents").rows() == [("good.lines",)]


def test_a_folder_is_searched_for_the_models_endings(warehouse: Warehouse, strange_host: Host, tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    for name in ("b.lines", "a.LINES", "c.txt"):
        written(folder, name, name)
    assert run(warehouse, strange_host, folder).documents == 2
    found, wrong = files_at([folder, folder / "c.txt", tmp_path / "none"], (".lines",))
    assert [path.name for path in found] == ["a.LINES", "b.lines", "c.txt"]
    assert "there is no file" in str(wrong[str(tmp_path / "none")])
    _, wrong = files_at([folder], (".fdx",))
    assert "holds no file that ends in .fdx" in str(next(iter(wrong.values())))


def test_quick_documents_share_a_run_and_the_folders_title(
    warehouse: Warehouse, strange_host: Host, tmp_path: Path
) -> None:
    folder = tmp_path / "stills"
    for number in range(5):
        written(folder, f"{number}.stamp", "x" * number)
    written(folder, "same.stamp", "xx")
    done = run(warehouse, strange_host, folder, model="stamps")
    assert len(done.runs) == 2
    assert [Path(name).name for name in done.failed] == ["0.stamp"]
    assert warehouse.query("SELECT status, count(*) FROM runs GROUP BY ALL ORDER BY ALL").rows() == [
        ("done", 2),
        ("failed", 1),
    ]
    assert warehouse.query("SELECT DISTINCT title FROM documents").rows() == [("stills",)]
    assert warehouse.query("SELECT count(*) FROM raw.documents").item() == 4
    assert warehouse.repeated_keys() == []


def test_bad_rows_of_one_document_fail_that_one_alone(warehouse: Warehouse, strange_host: Host, tmp_path: Path) -> None:
    folder = tmp_path / "stills"
    for name, text in (("a", "x"), ("b", "bad"), ("c", "xyz")):
        written(folder, f"{name}.stamp", text)
    done = run(warehouse, strange_host, folder, model="stamps")
    assert [Path(name).name for name in done.failed] == ["b.stamp"]
    assert warehouse.query("SELECT document FROM themes ORDER BY ALL").rows() == [("a.stamp",), ("c.stamp",)]
    assert warehouse.query("SELECT words FROM themes ORDER BY document").rows() == [(["size"],), (["size"],)]
    assert warehouse.query("SELECT weight FROM results.themes ORDER BY document_key").rows() == [(1.0,), (3.0,)]
    assert not warehouse.artifacts.folder.exists() or not list(warehouse.artifacts.folder.rglob("*.png"))


def test_files_of_a_run_are_kept_with_their_hash(warehouse: Warehouse, strange_host: Host, tmp_path: Path) -> None:
    done = run(warehouse, strange_host, written(tmp_path, "a.lines", "picture"))
    (folder,) = done.files
    assert (folder / "picture.png").read_bytes() == b"png"
    assert warehouse.query("SELECT path, bytes FROM meta.artifacts").rows() == [(f"{done.runs[0]}/picture.png", 3)]


def test_sentiment_by_line_scene_character_and_document(
    reviewed: Warehouse, strange_host: Host, tmp_path: Path
) -> None:
    path = written(
        tmp_path, "a.lines", "a good day :)\na bad day :(\nb nothing to say\nb what a lovely morning this is :)"
    )
    done = run(reviewed, strange_host, path, request=AnalyzeRequest(sentiment="smiles"))
    assert not done.failed
    # Of the three reviews that smile two are positive: p = 2/3, the index is 1/3.
    rows = reviewed.query("SELECT level, place, character, words, sentiment FROM sentiment ORDER BY ALL").rows()
    third = pytest.approx(1 / 3)
    lines = [row[1:] for row in rows if row[0] == "line"]
    assert lines == [(1, "a", 3, third), (2, "a", 3, pytest.approx(-1 / 3)), (3, "b", 0, None), (4, "b", 7, third)]
    by_character = {row[2]: row[4] for row in rows if row[0] == "character"}
    assert by_character == {"a": pytest.approx(0), "b": third}
    (whole,) = [row[4] for row in rows if row[0] == "document"]
    assert whole == pytest.approx((3 - 3 + 7) / 3 / 13)
    assert reviewed.query("SELECT count(*), min(share), max(share) FROM arcs").rows()[0][0] == 100
    assert reviewed.query("SELECT DISTINCT sentiment_model, language FROM sentiment").rows() == [("smiles", "en")]


def test_a_fit_is_a_run_of_its_own_and_is_used_again(reviewed: Warehouse, strange_host: Host, tmp_path: Path) -> None:
    request = AnalyzeRequest(sentiment="smiles")
    for name in ("a.lines", "b.lines"):
        run(reviewed, strange_host, written(tmp_path, name, f"{name} is a nice text :)"), request=request)
    verbs = reviewed.query("SELECT verb, count(*) FROM runs GROUP BY ALL ORDER BY ALL").rows()
    assert verbs == [("analyze", 2), ("fit", 1)]
    assert reviewed.query("SELECT model, texts FROM models.fitted").rows() == [("smiles", 4)]
    scored = reviewed.query("SELECT DISTINCT sentiment_settings, sentiment_fit FROM results.analyses").rows()
    assert scored == [('{"grin":1.0}', reviewed.query("SELECT run FROM runs WHERE verb = 'fit'").item())]


def test_a_language_that_is_not_read_is_marked_and_not_scored(
    reviewed: Warehouse, strange_host: Host, tmp_path: Path
) -> None:
    german = (
        "Heute ist ein schöner Tag, und wir gehen zusammen ins Kino :)\nMorgen bleiben wir lieber zu Hause und lesen :)"
    )
    done = run(reviewed, strange_host, written(tmp_path, "a.lines", german), request=AnalyzeRequest(sentiment="smiles"))
    assert done.notes == [
        "a.lines is in 'de', which smiles does not read: it has no sentiment; --sentiment smiles,marks would"
    ]
    assert reviewed.query("SELECT language, sentiment_model FROM analyses").rows() == [("de", None)]
    assert reviewed.query("SELECT count(*) FROM sentiment").item() == 0


def test_each_document_is_scored_by_the_first_model_that_reads_its_language(
    reviewed: Warehouse, strange_host: Host, tmp_path: Path
) -> None:
    german = "Heute ist ein schöner Tag, und wir gehen zusammen ins Kino!"
    paths = [written(tmp_path, "a.lines", german), written(tmp_path, "b.lines", "what a lovely morning this is :)")]
    request = AnalyzeRequest(sentiment="smiles, marks")
    done = analyze(reviewed, strange_host, "lines", {}, request, paths, {"marks": {"shouting": 1.0}})
    assert not done.failed
    assert not done.notes
    found = reviewed.query("SELECT document, language, sentiment_model FROM analyses ORDER BY ALL").rows()
    assert found == [("a.lines", "de", "marks"), ("b.lines", "en", "smiles")]
    scored = reviewed.query("SELECT sentiment FROM sentiment WHERE level = 'document' ORDER BY document").rows()
    assert scored == [(1.0,), (pytest.approx(1 / 3),)]


def test_without_labelled_reviews_a_trained_model_says_what_to_load(
    warehouse: Warehouse, strange_host: Host, tmp_path: Path
) -> None:
    path = written(tmp_path, "a.lines", "one")
    with pytest.raises(ModelError, match="cinekit load reviews"):
        run(warehouse, strange_host, path, request=AnalyzeRequest(sentiment="smiles"))
    with pytest.raises(UsageError, match="lines is no model of sentiment; these are: marks, smiles"):
        run(warehouse, strange_host, path, request=AnalyzeRequest(sentiment="lines"))


def test_text_is_read_in_any_usual_encoding(tmp_path: Path) -> None:
    for name, data in (
        ("bom", "\ufeffÄ\r\nb".encode()),
        ("utf-16", "Ä\r\nb".encode("utf-16")),
        ("latin-1", "Ä\r\nb".encode("latin-1")),
    ):
        (tmp_path / name).write_bytes(data)
        assert Document(tmp_path / name).text() == "Ä\nb"
    with pytest.raises(CinekitError, match="is empty"):
        Document(written(tmp_path, "empty", "")).text()

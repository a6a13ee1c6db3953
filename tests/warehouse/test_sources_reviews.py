# ruff: noqa: DTZ001 - the warehouse keeps UTC without a zone
"""Reviews: columns by usual names or by number, scores that are words, ids that are made, and what is refused."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from warehouse import Warehouse
from warehouse.errors import SourceError
from warehouse.loads import load


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_usual_names_are_known(warehouse: Warehouse, tmp_path: Path) -> None:
    text = "review_id,user,movie,review_text,stars,date\nr1,ann,Heat (1995),Tense.,4.5,2020-01-01\n"
    report = load(warehouse, "reviews", written(tmp_path, "a.csv", text))
    assert report.taken == 1
    rows = warehouse.query(
        "SELECT review_id, viewer_id, name, year, review, score, reviewed_at FROM raw.reviews "
        "JOIN raw.viewers USING (viewer_key) JOIN raw.titles USING (title_key)"
    ).rows()
    assert rows == [("r1", "ann", "Heat", 1995, "Tense.", 4.5, datetime(2020, 1, 1))]


@pytest.mark.parametrize("column", ["review", "text", "snippet", "content", "comment", "body"])
def test_the_text_alone_is_enough(warehouse: Warehouse, tmp_path: Path, column: str) -> None:
    load(warehouse, "reviews", written(tmp_path, "a.csv", f"{column},other\nFine.,x\n"))
    assert warehouse.query("SELECT review, score, viewer_key, title_key FROM raw.reviews").rows() == [
        ("Fine.", None, None, None)
    ]


def test_scores_may_be_words_and_anything_else_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    given = {"Positive": 1, "neg": -1, "NEUTRAL": 0, "pos": 1, "negative": -1, "2.5": 2.5, "-3": -3, "": None}
    refused = {"meh": "score is neither a number nor positive, negative or neutral", "inf": "not a finite number",
               "4/5": "neither a number", "nan": "not a finite number"}  # fmt: skip
    lines = "".join(f"text {n},{score}\n" for n, score in enumerate([*given, *refused]))
    report = load(warehouse, "reviews", written(tmp_path, "a.csv", "text,label\n" + lines), mapping={"score": "label"})
    assert (report.taken, report.refused) == (len(given), len(refused))
    scores = warehouse.query("SELECT score FROM raw.reviews ORDER BY review")["score"].to_list()
    assert scores == list(given.values())
    found = warehouse.query("SELECT content, reason FROM meta.refused_rows ORDER BY line").rows()
    for (content, reason), (score, expected) in zip(found, refused.items(), strict=True):
        assert content.endswith(f",{score}")
        assert expected in reason


def test_a_label_settles_which_column_is_meant(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "text,rating,sentiment\nFine.,4,positive\n")
    with pytest.raises(SourceError, match="score could be column 'rating' or 'sentiment'; say which with --map score="):
        load(warehouse, "reviews", path)
    load(warehouse, "reviews", path, mapping={"score": "sentiment"})
    assert warehouse.query("SELECT score FROM raw.reviews")["score"].to_list() == [1]


def test_ids_are_made_of_text_viewer_and_title_and_are_the_same_in_every_load(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    header = "user,movie,text,score\n"
    one = "ann,Heat,Great!,5\nbob,Heat,Great!,4\nann,Alien,Great!,3\n"
    load(warehouse, "reviews", written(tmp_path, "a.csv", header + one))
    ids = warehouse.query("SELECT review_id FROM raw.reviews")["review_id"].to_list()
    assert len(set(ids)) == 3
    report = load(warehouse, "reviews", written(tmp_path, "b.csv", header + one + "cas,Heat,Dull.,1\n"))
    assert (report.taken, report.folded) == (1, 3)
    changed = load(warehouse, "reviews", written(tmp_path, "c.csv", header + "ann,Heat,Great!,2\n"))
    assert changed.taken == 1
    scores = dict(warehouse.query("SELECT review_id, score FROM raw.reviews").rows())
    assert len(scores) == 4
    assert scores[ids[0]] == 2


def test_ids_are_made_where_some_are_missing(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "reviews", written(tmp_path, "a.csv", "id,text\n7,One.\n,Two.\n"))
    ids = dict(warehouse.query("SELECT review, review_id FROM raw.reviews").rows())
    assert ids["One."] == "7"
    assert len(ids["Two."]) == 20


def test_reviews_without_text_are_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    report = load(warehouse, "reviews", written(tmp_path, "a.csv", 'text,score\n,1\n  ,2\n"\t",3\nFine.,4\n'))
    assert (report.taken, report.reasons) == (1, (("no text", 3, "a.csv", 2),))


def test_quotes_that_are_not_closed_between_tabs_are_text(warehouse: Warehouse, tmp_path: Path) -> None:
    texts = ['"Great" film', "plain", '"open', '"whole"', 'a 9" screen']
    path = written(tmp_path, "a.tsv", "id\ttext\tscore\n" + "".join(f"{n}\t{t}\t1\n" for n, t in enumerate(texts)))
    report = load(warehouse, "reviews", path)
    assert (report.taken, report.refused) == (5, 0)
    assert any("quotes are read as part of the text" in note for note in report.notes)
    assert warehouse.query("SELECT review FROM raw.reviews ORDER BY review_id")["review"].to_list() == texts


def test_quotes_around_tabs_and_line_ends_are_quotes(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", 'id\ttext\n1\t"Two\nlines"\n2\t"a\ttab"\n3\t"She said ""go"""\n')
    load(warehouse, "reviews", path)
    assert warehouse.query("SELECT review FROM raw.reviews ORDER BY review_id")["review"].to_list() == [
        "Two\nlines", "a\ttab", 'She said "go"',
    ]  # fmt: skip


@pytest.mark.parametrize("ending", ["txt", "tsv", "csv"])
def test_columns_by_number_say_that_there_is_no_header(warehouse: Warehouse, tmp_path: Path, ending: str) -> None:
    between = "," if ending == "csv" else "\t"
    rows = [("1", "2.5", "She said ''go'' and a 9\" screen"), ("2", "-1", "Dull."), ("3", "x", "Odd."), ("4", "0", "")]
    path = written(tmp_path, f"a.{ending}", "".join(between.join(row) + "\r\n" for row in rows))
    report = load(warehouse, "reviews", path, mapping={"id": "1", "score": "2", "review": "3"})
    assert (report.taken, report.refused) == (2, 2)
    assert any("no header" in note or "not for a header" in note for note in report.notes)
    assert {line for *_, line in report.reasons} == {3, 4}
    assert warehouse.query("SELECT review_id, score, review FROM raw.reviews ORDER BY review_id").rows() == [
        ("1", 2.5, rows[0][2]),
        ("2", -1, "Dull."),
    ]


def test_one_row_without_a_header_is_a_row(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", "Fine film\tpositive\n")
    assert load(warehouse, "reviews", path, mapping={"review": "1", "score": "2"}).taken == 1


def test_a_number_that_is_no_column_is_named(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", "Fine\tpositive\nBad\tnegative\n")
    with pytest.raises(SourceError, match=r"--map review=3: a.tsv has no such column; it has 1, 2"):
        load(warehouse, "reviews", path, mapping={"review": "3", "score": "2"})
    with pytest.raises(SourceError, match=r"a.tsv has no column for the review; it has 1, 2; .*--map review=COLUMN"):
        load(warehouse, "reviews", path, mapping={"score": "2"})


def test_numbers_may_be_the_names_of_a_header(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "0,1\nFine.,positive\n")
    load(warehouse, "reviews", path, mapping={"review": "0", "score": "1"})
    assert warehouse.query("SELECT review, score FROM raw.reviews").rows() == [("Fine.", 1)]


def test_reviews_of_json_lines_keep_their_line_ends(warehouse: Warehouse, tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"text": "Two\\nlines.", "label": "pos"}\n{"text": "One", "label": 0}\n')
    load(warehouse, "reviews", path)
    assert warehouse.query("SELECT review, score FROM raw.reviews ORDER BY score").rows() == [
        ("One", 0),
        ("Two\nlines.", 1),
    ]


@pytest.mark.slow
def test_the_scored_snippets_load_whole(warehouse: Warehouse, real_data: Path) -> None:
    path = real_data / "reviews" / "movieReviewSnippets_GroundTruth.txt"
    mapping = {"id": "1", "score": "2", "review": "3"}
    report = load(warehouse, "reviews", path, mapping=mapping)
    assert (report.taken, report.refused, report.folded) == (10_605, 0, 0)
    lines = path.read_text(encoding="utf-8").strip("\n").split("\n")
    expected = {row[0]: (float(row[1]), row[2].strip(" ")) for row in (line.split("\t") for line in lines)}
    found = warehouse.query("SELECT review_id, score, review FROM raw.reviews").rows()
    assert {key: (score, text) for key, score, text in found} == expected
    assert load(warehouse, "reviews", path, mapping=mapping).already_loaded


def test_another_file_that_numbers_from_one_replaces_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "reviews", written(tmp_path, "a.csv", "id,text,score\n1,Great.,5\n2,Dull.,1\n"))
    report = load(warehouse, "reviews", written(tmp_path, "b.csv", "id,text,score\n1,Awful.,1\n2,Dull.,2\n"))
    assert any("1 review has the id of another review" in note for note in report.notes)
    rows = dict(warehouse.query("SELECT review, score FROM raw.reviews").rows())
    assert rows == {"Great.": 5, "Dull.": 2, "Awful.": 1}  # the same words under the same id are brought up to date
    grown = load(warehouse, "reviews", written(tmp_path, "b2.csv", "id,text,score\n1,Awful.,1\n2,Dull.,2\n3,New.,3\n"))
    assert (grown.taken, grown.folded) == (1, 2)
    assert warehouse.query("SELECT count(DISTINCT review_id) FROM raw.reviews").item() == 4
    assert warehouse.repeated_keys() == []


def test_two_reviews_of_one_id_in_a_file_are_two(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "reviews", written(tmp_path, "a.csv", "id,text\n7,One.\n7,Two.\n7,One.\n8,One.\n"))
    ids = dict(warehouse.query("SELECT review_id, review FROM raw.reviews").rows())
    assert sorted(ids.values()) == ["One.", "One.", "Two."]
    assert ids["7"] == ids["8"] == "One."


def test_the_order_of_files_and_rows_makes_no_copy(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "reviews", written(tmp_path, "a.csv", "id,text\n1,Two.\n"))
    report = load(warehouse, "reviews", written(tmp_path, "b.csv", "id,text\n1,One.\n1,Two.\n"))
    assert (report.taken, report.folded) == (1, 1)
    turned = load(warehouse, "reviews", written(tmp_path, "c.csv", "id,text\n1,Two.\n1,One.\n"))
    assert (turned.taken, turned.folded) == (0, 2)
    assert sorted(warehouse.query("SELECT review FROM raw.reviews")["review"].to_list()) == ["One.", "Two."]


@pytest.mark.parametrize("column", ["user", "movie"])
def test_the_same_words_of_another_viewer_or_title_are_another_review(
    warehouse: Warehouse, tmp_path: Path, column: str
) -> None:
    load(warehouse, "reviews", written(tmp_path, "a.csv", f"id,{column},text,score\n1,one,Great!,5\n"))
    text = f"id,{column},text,score\n1,two,Great!,1\n1,three,Great!,2\n"
    assert load(warehouse, "reviews", written(tmp_path, "b.csv", text)).taken == 2
    assert load(warehouse, "reviews", written(tmp_path, "c.csv", text + "1,one,Great!,4\n")).folded == 2
    assert sorted(warehouse.query("SELECT score FROM raw.reviews")["score"].to_list()) == [1, 2, 4]


def test_a_viewer_who_becomes_known_belongs_to_the_same_review(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, "reviews", written(tmp_path, "a.csv", "id,text\n1,Great!\n"))
    load(warehouse, "reviews", written(tmp_path, "b.csv", "id,user,text\n1,ann,Great!\n"))
    assert warehouse.query(
        "SELECT review_id, viewer_id FROM raw.reviews JOIN raw.viewers USING (viewer_key)"
    ).rows() == [("1", "ann")]


def test_a_row_that_is_refused_takes_no_id(warehouse: Warehouse, tmp_path: Path) -> None:
    report = load(warehouse, "reviews", written(tmp_path, "a.csv", "id,text,score\n1,,5\n1,One.,meh\n1,Two.,3\n"))
    assert (report.taken, report.refused) == (1, 2)
    assert not any("another review" in note for note in report.notes)
    assert warehouse.query("SELECT review_id, review FROM raw.reviews").rows() == [("1", "Two.")]

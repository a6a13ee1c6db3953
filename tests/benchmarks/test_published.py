"""The protocols of published figures, on ratings small enough to be checked by hand."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    """A module of the folder of benchmarks, by its name; all of them are forgotten again."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if str(FOLDER) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def tastes(viewers, titles=12, each=10):
    """Ratings of viewers who like `each` of the first `titles`, or of as many others: rows of the file."""
    random = np.random.default_rng(0)
    return [
        (viewer, (viewer % 2) * titles + title, 4.5, 1000 + title)
        for viewer in range(viewers)
        for title in sorted(random.permutation(titles)[:each].tolist())
    ]


def ratings(benchmark, rows):
    """Rows of viewer, title, rating and seconds as the protocols take them."""
    columns = (np.array(column) for column in zip(*rows, strict=True))
    return benchmark("published_protocols").Ratings(*columns)


def write_csv(folder, rows):
    text = "".join(f"{viewer},{title},{rating},{seconds}\n" for viewer, title, rating, seconds in rows)
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + text, encoding="utf-8")


def test_liang_holds_out_whole_viewers_and_asks_for_a_fifth_of_what_they_liked(benchmark):
    parts = benchmark("published_protocols").liang(ratings(benchmark, tastes(40)), held_out=8)

    assert parts.train.shape == (24, 24)
    assert parts.history.shape == (8, 24)
    assert not np.isin(parts.history.viewers, parts.train.viewers).any()
    assert (parts.history.rows == -1).all()
    assert np.diff(parts.test.indptr).tolist() == [2] * 8
    assert np.diff(parts.history.values.indptr).tolist() == [8] * 8
    assert parts.history.values.multiply(parts.test).nnz == 0


def test_liang_takes_the_viewers_that_the_published_code_takes(benchmark):
    parts = benchmark("published_protocols").liang(ratings(benchmark, tastes(40)), held_out=8)

    order = np.random.RandomState(98765).permutation(40)
    assert parts.history.viewers.tolist() == sorted(order[-8:].tolist())
    assert parts.train.viewers.tolist() == sorted(order[:24].tolist())


def test_liang_counts_ratings_of_four_and_more_of_viewers_with_five_of_them(benchmark):
    few = [(100, title, 5.0, 0) for title in range(4)] + [(100, 20, 3.5, 0)]
    disliked = [(viewer, 23 - (viewer % 2) * 23, 3.5, 0) for viewer in range(40)]
    rows = [row for row in tastes(40) if row[1] not in (0, 23)] + disliked + few
    parts = benchmark("published_protocols").liang(ratings(benchmark, rows), held_out=8)

    assert 100 not in {*parts.train.viewers.tolist(), *parts.history.viewers.tolist()}
    assert not {0, 23} & set(parts.train.titles.tolist())


def test_liang_leaves_out_titles_that_nobody_in_training_liked(benchmark):
    order = np.random.RandomState(98765).permutation(40)
    own = [(int(viewer), 99, 5.0, 0) for viewer in order[-8:]]
    parts = benchmark("published_protocols").liang(ratings(benchmark, tastes(40) + own), held_out=8)

    assert 99 not in parts.train.titles
    assert (np.diff(parts.history.values.indptr) + np.diff(parts.test.indptr)).tolist() == [10] * 8


def test_liang_refuses_more_viewers_than_there_are(benchmark):
    with pytest.raises(SystemExit, match="40 viewers are too few to hold out 40"):
        benchmark("published_protocols").liang(ratings(benchmark, tastes(40)), held_out=20)


def test_leave_one_out_asks_for_the_last_in_time_and_then_in_the_file(benchmark):
    rows = [(viewer, title, 1.0, 50) for viewer in range(5) for title in (3, 4, 0, 1, 2)]
    rows += [(viewer, 5, 1.0, 40) for viewer in range(5)]
    parts = benchmark("published_protocols").leave_one_out(ratings(benchmark, rows))

    assert parts.train.titles[parts.test.indices].tolist() == [2] * 5
    first = parts.history.times[: parts.history.values.indptr[1]]
    assert parts.train.titles[parts.history.values.indices[np.argsort(first)]].tolist() == [5, 3, 4, 0, 1]


def test_leave_one_out_counts_viewers_and_titles_before_it_leaves_any_out(benchmark):
    rows = [(viewer, title, 1.0, title) for viewer in range(5) for title in range(5)]
    # With the title that only four rated, viewer 5 has five ratings; without it four, which nobody asks about.
    rows += [(viewer, 9, 1.0, 9) for viewer in (0, 1, 2, 5)] + [(5, title, 1.0, title) for title in range(4)]
    rows += [(6, title, 1.0, title) for title in range(4)]
    parts = benchmark("published_protocols").leave_one_out(ratings(benchmark, rows))

    assert parts.train.titles.tolist() == [0, 1, 2, 3, 4]
    assert parts.train.viewers.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(("data", "line"), [("ml-20m", "1,2,3.5,77"), ("ml-1m", "1::2::3.5::77")])
def test_ratings_are_read_as_they_were_published(benchmark, tmp_path, data, line):
    protocols = benchmark("published_protocols")
    name, _, header = protocols.LAYOUTS[data]
    (tmp_path / name).write_text(("userId,movieId,rating,timestamp\n" if header else "") + line + "\n")

    read = protocols.read_ratings(tmp_path, data)
    assert [column.tolist() for column in (read.viewer, read.title, read.rating, read.seconds)] == [
        [1],
        [2],
        [3.5],
        [77],
    ]


def test_ease_finds_what_viewers_of_one_taste_like(benchmark, tmp_path):
    write_csv(tmp_path, tastes(60))
    found = benchmark("published").reproduce(
        {"claim": "EASE", "folder": str(tmp_path), "held_out": 10, "settings": {"regularisation": 10.0}}
    )

    # Of the 4 titles of a viewer's taste that are left, 2 are to be found: all lie in the first 20 of 24.
    assert found["viewers"] == 10
    assert found["means"]["recall@20"] == 1
    assert 0.5 < found["means"]["ndcg@100"] <= 1


def test_a_claim_holds_within_its_tolerance(benchmark):
    published = benchmark("published")
    means = {"ndcg@100": 0.4165, "recall@20": 0.391, "recall@50": 0.516}
    rows = published.claim_rows("EASE", {"means": means})

    assert [row.holds for row in rows] == [True, True, False]
    assert rows[0].note == "found 0.4165, published 0.420"


def test_a_folder_without_data_is_refused_in_one_line(benchmark, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        benchmark("published").found_data(tmp_path)

    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_data_are_recognised_by_their_file_and_how_much_it_holds(benchmark, tmp_path, monkeypatch, capsys):
    published = benchmark("published")
    (tmp_path / "ratings.dat").write_text("1::2::5::77\n1::3::5::78\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        published.found_data(tmp_path)
    assert "a ratings.dat of 2 ratings, where ml-1m has 1,000,209" in capsys.readouterr().err

    monkeypatch.setitem(published.protocols.SIZES, "ml-1m", 2)
    assert published.found_data(tmp_path) == "ml-1m"


@pytest.mark.slow
def test_sasrec_finds_what_comes_next(benchmark, tmp_path):
    lines = [f"{viewer}::{(viewer + step) % 8}::5::{step}\n" for viewer in range(64) for step in range(6)]
    (tmp_path / "ratings.dat").write_text("".join(lines), encoding="utf-8")
    settings = {"length": 6, "units": 16, "epochs": 20, "batch": 16, "learning_rate": 0.01}
    found = benchmark("published").reproduce({"claim": "SASRec", "folder": str(tmp_path), "settings": settings})

    assert found["viewers"] == 64
    assert found["means"]["ndcg@10"] > 0.9

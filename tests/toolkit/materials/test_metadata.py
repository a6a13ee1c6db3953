"""Rows of metadata out of a warehouse, and what is written of synthetic ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from toolkit.errors import UsageError
from toolkit.materials.metadata import Metadata, MetadataRequest
from toolkit.materials.metadata_constraints import rating_step
from toolkit.testing.made_rows import made_rows, rows_of

if TYPE_CHECKING:
    from toolkit.materials.metadata import Rows
    from warehouse import Warehouse


def read(warehouse: Warehouse, *statements: str) -> Rows:
    with warehouse.writing() as con:
        for statement in statements:
            con.execute(statement)
    with warehouse.reading() as con:
        rows = Metadata().read(con)
    return Metadata().corpus(rows, MetadataRequest())


TITLES = "INSERT INTO raw.titles (title_key, title_id, name, year) VALUES (1, 'a', 'A', 1920), (2, 'b', NULL, NULL), (3, 'c', 'C', 1999)"  # noqa: E501
GENRES = "INSERT INTO raw.genres (title_key, genre) VALUES (1, 'Drama'), (3, 'Drama'), (3, 'Horror')"
CREDITS = (
    "INSERT INTO raw.credits (title_key, person, role) VALUES (3, 'x', 'cast'), (3, 'y', 'cast'), (3, 'z', 'director')"
)
RATINGS = "INSERT INTO raw.ratings (viewer_key, title_key, rating) VALUES (1, 3, 4), (2, 3, 3), (1, 1, 2.5)"


def test_a_row_says_what_is_known_of_a_title(warehouse: Warehouse) -> None:
    rows = read(warehouse, TITLES, GENRES, CREDITS, RATINGS)
    assert rows.number_names == ("year", "cast_size", "ratings", "mean_rating", "rating_spread")
    assert rows.names == ("A", "C")
    assert rows.label_names == ("Drama", "Horror")
    assert rows.labels.tolist() == [[True, False], [True, True]]
    # 4 and 3: mean 3.5, sample variance (.25 + .25) / 1
    expected = [[1920, np.nan, 1, 2.5, np.nan], [1999, 2, 2, 3.5, round(0.5**0.5, 6)]]
    np.testing.assert_allclose(rows.numbers, expected)
    assert rating_step(rows.numbers, rows.number_names) == 0.5


def test_columns_that_no_title_has_are_left_out(warehouse: Warehouse) -> None:
    rows = read(warehouse, TITLES)
    assert rows.number_names == ("year",)
    assert rows.label_names == ()
    assert len(rows) == 2


def test_an_empty_warehouse_has_no_rows(warehouse: Warehouse) -> None:
    assert len(read(warehouse)) == 0


def test_parts_share_no_title_and_are_the_same_each_time() -> None:
    parts, again = (Metadata().parts(made_rows(500)) for _ in range(2))
    joined = np.concatenate([parts.train, parts.valid, parts.test])
    assert sorted(joined.tolist()) == list(range(500))
    assert 350 < len(parts.train) < 450
    np.testing.assert_array_equal(parts.test, again.test)


def test_an_unknown_genre_is_refused_with_near_names() -> None:
    with pytest.raises(UsageError, match="did you mean 'Horror'"):
        Metadata().wishes(MetadataRequest(genre=("Horor",)), made_rows())
    wishes = Metadata().wishes(MetadataRequest(genre=("horror", "Drama")), made_rows())
    assert wishes.labels is not None
    assert wishes.labels.tolist() == [True, False, True, False]


def test_rows_of_samples_have_the_columns_of_their_tables(tmp_path: Path) -> None:
    rows = rows_of([[1920, np.nan, 0, np.nan, np.nan], [1999, 2, 2, 3.5, 0.7]], [[1, 0], [0, 0]])
    frames = Metadata().rows(rows, Metadata().wishes_to_judge(rows), MetadataRequest(), tmp_path, "")
    assert json.loads(frames["results.generations"]["content"][0]) == {
        "year": 1920, "cast_size": None, "ratings": 0, "mean_rating": None, "rating_spread": None, "genres": ["Drama"]
    }  # fmt: skip
    titles = frames["results.generated_titles"]
    assert titles.columns == [
        "sample", "year", "runtime_minutes", "cast_size", "ratings", "mean_rating", "rating_spread",
    ]  # fmt: skip
    assert titles.row(1) == (2, 1999, None, 2, 2, 3.5, 0.7)
    assert frames["results.generated_genres"].rows() == [(1, "Drama")]


def test_a_row_that_several_titles_have_is_no_copy_of_one() -> None:
    corpus = rows_of([[1920.0], [1920], [1999], [1950]], [[1]] * 4, ("year",))
    places, distances = Metadata().nearest(rows_of([[1920.0], [1999]], [[1]] * 2, ("year",)), corpus)
    assert distances[0] > 0
    assert (places[1], distances[1]) == (2, 0)


def test_a_row_of_which_nothing_is_known_has_no_key() -> None:
    keys = Metadata().keys(rows_of([[np.nan, np.nan, 0, np.nan, np.nan], [1920, 1, 0, np.nan, np.nan]], [[0], [0]]))
    assert keys[0] == ""
    assert '"year":1920' in keys[1]

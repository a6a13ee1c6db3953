"""Finding titles and viewers by what people call them."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from toolkit.errors import UnknownNameError, UsageError
from toolkit.lookup import title_keys, viewer_keys
from toolkit.title_index import TitleIndex
from warehouse import Warehouse

# Key, id, name, year, and how many rate it.
TITLES = [
    (1, "1", "Toy Story", 1995, 9),
    (2, "2571", "The Matrix", 1999, 8),
    (3, "6365", "The Matrix Reloaded", 2003, 2),
    (4, "6934", "The Matrix Revolutions", 2003, 3),
    (5, "4973", "Amelie (Le Fabuleux destin d'Amélie Poulain)", 2001, 3),
    (6, "293", "Léon: The Professional (a.k.a. The Professional) (Léon)", 1994, 3),
    (7, "527", "Schindler's List", 1993, 3),
    (8, "7209", "M. Hulot’s Holiday (Mr. Hulot's Holiday)", 1953, 1),
    (9, "6", "Heat", 1995, 4),
    (10, "Heat_(1972_film)", "Heat", 1972, 0),
    (11, "Heat_(1986_film)", "Heat", 1986, 0),
    (12, "103372", "The Heat", 2013, 1),
    (13, "1917", "Armageddon", 1998, 1),
    (14, "1917_(2019_film)", "1917", 2019, 0),
    (15, "1_(2013_film)", "1", 2013, 0),
    (16, "1240", "The Terminator", 1984, 5),
    (17, "Terminal_(2018_film)", "Terminal", 2018, 0),
    (18, "40", "Hamlet", 1990, 1),
    (19, "41", "Hamlet", 1996, 5),
    (20, "42", "Hamlet", 1948, 3),
    (21, "43", "Hamlet", 2000, 2),
    (22, "44", "Hamlet", 1964, 0),
    (23, "45", "Hamlet", 1964, 4),
    (24, "47", "Seven (a.k.a. Se7en)", 1995, 4),
    (25, "Seven_(1979_film)", "Seven", 1979, 0),
    (26, "69757", "(500) Days of Summer", 2009, 1),
    (27, "spirited", "千と千尋の神隠し", None, 0),
    (28, "dollars", "$", 1971, 0),
    (29, "8195", "L'Avventura (The Adventure)", 1960, 1),
    (30, "Heat (1999)", "Warm", 1999, 0),
    (31, "warm-heat", "Heat", 1999, 0),
    (32, "tie-a", "Solaris", 1972, 0),
    (33, "tie-b", "Solaris", 1972, 0),
    (34, "Armageddon", "Armageddon", None, 0),
    (35, "matrix", "Zzz", 1950, 0),
    (36, "nosferatu", "Nosferatu in Venice", 1988, 0),
    (37, "o'hara", "Nosferatu: Dawn", 1988, 0),
    (38, "37729", "Nosferatu the Vampyre", 1979, 6),
]


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.mktemp("lookup") / "lookup.duckdb"
    shutil.copy(empty_file, path)
    warehouse = Warehouse.open(path, wait=5)
    with warehouse.writing() as con:
        con.executemany(
            "INSERT INTO raw.titles (title_key, title_id, name, year) VALUES (?, ?, ?, ?)", [row[:4] for row in TITLES]
        )
        con.executemany(
            "INSERT INTO raw.ratings (viewer_key, title_key, rating) SELECT viewer, ?, 4 FROM range(?) r(viewer)",
            [(row[0], row[4]) for row in TITLES],
        )
        con.execute("INSERT INTO raw.viewers (viewer_key, viewer_id) VALUES (1, 'ann'), (2, 'bob'), (3, 'o''neil')")
    with warehouse.reading() as con:
        yield con


Said = Callable[[str], str]


@pytest.fixture
def said(con: duckdb.DuckDBPyConnection) -> Said:
    """What is said of a name that cannot be used."""

    def said(name: str) -> str:
        with pytest.raises(UsageError) as refusal:
            title_keys(con, [name])
        assert "\n" not in str(refusal.value)
        return str(refusal.value)

    return said


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("The Matrix (1999)", 2),
        ("the matrix", 2),
        ("  Matrix  ", 2),
        ("Matrix (1999)", 2),
        ("matrix, the (1999)", 2),
        ("MATRIX, THE", 2),
        ("Amelie", 5),
        ("Amélie (2001)", 5),
        (unicodedata.normalize("NFD", "Amélie"), 5),
        ("Amelie (Le Fabuleux destin d'Amélie Poulain) (2001)", 5),
        ("le fabuleux destin d’amelie poulain", 5),
        ("Fabuleux destin d'Amélie Poulain, Le", 5),
        ("leon the professional", 6),
        ("Professional, The (1994)", 6),
        ("Léon", 6),
        ("schindler’s list", 7),
        ("Schindler`s List (1993)", 7),
        ("schindlers list", 7),
        ("M. Hulot's Holiday", 8),
        ("mr hulots holiday", 8),
        ("se7en", 24),
        ("500 days of summer", 26),
        ("(500) Days of Summer (2009)", 26),
        ("千と千尋の神隠し", 27),
        ("$", 28),
        ("avventura, l'", 29),
        ("the adventure (1960)", 29),
    ],
)
def test_spellings_of_a_name(con: duckdb.DuckDBPyConnection, name: str, key: int) -> None:
    assert title_keys(con, [name]) == [key]


def test_names_come_back_in_their_order(con: duckdb.DuckDBPyConnection) -> None:
    assert title_keys(con, ["Toy Story", "Matrix", "Toy Story"]) == [1, 2, 1]
    assert title_keys(con, []) == []


def test_a_name_as_it_is_written_goes_before_another_spelling_of_it(con: duckdb.DuckDBPyConnection) -> None:
    assert title_keys(con, ["heat", "heat (2013)", "the heat"]) == [9, 12, 12]


@pytest.mark.parametrize("name", ["", "  ", "\t", "id:", "id:  "])
def test_a_blank_name_is_refused(said: Said, name: str) -> None:
    assert said(name).startswith("--like is empty")


@pytest.mark.parametrize(
    ("name", "key"), [("2571", 2), ("id:2571", 2), ("id: 1", 1), ("id:1917", 13), ("Heat_(1972_film)", 10)]
)
def test_ids(con: duckdb.DuckDBPyConnection, name: str, key: int) -> None:
    assert title_keys(con, [name]) == [key]


def test_an_id_goes_before_another_spelling_of_a_name(con: duckdb.DuckDBPyConnection) -> None:
    assert title_keys(con, ["matrix", "Matrix"]) == [35, 2]


def test_an_id_that_is_the_name_of_another_title(con: duckdb.DuckDBPyConnection, said: Said) -> None:
    assert said("1917") == (
        "'1917' is the id of Armageddon (1998) and the name of 1917 (2019) (id 1917_(2019_film)); "
        "say 'id:1917' or '1917 (2019)'"
    )
    assert said("1") == (
        "'1' is the id of Toy Story (1995) and the name of 1 (2013) (id 1_(2013_film)); say 'id:1' or '1 (2013)'"
    )
    assert title_keys(con, ["1917 (2019)", "1 (2013)"]) == [14, 15]


def test_what_to_say_instead_is_not_what_was_said(said: Said) -> None:
    assert said("Heat (1999)").endswith("(id warm-heat); say 'id:Heat (1999)' or 'id:warm-heat'")


def test_an_id_that_is_also_its_own_title_s_name_is_a_name(con: duckdb.DuckDBPyConnection) -> None:
    assert title_keys(con, ["Armageddon", "id:Armageddon"]) == [13, 34]


def test_an_unknown_id(said: Said) -> None:
    assert said("id:257x").startswith("no title of id '257x'; the nearest are '2571'")


def test_of_several_titles_the_only_one_with_interactions(con: duckdb.DuckDBPyConnection) -> None:
    assert title_keys(con, ["Heat", "Seven"]) == [9, 24]


@pytest.mark.parametrize("table", ["watches", "purchases"])
def test_watches_and_purchases_are_interactions_too(warehouse: Warehouse, table: str) -> None:
    with warehouse.writing() as con:
        con.execute("INSERT INTO raw.titles (title_key, title_id, name) VALUES (1, 'a', 'Heat'), (2, 'b', 'Heat')")
        con.execute(f"INSERT INTO raw.{table} (viewer_key, title_key) VALUES (1, 2), (1, 2)")
    with warehouse.reading() as con:
        assert title_keys(con, ["Heat"]) == [2]


def test_several_titles_are_listed_with_the_most_interactions_first(said: Said) -> None:
    assert said("hamlet") == (
        "6 titles are called 'hamlet': Hamlet (1996) (id 41), Hamlet (1964) (id 45), Hamlet (1948) (id 42), "
        "Hamlet (2000) (id 43), Hamlet (1990) (id 40) and 1 more; add the year, or give the id, as id:41"
    )


def test_where_the_year_does_not_tell_them_apart_the_id_is_asked_for(said: Said) -> None:
    listed = "2 titles are called {!r}: Solaris (1972) (id tie-a), Solaris (1972) (id tie-b); give the id, as id:tie-a"
    assert said("Solaris (1972)") == listed.format("Solaris (1972)")
    assert said("Solaris") == listed.format("Solaris")


def test_the_year_and_interactions_together(con: duckdb.DuckDBPyConnection) -> None:
    assert title_keys(con, ["Hamlet (1964)", "Hamlet (1990)"]) == [23, 18]


def test_an_unknown_name_is_answered_with_the_nearest(said: Said) -> None:
    assert said("Terminater").startswith("no title 'Terminater'; the nearest are 'The Terminator (1984)', 'Terminal")
    assert said("Matrix (1998)").startswith("no title 'Matrix (1998)'; the nearest are 'The Matrix (1999)', ")
    assert said("Matrx").startswith("no title 'Matrx'; the nearest are 'The Matrix (1999)', ")


def test_titles_with_the_words_go_before_titles_that_look_alike(said: Said) -> None:
    assert said("revolutions").startswith("no title 'revolutions'; the nearest are 'The Matrix Revolutions (2003)'")
    assert "the nearest are 'Armageddon" not in said("Summer days")
    assert "the nearest are '(500) Days of Summer (2009)'" in said("Summer days")


def test_among_titles_as_near_the_best_known_goes_first(said: Said) -> None:
    near = "'Nosferatu the Vampyre (1979)', 'Nosferatu: Dawn (1988)', 'Nosferatu in Venice (1988)'"
    assert said("Nosferatu") == f"no title 'Nosferatu'; the nearest are {near}"


def test_a_name_like_no_other(said: Said) -> None:
    assert said("Ωμέγα") == "no title 'Ωμέγα'; nothing has a name like it"


@pytest.mark.parametrize(
    "name", ["x' OR 1=1 --", '"; DROP TABLE raw.titles', "%", "(", "(a.k.a. )", "\\9x", "[", "$text"]
)
def test_text_is_never_sql(said: Said, name: str) -> None:
    assert said(name).startswith("no title ")


def test_an_empty_warehouse(warehouse: Warehouse) -> None:
    with warehouse.reading() as con:
        with pytest.raises(UnknownNameError, match="no title 'Heat'; the warehouse has none yet; load some first"):
            title_keys(con, ["Heat"])
        with pytest.raises(UnknownNameError, match="no viewer 'ann'; the warehouse has none yet"):
            viewer_keys(con, ["ann"])


def test_viewers(con: duckdb.DuckDBPyConnection) -> None:
    assert viewer_keys(con, ["bob", "o'neil", "ann"]) == [2, 3, 1]
    with pytest.raises(UnknownNameError, match="no viewer 'an'; the nearest are 'ann'"):
        viewer_keys(con, ["an"])


@pytest.mark.slow
def test_an_index_in_memory_finds_and_says_the_same(con: duckdb.DuckDBPyConnection) -> None:
    index = TitleIndex(con)
    labels = [name if year is None else f"{name} ({year})" for _, _, name, year, _ in TITLES]
    spelt = ["MATRIX, THE", "le fabuleux destin d’amelie poulain", "se7en", "id:6", "id:nothing", "Heaat", " ", "1 "]
    for name in [*labels, *(row[1] for row in TITLES), *(row[2] for row in TITLES), *spelt, *spelt]:
        assert outcome(lambda: index.key(name, "--like")) == outcome(lambda: title_keys(con, [name])[0])  # noqa: B023


def outcome(find: Callable[[], int]) -> int | str:
    try:
        return find()
    except UsageError as error:
        return str(error)


def test_an_index_tells_what_titles_are(con: duckdb.DuckDBPyConnection) -> None:
    index = TitleIndex(con)
    (place,) = index.places(np.array([9]))
    assert (index.ids[place], index.names[place], index.years[place]) == ("6", "Heat", 1995)

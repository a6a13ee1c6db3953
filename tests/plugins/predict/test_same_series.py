"""Same series: what names tell, and how often a series is followed."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.predict import series_names
from plugins.predict.same_series import SameSeries
from plugins.predict.series_names import next_in_series
from tests.plugins.predict.made_examples import are_probabilities, titles

NAMES = ("Alien", "Rocky", "Rocky II", "Rocky III", "Heat", "Casino")


def test_the_example_holds() -> None:
    result = doctest.testmod(series_names)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Rocky", "Rocky II"),
        ("Rocky", "Rocky 2"),
        ("Terminator", "Terminator 2: Judgment Day"),
        ("The Godfather", "The Godfather: Part II"),
        ("The Evil Dead", "Evil Dead II (Dead by Dawn)"),
        ("Back to the Future Part II", "Back to the Future Part III"),
        ("Star Wars: Episode IV - A New Hope", "Star Wars: Episode V - The Empire Strikes Back"),
        ("Kill Bill: Vol. 1", "Kill Bill: Vol. 2"),
        ("Dark S01E09", "Dark S02E01"),
        ("Dark S01E09", "dark s01e10"),
        ("Dark - 1x09", "Dark - 1x10"),
        ("The Wire, Season 1, Episode 9", "The Wire, Season 1, Episode 10"),
        ("The Wire: Season 1", "The Wire: Season Two"),
        ("It Chapter One", "It Chapter Two"),
        ("Rocky III", "Rocky IV"),
        ("Rocky II", "Rocky V"),
    ],
)
def test_the_second_follows_the_first(first: str, second: str) -> None:
    assert next_in_series([first, second]).tolist() == [1, -1]
    assert next_in_series([second, first]).tolist() == [-1, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Heat", "Casino"),
        ("Blues Brothers", "Blues Brothers 2000"),
        ("Rocky", "Rocky"),
        ("Seven", "Seven Samurai"),
        ("2", "3"),
    ],
)
def test_these_are_of_no_series(one: str, other: str) -> None:
    assert next_in_series([one, other]).tolist() == [-1, -1]


def test_two_titles_with_one_number_are_followed_by_the_first_of_the_next() -> None:
    assert next_in_series(["Halloween", "Halloween", "Halloween II", "Halloween II"]).tolist() == [2, 2, -1, -1]
    assert next_in_series([]).tolist() == []


@given(st.lists(st.text(alphabet="ab 12iIvxS:E.()-", max_size=12), max_size=30))
def test_whatever_names_there_are_a_series_never_goes_round(names: list[str]) -> None:
    following = next_in_series(names)
    place = np.arange(len(names))
    for _ in names:
        place = np.where(place >= 0, following[np.maximum(place, 0)], -1) if len(names) else place
    assert (place < 0).all()


def test_a_series_is_followed_as_often_as_others_followed_theirs() -> None:
    # of 40 who watched Rocky last, 30 went on; nobody else watched a series
    examples = titles([[-1, 1]] * 40 + [[-1, 0]] * 60, [2] * 30 + [4] * 10 + [5] * 60, NAMES)
    model = SameSeries(strength=1e-9)
    model.fit(examples, 0)
    found = model.probabilities(titles([[-1, 1], [-1, 2], [-1, 3], [-1, 4]], [0] * 4, NAMES))
    assert found[0, 2] == pytest.approx(30 / 40)
    assert found[1, 3] == pytest.approx(30 / 40)
    # the last of its series, and no series: what most watch
    assert found[2].argmax() == 5
    assert found[3].argmax() == 5
    assert are_probabilities(model, examples)


def test_the_latest_series_with_a_next_title_counts() -> None:
    examples = titles([[-1, -1, 1]] * 20, [2] * 20, NAMES)
    model = SameSeries()
    model.fit(examples, 0)
    asked = titles([[1, 4, 0], [1, 2, 4], [2, 1, 4]], [0] * 3, NAMES)
    # Rocky II is next; then III; and where II was watched before I, III again
    assert model.probabilities(asked).argmax(axis=1).tolist() == [2, 3, 3]


def test_where_no_series_was_seen_none_is_claimed() -> None:
    examples = titles([[0]] * 50, [4] * 50, NAMES)
    model = SameSeries()
    model.fit(examples, 0)
    assert model.probabilities(titles([[1]], [0], NAMES))[0, 2] < 0.5
    assert are_probabilities(model, examples)

"""Arcs and levels: hand-worked means, curves that must pass unchanged, and stories that are hardly there."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.arc import arc, levels
from toolkit.errors import ModelError

MIDDLES = (np.arange(100) + 0.5) / 100


def test_the_frame_has_the_columns_of_the_results() -> None:
    frame = arc([0.1, 0.9], [0.5, -0.5], [3, 4])
    assert frame.schema == {
        "point": pl.Int32, "share": pl.Float64, "seconds": pl.Float64, "raw": pl.Float64, "smoothed": pl.Float64,
    }  # fmt: skip
    assert frame["point"].to_list() == list(range(1, 101))
    assert frame["share"].to_numpy() == pytest.approx(MIDDLES)
    assert frame["seconds"].null_count() == 100


def test_raw_points_are_means_weighted_by_words() -> None:
    # parts [0, .5) and [.5, 1]: (1·.2 + 3·.6) / 4, and (2·-1 + 1·.5) / 3, a line of no words counting as one
    frame = arc([0.0, 0.49, 0.5, 1.0, 0.6], [0.2, 0.6, -1, 0.5, np.nan], [1, 3, 2, 0, 50], points=2)
    assert frame["raw"].to_list() == pytest.approx([0.5, -0.5])


def test_a_part_without_scored_lines_is_null_in_raw_and_drawn_through_in_smoothed() -> None:
    frame = arc([0.05, 0.95], [0.4, 0.4], [1, 1], points=10)
    assert frame["raw"].to_list() == [pytest.approx(0.4), *[None] * 8, pytest.approx(0.4)]
    assert frame["smoothed"].to_list() == pytest.approx([0.4] * 10)


@given(
    st.floats(-1, 1),
    st.lists(st.floats(0, 1), min_size=1, max_size=300),
    st.integers(1, 120),
    st.integers(1, 12),
)
def test_a_constant_story_has_a_constant_arc(value: float, shares: list[float], points: int, terms: int) -> None:
    frame = arc(shares, [value] * len(shares), [1] * len(shares), points=points, terms=terms)
    assert frame["smoothed"].to_numpy() == pytest.approx(np.full(points, value), abs=1e-12)


@pytest.mark.parametrize("wave", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("lines", [100, 1000])
def test_slow_waves_pass_unchanged(wave: int, lines: int) -> None:
    shares = (np.arange(lines) + 0.5) / lines
    frame = arc(shares, 0.8 * np.cos(np.pi * wave * shares), np.ones(lines))
    assert frame["smoothed"].to_numpy() == pytest.approx(0.8 * np.cos(np.pi * wave * MIDDLES), abs=1e-12)


@pytest.mark.parametrize("wave", [5, 9, 40])
def test_fast_waves_are_smoothed_away(wave: int) -> None:
    frame = arc(MIDDLES, np.cos(np.pi * wave * MIDDLES), np.ones(100))
    assert frame["smoothed"].to_numpy() == pytest.approx(np.zeros(100), abs=1e-12)
    assert frame["raw"].to_numpy() == pytest.approx(np.cos(np.pi * wave * MIDDLES))


def test_the_order_of_lines_does_not_matter() -> None:
    random = np.random.default_rng(0)
    shares, values, words = random.random(50), random.uniform(-1, 1, 50), random.integers(1, 9, 50)
    other = random.permutation(50)
    one, two = arc(shares, values, words, shares * 60), arc(*(x[other] for x in (shares, values, words, shares * 60)))
    assert np.allclose(one.to_numpy(), two.to_numpy(), equal_nan=True)


def test_seconds_are_read_between_lines_whose_times_are_known() -> None:
    frame = arc([0.25, 0.5, 0.75], [0, 0, 0], [1, 1, 1], seconds=[10, np.nan, 30], points=4)
    assert frame["seconds"].to_list() == pytest.approx([10, 15, 25, 30])
    assert arc([0.5], [0], [1], seconds=[np.nan])["seconds"].null_count() == 100


@pytest.mark.parametrize("scored", [0, 1, 2, 3])
def test_short_stories_have_an_arc_of_as_many_terms_as_lines(scored: int) -> None:
    values = [0.5, -0.5, 0.25][:scored] + [np.nan] * (4 - scored)
    frame = arc([0.1, 0.4, 0.6, 0.9], values, [1] * 4)
    assert frame["raw"].drop_nulls().len() == scored
    assert frame["smoothed"].null_count() == (0 if scored else 100)
    if scored == 1:
        assert frame["smoothed"].to_list() == pytest.approx([0.5] * 100)


def test_no_lines_have_an_arc_of_nulls() -> None:
    frame = arc([], [], [])
    assert frame.height == 100
    assert frame["raw"].null_count() == frame["smoothed"].null_count() == 100


@pytest.mark.parametrize(
    ("shares", "values", "more"), [([1.1], [0], {}), ([0.5], [0, 1], {}), ([0.5], [0], {"points": 0}),
                                   ([0.5], [0], {"terms": 0}), ([np.nan], [0], {}), ([0.5], [0], {"seconds": []})],
)  # fmt: skip
def test_what_is_no_story_is_refused(shares: list[float], values: list[float], more: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="an arc needs"):
        arc(shares, values, [1] * len(shares), **more)  # type: ignore[arg-type]


LINES = pl.DataFrame(
    {
        "place": [3, 5, 8, 9],
        "scene": [1, 1, 2, None],
        "character": ["ANN", "BOB", "ANN", None],
        "words": [2, 6, 4, 10],
        "sentiment": [0.5, -0.5, None, 0.1],
    },
    schema_overrides={"place": pl.Int32, "scene": pl.Int32},
)


def test_levels_are_means_weighted_by_words() -> None:
    frame = levels(LINES)
    assert frame.schema == {
        "level": pl.String, "place": pl.Int32, "scene": pl.Int32, "character": pl.String, "words": pl.Int32,
        "sentiment": pl.Float64,
    }  # fmt: skip
    assert frame.rows() == [
        ("line", 3, 1, "ANN", 2, 0.5),
        ("line", 5, 1, "BOB", 6, -0.5),
        ("line", 8, 2, "ANN", 0, None),
        ("line", 9, None, None, 10, 0.1),
        ("scene", 1, 1, None, 8, pytest.approx((2 * 0.5 - 6 * 0.5) / 8)),
        ("scene", 2, 2, None, 0, None),
        ("character", 1, None, "ANN", 2, 0.5),
        ("character", 2, None, "BOB", 6, -0.5),
        ("document", 1, None, None, 18, pytest.approx((1 - 3 + 1) / 18)),
    ]


def test_levels_of_subtitles_know_no_scenes_and_of_nothing_are_nothing() -> None:
    bare = LINES.with_columns(scene=pl.lit(None, pl.Int32), character=pl.lit(None, pl.String))
    assert levels(bare)["level"].unique().sort().to_list() == ["document", "line"]
    assert levels(LINES.clear()).is_empty()
    assert levels(LINES.clear()).schema == levels(LINES).schema


def test_what_several_say_together_counts_for_each_of_them_and_is_one_line() -> None:
    lines = LINES.with_columns(character=pl.Series(["ANN", "ANN\nBOB", "MOM & POP", None]))
    frame = levels(lines)
    assert frame.filter(level="line")["character"].to_list() == ["ANN", "ANN & BOB", "MOM & POP", None]
    assert frame.filter(level="line")["place"].to_list() == [3, 5, 8, 9]
    assert frame.filter(level="character").select("place", "character", "words", "sentiment").rows() == [
        (1, "ANN", 8, pytest.approx((2 * 0.5 - 6 * 0.5) / 8)),
        (2, "BOB", 6, -0.5),
        (3, "MOM & POP", 0, None),
    ]
    assert frame.filter(level="document")["words"].to_list() == [18]

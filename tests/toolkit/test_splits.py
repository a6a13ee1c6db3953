"""Splits: what is held out, and that nothing leaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from toolkit.errors import ModelError, UnknownNameError, UsageError
from toolkit.interactions import UNKNOWN_TIME, Interactions
from toolkit.splits import Split, split, split_last, split_random, split_time, split_viewers, without_held_out

Entry = tuple[int, int, int]


def interactions(
    rows: list[int], columns: list[int], times: list[int], shape: tuple[int, int], threshold: float = 0.0
) -> Interactions:
    """Interactions whose values are 1, 2, 3 … in the order of the entries."""
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=shape[0]))])
    values = csr_array((np.arange(1, len(rows) + 1, dtype=np.float32), np.array(columns), indptr), shape=shape)
    return Interactions(
        values, np.arange(shape[0]) + 50, np.arange(shape[1]), threshold, times=np.array(times, dtype=np.int64)
    )


@st.composite
def some(draw: st.DrawFn) -> Interactions:
    """Up to 8 viewers and 9 titles with times among few, some of them unknown."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(2, 8)), draw(st.integers(1, 9)))
    rows, columns = np.nonzero(random.random(shape) < draw(st.sampled_from([0.3, 0.6, 1.0])))
    times = random.integers(draw(st.sampled_from([1, 3, 1000])), size=rows.size)
    times[random.random(rows.size) < draw(st.sampled_from([0, 0.3]))] = UNKNOWN_TIME
    return interactions(rows.tolist(), columns.tolist(), times.tolist(), shape)


def entries(part: Interactions) -> set[Entry]:
    """(viewer key, title key, time) of each stored entry."""
    assert part.times is not None
    viewers = part.viewers[part.entry_rows]
    return set(zip(viewers.tolist(), part.titles[part.values.indices].tolist(), part.times.tolist(), strict=True))


def pairs(found: set[Entry]) -> set[tuple[int, int]]:
    return {(viewer, title) for viewer, title, _ in found}


def found_in_test(made: Split) -> set[tuple[int, int]]:
    """(viewer key, title key) of each test entry."""
    rows, columns = made.test.nonzero()
    return set(zip(made.history.viewers[rows].tolist(), made.train.titles[columns].tolist(), strict=True))


def attempt(name: str, data: Interactions, seed: int = 0) -> Split:
    try:
        return split(name, data, seed=seed)
    except ModelError:
        assume(False)
        raise


@given(some(), st.sampled_from(["random", "last", "time", "viewers"]), st.integers(0, 1000))
def test_parts_are_disjoint_and_together_the_whole(data: Interactions, name: str, seed: int) -> None:
    made = attempt(name, data, seed)
    known = entries(made.train) | entries(made.history)
    assert pairs(known).isdisjoint(found_in_test(made))
    whole = entries(data)
    if name == "time":  # who came after the cut is in neither part
        late = set(data.viewers.tolist()) - {entry[0] for entry in entries(made.train)}
        whole = {entry for entry in whole if entry[0] not in late}
    if name == "viewers":  # a held-out viewer with one entry has it in neither part
        lone = set(data.viewers[np.diff(data.values.indptr) < 2].tolist())
        whole = {entry for entry in whole if entry[0] not in lone}
        known = {entry for entry in known if entry[0] not in lone}
    assert pairs(known) | found_in_test(made) == pairs(whole)
    assert known <= entries(data)
    assert made.name == name
    assert (np.diff(made.test.indptr) >= 1).all()
    assert (made.test.data == 1).all()
    assert made.history.shape == made.test.shape
    for part in (made.train, made.history):
        np.testing.assert_array_equal(part.titles, data.titles)
        assert part.shape[1] == data.shape[1]
        assert part.values.has_canonical_format
    assert made.train.rows is not None
    np.testing.assert_array_equal(made.train.rows, np.arange(made.train.shape[0]))


@given(some(), st.sampled_from(["random", "last", "time"]))
def test_history_is_the_training_of_those_evaluated(data: Interactions, name: str) -> None:
    made = attempt(name, data)
    assert made.history.rows is not None
    np.testing.assert_array_equal(made.history.values.toarray(), made.train.values.toarray()[made.history.rows])
    np.testing.assert_array_equal(made.history.viewers, made.train.viewers[made.history.rows])


@given(some(), st.sampled_from(["random", "last", "time", "viewers"]), st.integers(0, 1000))
def test_the_same_seed_gives_the_same_split(data: Interactions, name: str, seed: int) -> None:
    one, two = attempt(name, data, seed), attempt(name, data, seed)
    assert entries(one.train) == entries(two.train)
    assert entries(one.history) == entries(two.history)
    assert found_in_test(one) == found_in_test(two)


@given(some())
def test_no_test_entry_is_earlier_than_a_training_entry(data: Interactions) -> None:
    made = attempt("time", data)
    time_of = {(viewer, title): time for viewer, title, time in entries(data)}
    held_out = [time_of[pair] for pair in found_in_test(made)]
    assert UNKNOWN_TIME not in held_out
    assert min(held_out) > max((time for *_, time in entries(made.train)), default=UNKNOWN_TIME)


@given(some(), st.integers(0, 1000))
def test_held_out_viewers_are_absent_from_training(data: Interactions, seed: int) -> None:
    made = attempt("viewers", data, seed)
    assert set(made.history.viewers.tolist()).isdisjoint(made.train.viewers.tolist())
    assert made.history.rows is not None
    assert (made.history.rows == -1).all()


@pytest.mark.parametrize(("share", "expected"), [(0.2, [0, 1, 1, 2]), (0.5, [0, 1, 2, 5]), (0.99, [0, 1, 2, 9])])
def test_random_holds_out_a_share_of_each_viewer(share: float, expected: list[int]) -> None:
    lengths = [1, 2, 3, 10]
    rows = np.repeat(np.arange(4), lengths).tolist()
    columns = np.concatenate([np.arange(length) for length in lengths]).tolist()
    made = split_random(interactions(rows, columns, rows, (4, 10)), share, seed=3)
    kept = np.diff(made.train.values.indptr)
    assert (np.array(lengths) - kept).tolist() == expected
    assert made.history.viewers.tolist() == [51, 52, 53]


def test_random_picks_every_entry_alike() -> None:
    data = interactions(np.repeat(np.arange(3000), 5).tolist(), [0, 1, 2, 3, 4] * 3000, [0] * 15000, (3000, 5))
    held_out = split_random(data, 0.2, seed=1).test.sum(axis=0)
    assert held_out.sum() == 3000
    assert (np.abs(held_out - 600) < 5 * np.sqrt(3000 * 0.2 * 0.8)).all()


def test_last_hand_worked() -> None:
    unknown = UNKNOWN_TIME
    data = interactions(
        [0, 0, 0, 2, 3, 3, 4, 4], [0, 1, 2, 0, 1, 2, 0, 2], [5, 9, 9, 7, 4, unknown, unknown, unknown], (5, 3)
    )
    made = split_last(data)
    # 0: a tie goes to the last column; 2 has one entry; 3: the only known time; 4: no time is known
    assert found_in_test(made) == {(50, 2), (53, 1)}
    assert np.diff(made.train.values.indptr).tolist() == [2, 0, 1, 1, 2]


def test_time_hand_worked() -> None:
    data = interactions([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [1, 2, 4, 3, 5], (2, 3))
    made = split_time(data, 0.4)
    assert found_in_test(made) == {(50, 2), (51, 1)}


def test_who_came_after_the_cut_has_no_history_and_is_not_evaluated() -> None:
    made = split_time(interactions([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [1, 2, 4, 5, 6], (2, 3)), 0.6)
    assert found_in_test(made) == {(50, 2)}


def test_time_where_most_entries_share_the_first_moment() -> None:
    made = split_time(interactions([0, 0, 0], [0, 1, 2], [1, 1, 2], (1, 3)), 0.6)
    assert found_in_test(made) == {(50, 2)}


def test_only_liked_entries_are_to_be_found() -> None:
    data = interactions([0, 0, 1, 1], [0, 1, 0, 1], [1, 2, 1, 2], (2, 2), threshold=3)
    made = split_last(data)
    assert found_in_test(made) == {(51, 1)}
    assert made.train.values.nnz == 2


def test_nothing_to_evaluate() -> None:
    with pytest.raises(ModelError, match="holds out no liked entry"):
        split_random(interactions([0, 1], [0, 1], [1, 2], (2, 2)))


@pytest.mark.parametrize("name", ["last", "time"])
def test_times_are_needed(name: str) -> None:
    data = interactions([0, 0], [0, 1], [UNKNOWN_TIME] * 2, (1, 2))
    with pytest.raises(ModelError, match="no times are known"):
        split(name, data)


def test_all_at_one_moment_cannot_be_cut() -> None:
    with pytest.raises(ModelError, match="the same time"):
        split_time(interactions([0, 0], [0, 1], [3, 3], (1, 2)))


def test_one_viewer_cannot_be_held_out() -> None:
    with pytest.raises(ModelError, match="fewer than two"):
        split_viewers(interactions([0, 0], [0, 1], [3, 3], (1, 2)))


@pytest.mark.parametrize("share", [0, 1, -0.5])
def test_shares_lie_between_0_and_1(share: float) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        split("random", interactions([0, 0], [0, 1], [3, 3], (1, 2)), share)


def test_an_unknown_split_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'random'"):
        split("randon", interactions([0, 0], [0, 1], [3, 3], (1, 2)))


def test_tags_that_tell_of_held_out_entries_are_left_out() -> None:
    data = interactions([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [1, 2, 4, 3, 5], (2, 3))
    made = split_time(data, 0.4)  # holds out title 2 of viewer 50 and title 1 of viewer 51; the last kept is of 3
    tags = pl.DataFrame(
        {
            "viewer_key": [50, 50, 51, 51, 99, None],
            "title_key": [0, 2, 1, 2, 0, 1],
            "tagged_at": [datetime.fromtimestamp(t, UTC).replace(tzinfo=None) for t in (1, 1, 1, 9, 2, 2)],
        }
    )
    kept = without_held_out(tags, data, made)
    assert kept.select("viewer_key", "title_key").rows() == [(50, 0), (99, 0), (None, 1)]
    titles = pl.DataFrame({"title_key": [0, 1, 2]})
    assert without_held_out(titles, data, made).equals(titles)


def test_nothing_later_than_the_cut_is_left_in_any_table_with_times() -> None:
    day = 86_400
    data = interactions([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [1, 2 * day, 4 * day, 3 * day, 5 * day], (2, 3))
    made = split_time(data, 0.4)  # the last kept is of the first moment of the fourth day
    moments = pl.DataFrame(
        {"at": [datetime.fromtimestamp(t, UTC).replace(tzinfo=None) for t in (day, 3 * day, 3 * day + 1)]}
    )
    assert without_held_out(moments, data, made)["at"].to_list() == moments["at"].to_list()[:2]
    days = pl.DataFrame({"viewer_key": [50] * 4, "day": [date(1970, 1, 3), date(1970, 1, 4), None, date(1970, 1, 9)]})
    assert without_held_out(days, data, made)["day"].to_list() == [date(1970, 1, 3), None]
    random = split_random(data, 0.4)
    assert without_held_out(days, data, random).equals(days)


@given(some(), st.integers(0, 1000))
def test_the_future_is_no_matter_to_what_is_learnt_before_a_cut_in_time(data: Interactions, seed: int) -> None:
    made = attempt("time", data)
    assert data.times is not None
    assert made.train.times is not None
    kept = entries(made.train)
    pair_times = zip(data.viewers[data.entry_rows].tolist(), data.titles[data.values.indices].tolist(), strict=True)
    later = np.array([pair not in pairs(kept) for pair in pair_times])
    random = np.random.default_rng(seed)
    values = csr_array(data.values, copy=True)
    values.data = np.where(later, random.random(later.size, dtype=np.float32), values.data)
    times = np.where(later, data.times.max(), data.times)
    other = attempt("time", replace(data, values=values, times=times))
    np.testing.assert_array_equal(other.train.values.toarray(), made.train.values.toarray())
    np.testing.assert_array_equal(other.train.times, made.train.times)

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.show import harmless
from toolkit.terminal_plot import BAND, CUT, terminal_plot

ANY = st.one_of(
    st.floats(-1e12, 1e12),
    st.floats(-1e-3, 1e-3),
    st.integers(-3, 3).map(float),
)


def days(first: str, count: int, unit: str = "D") -> np.ndarray:
    return np.datetime64(first) + np.arange(count).astype(f"timedelta64[{unit}]")


def drawn(
    history: list[float], mean: list[float], half: float | None = None, unit: str = "D", **more: object
) -> list[str]:
    times = days("2026-03-01", len(history) + len(mean), unit)
    expected = np.array(mean)
    band = () if half is None else (expected - half, expected + half)
    known = len(history)
    text = terminal_plot(times[:known], np.array(history), times[known:], expected, *band, **more)  # type: ignore[arg-type]
    return text.split("\n")


def braille(lines: list[str]) -> np.ndarray:
    """Places (row, column) of characters with dots."""
    return np.array([(r, c) for r, line in enumerate(lines) for c, x in enumerate(line) if "\u2801" <= x <= "\u28ff"])


@given(st.lists(ANY, max_size=150), st.lists(ANY, min_size=1, max_size=40), st.floats(0, 1e6), st.integers(40, 120))
def test_lines_are_no_wider_than_asked_and_of_printable_characters(
    history: list[float], mean: list[float], half: float, width: int
) -> None:
    lines = drawn(history, mean, half, title="t" * 200, width=width)
    assert len(lines) == 1 + 15 + 2
    assert all(len(line) <= width for line in lines)
    assert all(harmless(line) == line for line in lines)
    assert braille(lines).size


def test_a_rising_line_rises_from_the_bottom_left_to_the_top_right() -> None:
    lines = drawn(list(range(30)), list(range(30, 41)))
    places = braille(lines)
    assert (places[:, 1].min(), places[:, 1].max()) == (4, 79)
    by_column = [places[places[:, 1] == column, 0].mean() for column in np.unique(places[:, 1])]
    assert len(by_column) >= 75
    assert all(right <= left for left, right in pairwise(by_column))
    assert lines[0].startswith("40 ┤")
    assert lines[14].startswith(" 0 ┤")


def test_the_axes_say_thousands_and_dates() -> None:
    lines = drawn([1200.0, 1800.0] * 20, [1500.0] * 10)
    assert [line[:7] for line in lines if "┤" in line] == ["1,800 ┤", "1,600 ┤", "1,400 ┤", "1,200 ┤"]
    assert lines[-1].split() == ["2026-03-01", "2026-03-17", "2026-04-02", "2026-04-19"]
    assert lines[-2].count("┬") == 4


@pytest.mark.parametrize(
    ("unit", "count", "first", "last"),
    [
        ("h", 40, "03-01 00:00", "03-03 00:00"),
        ("D", 400, "2026-03-01", "2027-04-13"),
        ("D", 12_000, "2026-03", "2059-01"),
    ],
)
def test_dates_are_as_exact_as_the_time_shown_asks_for(unit: str, count: int, first: str, last: str) -> None:
    dates = drawn([1.0] * count, [1.0] * 9, unit=unit)[-1].strip()
    assert (dates[: len(first)], dates[-len(last) :]) == (first, last)


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([3.1e9, 5e9], ["5,000M", "4,500M", "4,000M", "3,500M", "3,000M"]),
        ([1.4e10, 5e10], ["50B", "40B", "30B", "20B", "10B"]),
        ([-30.0, 50.0], ["60", "40", "20", "0", "-20", "-40"]),
        ([0.0015, 0.0025], ["0.00250", "0.00225", "0.00200", "0.00175", "0.00150"]),
        ([2e15, 4e15], ["4e+15", "3.5e+15", "3e+15", "2.5e+15", "2e+15"]),
        ([0.0, 0.0], ["1.0", "0.5", "0.0", "-0.5", "-1.0"]),
        ([5.0, 5.0], ["5.50", "5.25", "5.00", "4.75", "4.50"]),
    ],
)
def test_numbers_beside_the_axis_are_round_and_short(values: list[float], names: list[str]) -> None:
    lines = drawn(values, values)
    assert [line.split(" ┤")[0].strip() for line in lines if "┤" in line] == names


def test_the_band_lies_beyond_the_cutoff_alone_and_is_as_high_as_the_interval() -> None:
    lines = drawn([10.0] * 30, [10.0] * 30, half=5.0)
    cut = next(line.index(CUT) for line in lines if CUT in line)
    shaded = [line.count(BAND) for line in lines]
    assert all(BAND not in line[:cut] for line in lines)
    assert min(line.index(BAND) for line in lines if BAND in line) == cut + 1
    assert [row for row, count in enumerate(shaded) if count] == [0, *range(1, 7), *range(8, 15)]


def test_without_an_interval_there_is_no_band_and_without_a_history_no_cutoff() -> None:
    lines = "".join(drawn([1.0, 2.0], [3.0]))
    assert BAND not in lines
    assert CUT in lines
    assert CUT not in "".join(drawn([], [3.0, 4.0]))


def test_missing_values_are_bridged() -> None:
    whole, gapped = (drawn([1.0, middle, 3.0], [4.0]) for middle in (2.0, np.nan))
    assert gapped == whole


def test_every_point_of_a_long_history_counts() -> None:
    spike = [0.0] * 400
    spike[211] = 100.0
    places = braille(drawn(spike, [0.0] * 10))
    assert len({row for row, _ in places}) == 15

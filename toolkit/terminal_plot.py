"""A forecast as text: what was known as a line of braille dots, and beyond the cutoff the forecast in its band.

Drawn without colour, so that it reads the same in a pipe, a log and on any terminal.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.frequency import Times
    from toolkit.metrics import Float64
    from toolkit.sentiment import BoolArray

    Characters = NDArray[np.str_]

WIDTH, HEIGHT = 80, 15
NARROWEST = 40
BAND, CUT = "░", "┊"
# A character of braille has four rows of two dots; these are their bits.
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
BRAILLE = 0x2800
SAMPLES = 64
LABEL_SPACE = 16
TICKS = 4
# What is smaller than this is 0 as far as a plot goes.
TINY = 1e-290
UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"))
HOURS_SHOWN, DAYS_SHOWN = timedelta(days=4), timedelta(days=365 * 20)


def terminal_plot(
    history_times: Times,
    history: Float64,
    ahead_times: Times,
    mean: Float64,
    low: Float64 | None = None,
    high: Float64 | None = None,
    title: str = "",
    width: int = WIDTH,
    height: int = HEIGHT,
) -> str:
    """Lines of at most `width` characters: the title, `height` lines of a plot, and its dates.

    Args:
        history_times: (length,) datetime64 of what was known, ascending.
        history: (length,) what it was; NaN where it is missing.
        ahead_times: (horizon,) datetime64 that were forecast, ascending, all later.
        mean: (horizon,) what is expected.
        low: (horizon,) lower ends of an interval, None to draw no band.
        high: (horizon,) its upper ends.
        title: what it is.
        width: characters of a line; 40 at least.
        height: lines of the plot itself.
    """
    known = ~np.isnan(history)
    times, values = _seconds(history_times)[known], history[known]
    ahead = _seconds(ahead_times)
    band = None if low is None or high is None else (low, high)
    every = np.concatenate([values, mean, *(band or ())])
    ticks = _ticks(float(every.min()), float(every.max()))
    names = _names(ticks)
    gutter = max(map(len, names))
    columns = max(width, NARROWEST) - gutter - 2
    span = float(min([*times[:1], ahead[0]])), float(ahead[-1])
    bottom, top = min(every.min(), ticks[0]), max(every.max(), ticks[-1])
    page = np.full((height, columns), " ")
    rows = np.array([_place(float(tick), top, bottom, height) for tick in ticks])
    if band is not None:
        page[_shaded(ahead, *band, span, (bottom, top), (height, columns))] = BAND
    if times.size:
        cut = _place((times[-1] + ahead[0]) / 2, *span, columns)
        page[:, cut] = np.where(page[:, cut] == " ", CUT, page[:, cut])
    for x, y in ((times, values), (ahead, mean)):
        if x.size:
            line = _line(x, y, span, (bottom, top), (height, columns))
            page[line > 0] = [chr(BRAILLE + bits) for bits in line[line > 0]]
    labels = {int(row): name for row, name in zip(rows, names, strict=True)}
    lines = [
        f"{labels.get(row, ''):>{gutter}} {'┤' if row in labels else '│'}{''.join(cells)}"
        for row, cells in enumerate(page)
    ]
    axis, dates = _dates(span, columns)
    frame = [f"{'':>{gutter}} └{axis}", f"{'':>{gutter}}  {dates}"]
    return "\n".join(line.rstrip() for line in [*([title[: max(width, NARROWEST)]] if title else []), *lines, *frame])


def _seconds(times: Times) -> Float64:
    return times.astype("datetime64[us]").astype(np.float64) / 1e6


def _place(value: float, first: float, last: float, count: int) -> int:
    """Which of `count` places from `first` to `last` a value is at."""
    share = (value - first) / (last - first) if last != first else 0.5
    return int(np.clip(np.rint(share * (count - 1)), 0, count - 1))


def _ticks(low: float, high: float) -> Float64:
    """Some round numbers around low and high."""
    size = max(abs(low), abs(high))
    if high - low <= max(1e-9 * size, TINY):
        pad = size / 10 if size > 10 * TINY else 1.0
        low, high = low - pad, high + pad
    rough = (high - low) / TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next(unit for unit in (1, 2, 2.5, 5, 10) if unit * power >= rough * (1 - 1e-9))
    ticks: Float64 = step * np.arange(np.floor(low / step), np.ceil(high / step) + 1)
    return ticks


def _names(ticks: Float64) -> list[str]:
    """The numbers as they stand beside the axis, all with the same unit and digits."""
    most, step = float(np.abs(ticks).max()), float(ticks[1] - ticks[0])
    if most >= 1e15 or most < 1e-4:
        return [f"{tick:.3g}" for tick in ticks]
    size, unit = next(((size, unit) for size, unit in UNITS if most >= 10 * size), (1.0, ""))
    digits = max(0, int(np.ceil(-np.log10(step / size) - 1e-9)))
    digits += bool(abs(step / size * 10**digits % 1) > 1e-6)
    return [f"{tick / size + 0.0:,.{digits}f}{unit}" for tick in ticks]


def _line(
    x: Float64, y: Float64, across: tuple[float, float], upright: tuple[float, float], shape: tuple[int, int]
) -> NDArray[np.int64]:
    """(rows, columns) bits of braille dots along the line through points."""
    rows, columns = shape
    samples = np.union1d(np.linspace(x[0], x[-1], 2 * columns * SAMPLES), x)
    dots: BoolArray = np.zeros((rows * 4, columns * 2), dtype=np.bool_)
    dots[
        _places(np.interp(samples, x, y), upright[1], upright[0], rows * 4),
        _places(samples, across[0], across[1], columns * 2),
    ] = True
    cells = dots.reshape(rows, 4, columns, 2)
    bits: NDArray[np.int64] = (cells * DOTS[None, :, None, :]).sum(axis=(1, 3))
    return bits


def _places(values: Float64, first: float, last: float, count: int) -> NDArray[np.int64]:
    share = (values - first) / (last - first) if last != first else np.full(values.shape, 0.5)
    return np.clip(np.rint(share * (count - 1)), 0, count - 1).astype(np.int64)


def _shaded(
    x: Float64,
    low: Float64,
    high: Float64,
    across: tuple[float, float],
    upright: tuple[float, float],
    shape: tuple[int, int],
) -> BoolArray:
    """(rows, columns) whether a character lies in the band."""
    rows, columns = shape
    at = np.linspace(across[0], across[1], columns)
    inside = at >= x[0] - (across[1] - across[0]) / (2 * columns)
    tops = _places(np.interp(at, x, high), upright[1], upright[0], rows)
    bottoms = _places(np.interp(at, x, low), upright[1], upright[0], rows)
    row = np.arange(rows)[:, None]
    shaded: BoolArray = inside & (row >= tops) & (row <= bottoms)
    return shaded


def _dates(span: tuple[float, float], columns: int) -> tuple[str, str]:
    """The axis with its ticks, and the dates below them."""
    first, last = (np.datetime64(int(seconds), "s").astype("datetime64[s]").item() for seconds in span)
    length = last - first
    unit, cut = ("m", slice(5, 16)) if length <= HOURS_SHOWN else ("D", slice(10) if length <= DAYS_SHOWN else slice(7))
    count = max(2, columns // LABEL_SPACE)
    times = np.linspace(*span, count).astype("datetime64[s]").astype(f"datetime64[{unit}]")
    axis, dates = ["─"] * columns, [" "] * columns
    end = 0
    for time in np.unique(times):
        place = _place(float(_seconds(time)), *span, columns)
        text = str(time.astype("datetime64[s]"))[cut].replace("T", " ")
        start = min(max(place - len(text) // 2, 0), columns - len(text))
        if start >= end:
            axis[place] = "┬"
            dates[start : start + len(text)] = text
            end = start + len(text) + 1
    return "".join(axis), "".join(dates)

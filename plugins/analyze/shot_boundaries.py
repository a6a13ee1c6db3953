"""Where one shot ends and the next begins: hard cuts, dissolves and fades, in one pass over small frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from plugins.analyze.ramps import CANDIDATE, Ramp, best_of, find_ramps

Float32 = NDArray[np.float32]

LAG = 96  # frames that distances are taken over
HOLD = 96  # a plain picture that stands for longer is a shot of its own
CHUNK, MARGIN = 512, 176  # frames that are judged together, and what is looked at beside them: a whole fade and more
NEAR = 4  # frames before and after a cut that have to differ; a flash is shorter
SIDE = 6  # steps before and after a cut that say how much the picture moves
PLAIN = 0.03  # standard deviation of luma in a plain picture
# Of pictures that are closer than this, a dissolve needs so much more of a score, for each unit that they are closer,
CLEARLY_APART, FAINT = 0.15, 2.0
CUT_APART, FAINT_CUT = 0.12, 40.0  # and a cut so many more times the motion
CLEAR = 0.1  # a dissolve of such a score may change the picture so much less evenly
BLINK = 0.33  # pictures before and after a plain one are the same if they are closer than so much of the way to it
CLOSEST = 5  # frames between two changes of shot, at least


@dataclass(frozen=True)
class Thresholds:
    """What counts as a change of shot.

    Attributes:
        cut: how many times as large as the motion around it a hard cut is, at least.
        least: distance across a cut at least (root mean square over pixels; luma runs from 0 to 1).
        gradual: score of a dissolve or fade at least, see `Ramp.score`.
        spread: how evenly a dissolve changes the picture at least, see `spread_of`.
    """

    cut: float = 1.35
    least: float = 0.03
    gradual: float = -0.14
    spread: float = 0.6


@dataclass(frozen=True)
class Transition:
    """A change of shot.

    Attributes:
        kind: cut, dissolve or fade.
        first, last: its first frame and the one after its last; the same for a cut.
        confidence: from 0.5, at the threshold, to 1.
    """

    kind: Literal["cut", "dissolve", "fade"]
    first: int
    last: int
    confidence: float

    @property
    def frame(self) -> int:
        """First frame of the new shot: of a gradual change the middle one."""
        return (self.first + self.last) // 2


class BoundaryFinder:
    """Takes frames as they come, and gives transitions some hundred frames later; memory does not grow."""

    def __init__(self, thresholds: Thresholds | None = None) -> None:
        from threadpoolctl import ThreadpoolController

        # Products of some hundred rows cost several times as much CPU on all cores.
        self._blas = ThreadpoolController().select(user_api="blas")
        self.thresholds = thresholds or Thresholds()
        self.settled = 0  # no transition in front of this frame will come any more
        self._features: Float32 = np.empty((0, 0), dtype=np.float32)
        self._base = 0  # number of the first frame that is kept
        self._last = -CLOSEST

    def add(self, frames: NDArray[np.uint8]) -> list[Transition]:
        """Take (n, h, w, 3) RGB frames; the transitions that are certain by now."""
        with self._blas.limit(limits=1):
            return self._add(features_of(frames))

    def finish(self) -> list[Transition]:
        """The transitions among the frames that are left."""
        if len(self._features) < 2:
            return []
        with self._blas.limit(limits=1):
            return self._judge(self._base + len(self._features), self._features)

    def _add(self, new: Float32) -> list[Transition]:
        self._features = np.concatenate([self._features, new]) if self._features.size else new
        found: list[Transition] = []
        while len(self._features) >= CHUNK + 2 * MARGIN:
            found += self._judge(self._base + CHUNK + MARGIN, self._features[: CHUNK + 2 * MARGIN])
            self._features = self._features[CHUNK:]
            self._base += CHUNK
        return found

    def _judge(self, until: int, features: Float32) -> list[Transition]:
        """The transitions in front of frame `until` that were not given yet."""
        found = []
        for one in transitions_of(features, self.thresholds):
            moved = Transition(one.kind, one.first + self._base, one.last + self._base, one.confidence)
            if self.settled <= moved.frame < until and moved.frame - self._last >= CLOSEST:
                found.append(moved)
                self._last = moved.frame
        self.settled = until
        return found


def features_of(frames: NDArray[np.uint8]) -> Float32:
    """(n, 3 h w) of (n, h, w, 3) RGB frames: luma and two differences of colour, scaled by the number of pixels.

    The distance of two rows is the root mean square over pixels.
    """
    count = len(frames)
    rgb = frames.astype(np.float32) / 255
    luma = rgb @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    blue, red = 0.564 * (rgb[..., 2] - luma), 0.713 * (rgb[..., 0] - luma)  # ITU-R BT.601
    planes = [plane.reshape(count, -1) for plane in (luma, blue, red)]
    return np.asarray(np.concatenate(planes, axis=1) / np.float32(np.sqrt(luma[0].size if count else 1)))


def transitions_of(features: Float32, thresholds: Thresholds) -> list[Transition]:
    """All transitions among (n, p) features, in order."""
    squares = lagged_squares(features, min(LAG, len(features) - 1))
    cuts = _cuts(np.sqrt(squares), thresholds)
    plain = _plain(features)
    ramps = find_ramps(squares)
    beside = np.convolve(plain, np.ones(3), "same") > 0
    plainly = [ramp for ramp in ramps if beside[ramp.first] or beside[ramp.last]]
    others = [ramp for ramp in ramps if not (beside[ramp.first] or beside[ramp.last])]
    fades, blinks = _fades(best_of(plainly), plain, features)
    found = [*fades, *(cut for cut in cuts if not _touches(cut, [*fades, *blinks], 3))]
    for ramp in best_of(_dissolves(others, features, thresholds)):
        dissolve = Transition("dissolve", ramp.first, ramp.last + 1, ramp.confidence(thresholds.gradual))
        if not _touches(dissolve, [*found, *blinks], 2):
            found.append(dissolve)
    return sorted(found, key=lambda one: one.frame)


def lagged_squares(features: Float32, lag: int) -> Float32:
    """(n, lag + 1): the squared distance of each frame to the k-th one after it; infinite past the end.

    Out of products of blocks, since |a - b|² = |a|² + |b|² - 2 a·b.
    """
    count, block = len(features), 128
    padded = np.concatenate([features, np.zeros((lag + block, features.shape[1]), dtype=np.float32)])
    norms = np.einsum("ij,ij->i", padded, padded)
    norms[count:] = np.inf
    squares = np.empty((count, lag + 1), dtype=np.float32)
    for start in range(0, count, block):
        rows = padded[start : start + block]
        products = rows @ padded[start : start + block + lag].T
        step, item = products.strides
        band = np.lib.stride_tricks.as_strided(products, (block, lag + 1), (step + item, item))
        size = min(block, count - start)
        later = np.lib.stride_tricks.sliding_window_view(norms[start : start + size + lag], lag + 1)
        squares[start : start + size] = np.maximum(norms[start : start + size, None] + later - 2 * band[:size], 0)
    squares[:, 0] = 0
    return squares


def spread_of(first: Float32, last: Float32) -> Float32:
    """(n,) how evenly pictures differ: (mean |d|)² / mean d² over the luma d of pixels; 1 where all differ alike."""
    difference = (last - first)[:, : first.shape[1] // 3]
    mean_square = np.maximum((difference**2).mean(axis=1), np.finfo(np.float32).tiny)
    return np.asarray(np.abs(difference).mean(axis=1) ** 2 / mean_square)


def _dissolves(ramps: list[Ramp], features: Float32, thresholds: Thresholds) -> list[Ramp]:
    """Those ramps that change almost every pixel: what moves changes some of the picture."""
    likely = [
        ramp for ramp in ramps if ramp.score > thresholds.gradual + FAINT * max(0.0, CLEARLY_APART - ramp.distance)
    ]
    if not likely:
        return []
    spread = spread_of(features[[ramp.first for ramp in likely]], features[[ramp.last for ramp in likely]])
    return [
        ramp
        for ramp, even in zip(likely, spread, strict=True)
        if even > thresholds.spread - CLEAR * (ramp.score > CLEAR)
    ]


def _cuts(distances: Float32, thresholds: Thresholds) -> list[Transition]:
    """Hard cuts: every picture shortly before differs from every one shortly after, by more than what moves.

    That a picture shortly after is like one shortly before tells a flash from a cut.
    """
    count, lags = distances.shape
    across = np.full(count, np.inf, dtype=np.float32)
    for before in range(1, NEAR + 1):
        for after in range(NEAR):
            if before + after < lags and count > before + after:
                places = np.arange(before, count - after)
                across[places] = np.minimum(across[places], distances[places - before, before + after])
    steps = np.zeros(count + 2 * SIDE, dtype=np.float32)
    steps[SIDE + 1 : SIDE + count] = distances[: count - 1, 1] if lags > 1 else 0
    windows = np.lib.stride_tricks.sliding_window_view(steps, SIDE).max(axis=1)
    moving = np.maximum(windows[:count], windows[SIDE + 1 : SIDE + 1 + count])
    across = np.where(np.isfinite(across), across, 0)
    # A new key frame of a video of few bits makes a step, too, though a small one.
    needed = thresholds.cut + FAINT_CUT * np.maximum(0, CUT_APART - across)
    clear = across / (moving + 0.01) / needed
    chosen: list[int] = []
    for place in np.argsort(-clear, kind="stable"):
        if clear[place] < 1:
            break
        if across[place] >= thresholds.least and all(abs(place - other) >= CLOSEST for other in chosen):
            chosen.append(int(place))
    return [Transition("cut", place, place, float(clear[place] / (clear[place] + 1))) for place in sorted(chosen)]


def _plain(features: Float32) -> NDArray[np.bool_]:
    """(n,) whether each picture is plain: its luma hardly varies."""
    luma = features[:, : features.shape[1] // 3]
    return np.asarray(np.sqrt(((luma - luma.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)) < PLAIN)


def _fades(ramps: list[Ramp], plain: NDArray[np.bool_], features: Float32) -> tuple[list[Transition], list[Transition]]:
    """Fades: ramps to or from a plain picture; both halves around one that stands shortly are one change of shot.

    Apart from them those that change no shot: after them the picture is the one before, since something passed in
    front of the lens, or they are what a film begins or ends with.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], plain.astype(np.int8), [0]])))
    found: list[Transition] = []
    blinks: list[Transition] = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        out = [ramp for ramp in ramps if start - 2 <= ramp.last <= stop + 2 and ramp.first < start]
        back = [ramp for ramp in ramps if start - 2 <= ramp.first <= stop + 2 and ramp.last > stop]
        if not (out or back):
            continue
        confidence = max(ramp.confidence(CANDIDATE) for ramp in (*out, *back))
        first, last = min([start, *(r.first for r in out)]), max([stop, *(r.last + 1 for r in back)])
        if stop - start <= HOLD:
            at_end = start <= 2 or stop >= len(plain) - 2
            same = _comes_back(features[first], features[start], features[min(last, len(features) - 1)])
            (blinks if at_end or same else found).append(Transition("fade", first, last, confidence))
            continue
        if out:
            found.append(Transition("fade", first, start + 1, confidence))
        if back:
            found.append(Transition("fade", stop - 1, last, confidence))
    return found, blinks


def _comes_back(before: Float32, plain: Float32, after: Float32) -> bool:
    apart = min(np.linalg.norm(before - plain), np.linalg.norm(after - plain))
    return bool(np.linalg.norm(after - before) < BLINK * apart)


def _touches(one: Transition, others: list[Transition], room: int) -> bool:
    return any(other.first - room <= one.last and one.first <= other.last + room for other in others)

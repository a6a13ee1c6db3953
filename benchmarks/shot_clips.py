"""Clips with cuts, dissolves and fades at known frames, composed out of stretches of real clips without a cut.

Which stretches have none was looked at by eye, frame by frame. The clips are decoded once into YUV pictures of the
size that is encoded, which are mapped from disk, and a composition is mixed and encoded frame by frame, so that
memory stays small.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VIDEO = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "video"
CLIPS = VIDEO / "popeye" / "data" / "popeye" / "mkv" / "pgs"
STRETCHES = {  # of each clip: first frame, and the first that is no longer of it
    "Title T00-1": [(0, 74), (76, 331), (333, 530), (532, 738), (740, 830), (1073, 1336), (1338, 1440)],
    "Title T01-2": [(0, 440), (580, 661), (663, 994), (996, 1440)],
    "Title T02-3": [(307, 560), (640, 770), (772, 960), (967, 1080), (1088, 1230)],
    "Title T03-4": [(0, 297), (299, 515), (659, 962), (964, 1086), (1088, 1440)],
}
WIDTH, HEIGHT, RATE = 480, 360, 24
BLACK, WHITE, GREY = 16, 235, 128  # levels of video
SHARES = {"cut": 0.5, "dissolve": 0.3, "fade": 0.2}
UNEVEN = (33, 42, 50, 83)  # milliseconds that a frame is shown for, where the rate varies
GRAIN = 160  # pixels that the sheet noise is cut from is larger than a frame
APART = 20  # frames between a flash and a change of shot, at least

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Plan:
    """What a clip is made of.

    Attributes:
        name: of its file.
        seed: of stretches, kinds and lengths.
        changes: of shot.
        flashes: pictures of one to three frames lit up, which are no changes.
        flicker: standard deviation of a factor that each picture's light is multiplied with.
        noise: standard deviation of levels that are added to each pixel's luma.
        uneven: whether frames stand at uneven times.
    """

    name: str
    seed: int
    changes: int = 50
    flashes: int = 0
    flicker: float = 0.0
    noise: float = 0.0
    uneven: bool = False


@dataclass(frozen=True)
class Change:
    """A change of shot: its first frame and the one after its last, which are the same of a cut."""

    kind: str
    first: int
    last: int


@dataclass(frozen=True)
class _Piece:
    """Frames that run alike: those of one stretch, two mixed, or one mixed with a plain colour.

    A frame is (1 - share) of the first and share of the second, the share going evenly from `begins` to `ends`,
    neither included.
    """

    frames: int
    one: tuple[str, int] | int
    other: tuple[str, int] | int = BLACK
    begins: float = 0.0
    ends: float = 0.0


@dataclass
class _Edit:
    """A composition in the making."""

    pieces: list[_Piece] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    frames: int = 0

    def add(self, piece: _Piece) -> None:
        self.pieces.append(piece)
        self.frames += piece.frames


def decode(folder: Path) -> None:
    """Decode the clips into pictures of the size that is encoded: one .npy each, (n, 1.5 HEIGHT, WIDTH) uint8."""
    import av
    from av.video.reformatter import VideoReformatter

    for name, stretches in STRETCHES.items():
        until = max(last for _, last in stretches)
        shape = (until, HEIGHT * 3 // 2, WIDTH)
        draft = folder / f"{name}.draft"
        pictures = np.lib.format.open_memmap(draft, "w+", np.uint8, shape)
        with av.open(str(CLIPS / f"{name}.mkv")) as container:
            reformatter = VideoReformatter()
            for place, frame in zip(range(until), container.decode(video=0), strict=False):
                small = reformatter.reformat(frame, WIDTH, HEIGHT, "yuv420p", interpolation="AREA")
                pictures[place] = small.to_ndarray()
        pictures.flush()
        draft.replace(folder / f"{name}.npy")


def compose(plan: Plan, folder: Path) -> None:
    """Write a clip, and beside it as .json what is true of it: the changes, and the time of each frame in seconds."""
    clips = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in STRETCHES}
    edit = _edited(plan)
    rng = np.random.default_rng([plan.seed, 1])
    steps = rng.choice(UNEVEN, edit.frames) if plan.uneven else np.full(edit.frames, 1000 / RATE)
    times = np.concatenate([[0], np.cumsum(steps)[:-1]])
    lit = _flashes(plan, edit, rng)
    _encode(folder / f"{plan.name}.mkv", _spoilt(_pictures(edit, clips), plan, lit, rng), times, uneven=plan.uneven)
    truth = {"changes": [asdict(change) for change in edit.changes], "times": (times / 1000).tolist()}
    (folder / f"{plan.name}.json").write_text(json.dumps(truth), encoding="utf-8")


def truth_of(name: str, folder: Path) -> tuple[list[Change], NDArray[np.float64]]:
    """The changes of a composed clip, and the (n,) seconds of its frames."""
    truth: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return [Change(**change) for change in truth["changes"]], np.array(truth["times"])


def _edited(plan: Plan) -> _Edit:
    """Draw the stretches, and put them one after another."""
    rng = np.random.default_rng(plan.seed)
    segments = _segments(plan.changes + 1, rng)
    kinds = rng.choice(list(SHARES), plan.changes, p=list(SHARES.values()))
    edit = _Edit()
    clip, first, left = segments[0]
    for kind, (following, start, length) in zip(kinds.tolist(), segments[1:], strict=True):
        longest = min(left, length) // 2
        taken = 0
        if kind == "cut":
            edit.add(_Piece(left, (clip, first)))
            edit.changes.append(Change("cut", edit.frames, edit.frames))
        elif kind == "dissolve":
            taken = min(int(rng.integers(10, 37)), longest)
            edit.add(_Piece(left - taken, (clip, first)))
            edit.changes.append(Change("dissolve", edit.frames, edit.frames + taken))
            edit.add(_Piece(taken, (clip, first + left - taken), (following, start), 0, 1))
        else:
            taken, hold = min(int(rng.integers(10, 25)), longest), int(rng.integers(1, 8))
            plain = BLACK if rng.random() < 0.8 else WHITE
            edit.add(_Piece(left - taken, (clip, first)))
            edit.changes.append(Change("fade", edit.frames, edit.frames + 2 * taken + hold))
            edit.add(_Piece(taken, (clip, first + left - taken), plain, 0, 1))
            edit.add(_Piece(hold, plain))
            edit.add(_Piece(taken, (following, start), plain, 1, 0))
        clip, first, left = following, start + taken, length - taken
    edit.add(_Piece(left, (clip, first)))
    return edit


def _segments(count: int, rng: np.random.Generator) -> list[tuple[str, int, int]]:
    """Clip, first frame and length of so many segments, none out of the stretch of the one before it."""
    stretches = [(name, *ends) for name, all_ends in STRETCHES.items() for ends in all_ends]
    segments: list[tuple[str, int, int]] = []
    last = -1
    while len(segments) < count:
        place = int(rng.integers(len(stretches)))
        if place != last:
            last = place
            name, first, until = stretches[place]
            length = min(int(rng.integers(60, 150)), until - first)
            segments.append((name, int(rng.integers(first, until - length + 1)), length))
    return segments


def _flashes(plan: Plan, edit: _Edit, rng: np.random.Generator) -> dict[int, float]:
    """Levels of light that are added, by frame."""
    taken = [(change.first, change.last) for change in edit.changes]
    lit: dict[int, float] = {}
    while len(taken) < len(edit.changes) + plan.flashes:
        place, lasting = int(rng.integers(APART, edit.frames - APART)), int(rng.integers(1, 4))
        if all(place + lasting < first - APART or place > last + APART for first, last in taken):
            lit |= dict.fromkeys(range(place, place + lasting), float(rng.integers(120, 230)))
            taken.append((place, place + lasting))
    return lit


def _pictures(edit: _Edit, clips: dict[str, Bytes]) -> Iterator[Bytes]:
    """The frames, (1.5 HEIGHT, WIDTH) each."""
    for piece in edit.pieces:
        for place in range(piece.frames):
            share = np.float32(piece.begins + (piece.ends - piece.begins) * (place + 1) / (piece.frames + 1))
            drawn = _picture(piece.one, place, clips)
            if share:
                drawn = np.rint((1 - share) * drawn + share * _picture(piece.other, place, clips)).astype(np.uint8)
            yield drawn


def _picture(what: tuple[str, int] | int, place: int, clips: dict[str, Bytes]) -> Bytes:
    if isinstance(what, tuple):
        return clips[what[0]][what[1] + place]
    plain = np.full((HEIGHT * 3 // 2, WIDTH), GREY, dtype=np.uint8)
    plain[:HEIGHT] = what
    return plain


def _spoilt(pictures: Iterator[Bytes], plan: Plan, lit: dict[int, float], rng: np.random.Generator) -> Iterator[Bytes]:
    """The pictures with flashes, flicker and noise."""
    grain = np.float32(plan.noise) * rng.standard_normal((HEIGHT + GRAIN, WIDTH + GRAIN), dtype=np.float32)
    for number, picture in enumerate(pictures):
        if not (plan.flicker or plan.noise or number in lit):
            yield picture
            continue
        luma = picture[:HEIGHT] + np.float32(lit.get(number, 0.0))
        luma = BLACK + (luma - BLACK) * np.float32(1 + plan.flicker * rng.standard_normal())
        down, right = rng.integers(0, GRAIN + 1, 2)
        luma += grain[down : down + HEIGHT, right : right + WIDTH]
        changed = picture.copy()
        changed[:HEIGHT] = np.rint(np.clip(luma, BLACK, WHITE))
        yield changed


def _encode(file: Path, pictures: Iterator[Bytes], times: NDArray[np.float64], *, uneven: bool) -> None:
    """Encode by H.264, or MPEG-4 where PyAV comes without libx264; `times` are milliseconds."""
    import av

    with av.open(str(file), "w") as container:
        if "libx264" in av.codecs_available:
            stream = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "20"})
        else:
            stream = container.add_stream("mpeg4", rate=RATE, options={"qscale": "3"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        base = Fraction(1, 1000) if uneven else Fraction(1, RATE)
        stream.codec_context.time_base = base
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = round(times[number]) if uneven else number, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

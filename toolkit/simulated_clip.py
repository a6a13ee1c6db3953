"""A drawn clip whose edit is known: shots that look like shots, with cuts, a dissolve, a fade, and a mere flash.

Six pictures, each of sky and ground with grain and moving shapes, are cut into ten shots. Pictures that come back
make scenes: the day out of shots 1-4, the night out of 5-7, the new day out of 8-10. The seed moves the cuts, the
colours and the shapes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import CinekitError, ModelError, UsageError

if TYPE_CHECKING:
    from av.container import OutputContainer

WIDTH, HEIGHT, FRAME_RATE = 320, 180, 24
DISSOLVE, FADE, BLACK, FLASH = 20, 36, 4, 3  # frames; of the fade, so many in its middle are black
MARGIN = 24  # pixels that a picture is larger than the frame, for the camera to move in
CONTAINERS = {".mkv": "matroska", ".mp4": "mp4"}

Kind = Literal["cut", "dissolve", "fade"]
Picture = NDArray[np.float32]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Transition:
    """A change of shot.

    Attributes:
        frame: first frame of the new shot, counted from 0; of a dissolve or fade, the middle of it.
        kind: cut, dissolve or fade.
        frames: how many frames it takes; 0 for a cut.
    """

    frame: int
    kind: Kind
    frames: int


@dataclass(frozen=True)
class ClipTruth:
    """What is true of a drawn clip.

    Attributes:
        frames: how many there are.
        transitions: the changes of shot, in order.
        flash: first frame of the flash, which is no change of shot; it takes FLASH frames.
        width: in pixels.
        height: in pixels.
        frame_rate: frames a second.
    """

    frames: int
    transitions: tuple[Transition, ...]
    flash: int
    width: int = WIDTH
    height: int = HEIGHT
    frame_rate: int = FRAME_RATE

    @property
    def shots(self) -> tuple[tuple[int, int], ...]:
        """First frame of each shot, and the first that is no longer of it."""
        edges = [0, *(transition.frame for transition in self.transitions), self.frames]
        return tuple(pairwise(edges))


@dataclass(frozen=True)
class Shape:
    """Something that moves: centre and half-size as shares of the frame, and how far it goes in a second."""

    form: Literal["disc", "box"]
    colour: Colour
    centre: tuple[float, float]
    half: tuple[float, float]
    speed: tuple[float, float] = (0.0, 0.0)
    swing: float = 0.0


@dataclass(frozen=True)
class Look:
    """A picture: the colours of its sky from top to horizon, those of its ground, where the horizon is, and shapes."""

    sky: tuple[Colour, Colour]
    ground: tuple[Colour, Colour]
    horizon: float
    pan: tuple[float, float]
    shapes: tuple[Shape, ...]


LOOKS = {
    "harbour": Look(
        ((96, 168, 226), (250, 226, 170)), ((36, 120, 150), (20, 70, 104)), 0.58, (5.0, 0.0),
        (
            Shape("disc", (255, 240, 170), (0.76, 0.22), (0.06, 0.107)),
            Shape("box", (196, 62, 48), (0.16, 0.60), (0.13, 0.05), (0.06, 0.0), 0.012),
            Shape("box", (244, 238, 220), (0.17, 0.44), (0.035, 0.13), (0.06, 0.0), 0.012),
        ),
    ),
    "stalls": Look(
        ((120, 36, 30), (206, 112, 52)), ((84, 24, 26), (38, 12, 16)), 0.72, (0.0, 2.0),
        (
            Shape("box", (252, 236, 196), (0.5, 0.34), (0.28, 0.22)),
            Shape("disc", (70, 40, 46), (0.30, 0.40), (0.07, 0.08), (0.05, 0.0), 0.03),
            Shape("disc", (46, 22, 26), (0.24, 0.84), (0.08, 0.13), (0.0, 0.0), 0.015),
            Shape("disc", (52, 26, 22), (0.64, 0.86), (0.08, 0.13), (0.0, 0.0), 0.02),
        ),
    ),
    "booth": Look(
        ((16, 22, 44), (30, 42, 74)), ((22, 24, 40), (8, 9, 18)), 0.66, (2.0, 0.0),
        (
            Shape("disc", (58, 64, 92), (0.34, 0.42), (0.13, 0.22), (0.0, 0.0), 0.006),
            Shape("disc", (48, 54, 84), (0.62, 0.46), (0.11, 0.19), (0.0, 0.0), 0.006),
            Shape("box", (150, 172, 214), (0.86, 0.40), (0.06, 0.09), (-0.05, 0.0)),
        ),
    ),
    "street": Look(
        ((10, 14, 30), (46, 58, 78)), ((52, 58, 66), (24, 28, 36)), 0.48, (-5.0, 0.0),
        (
            Shape("box", (20, 24, 38), (0.22, 0.34), (0.14, 0.30)),
            Shape("box", (26, 30, 46), (0.74, 0.30), (0.18, 0.34)),
            Shape("disc", (198, 206, 226), (0.50, 0.14), (0.045, 0.08)),
            Shape("box", (104, 112, 132), (0.42, 0.70), (0.03, 0.14), (0.04, 0.0), 0.01),
        ),
    ),
    "wall": Look(
        ((250, 176, 112), (255, 222, 160)), ((132, 150, 70), (70, 96, 48)), 0.62, (-3.0, 1.0),
        (
            Shape("box", (255, 250, 236), (0.52, 0.34), (0.26, 0.20)),
            Shape("disc", (214, 96, 60), (0.40, 0.36), (0.06, 0.10), (0.05, -0.02), 0.03),
            Shape("disc", (96, 58, 60), (0.16, 0.82), (0.06, 0.11), (0.02, 0.0), 0.02),
            Shape("disc", (70, 70, 96), (0.84, 0.84), (0.06, 0.11), (-0.02, 0.0), 0.02),
        ),
    ),
    "evening": Look(
        ((92, 66, 128), (255, 150, 84)), ((86, 58, 96), (40, 30, 62)), 0.50, (4.0, 0.0),
        (
            Shape("disc", (255, 214, 120), (0.30, 0.46), (0.08, 0.142), (0.0, 0.02)),
            Shape("box", (58, 30, 48), (0.74, 0.54), (0.10, 0.04), (-0.05, 0.0), 0.012),
        ),
    ),
}  # fmt: skip

# Shots: picture, seconds, how it begins.
EDIT: tuple[tuple[str, float, Kind], ...] = (
    ("harbour", 2.8, "cut"),
    ("stalls", 2.6, "cut"),
    ("harbour", 2.4, "cut"),
    ("stalls", 3.0, "cut"),
    ("booth", 3.2, "dissolve"),
    ("street", 2.6, "cut"),
    ("booth", 3.2, "cut"),
    ("wall", 3.2, "fade"),
    ("evening", 2.2, "cut"),
    ("wall", 2.8, "cut"),
)
FLASHING, MOST_SHIFT = 5, 5  # the shot with the flash; frames that a cut moves at most


def clip_truth(seed: int) -> ClipTruth:
    """The edit of the clip with this seed, without drawing it."""
    rng = np.random.default_rng([seed, 6])
    edges = np.cumsum([round(seconds * FRAME_RATE) for _, seconds, _ in EDIT])
    edges[:-1] += rng.integers(-MOST_SHIFT, MOST_SHIFT + 1, len(edges) - 1)
    lasting = {"cut": 0, "dissolve": DISSOLVE, "fade": FADE}
    transitions = tuple(
        Transition(int(edge), kind, lasting[kind]) for edge, (_, _, kind) in zip(edges[:-1], EDIT[1:], strict=True)
    )
    flash = int(edges[FLASHING - 1]) + 24 + int(rng.integers(8))
    return ClipTruth(int(edges[-1]), transitions, flash)


def draw_clip(path: Path, seed: int) -> ClipTruth:
    """Draw a clip of some 28 seconds and encode it as MPEG-4 into `path` (.mkv or .mp4), whole or not at all.

    The same seed gives the same frames, and with the same release of PyAV the same bytes.

    Raises:
        UsageError: the name ends otherwise, or its folder is not there.
        ModelError: PyAV is not installed.
        CinekitError: the file cannot be written.
    """
    form = CONTAINERS.get(path.suffix.lower())
    if form is None:
        raise UsageError(f"a clip cannot be written to {path.name}; give a name that ends with .mkv or .mp4")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent} for a clip; make it, or name another")
    try:
        import av
    except ImportError as error:
        raise ModelError("drawing a clip needs PyAV, which is not installed: pip install 'cinekit[video]'") from error
    truth = clip_truth(seed)
    draft = path.with_name(f".{path.stem}.{uuid4().hex[:8]}{path.suffix}")
    try:
        with av.open(draft, "w", format=form, options={"fflags": "+bitexact"}) as container:
            _encode(container, draw_frames(truth, seed))
        draft.replace(path)
    except (OSError, av.FFmpegError) as error:
        raise CinekitError(f"cannot write {path}: {error.strerror or error}; make room or name another") from error
    finally:
        draft.unlink(missing_ok=True)
    return truth


def _encode(container: OutputContainer, frames: Iterator[NDArray[np.uint8]]) -> None:
    from av import VideoFrame

    stream: Any = container.add_stream("mpeg4", rate=FRAME_RATE)
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    stream.bit_rate = 800_000
    stream.gop_size = 2 * FRAME_RATE
    stream.codec_context.thread_count = 1  # more threads would cut the picture into slices, and change the bytes
    stream.codec_context.options = {"flags": "+bitexact"}
    for frame in frames:
        container.mux(stream.encode(VideoFrame.from_ndarray(frame, format="rgb24")))
    container.mux(stream.encode(None))


def draw_frames(truth: ClipTruth, seed: int) -> Iterator[NDArray[np.uint8]]:
    """The frames of the clip, (HEIGHT, WIDTH, 3) each, one after another."""
    rng = np.random.default_rng([seed, 7])
    tint = rng.uniform(0.92, 1.08, 3).astype(np.float32)
    canvases = {name: _canvas(look, tint, rng) for name, look in LOOKS.items()}
    phases = {name: rng.uniform(0, 2 * np.pi, len(look.shapes)) for name, look in LOOKS.items()}
    grain = rng.normal(0, 2.0, (HEIGHT + MARGIN, WIDTH + MARGIN, 1)).astype(np.float32)

    def picture(shot: int, frame: int) -> Picture:
        name = EDIT[shot][0]
        return _render(LOOKS[name], canvases[name], phases[name], (frame - truth.shots[shot][0]) / FRAME_RATE)

    for frame in range(truth.frames):
        shot = next(number for number, (_, until) in enumerate(truth.shots) if frame < until)
        drawn = picture(shot, frame)
        for number, transition in enumerate(truth.transitions):
            place = frame - transition.frame
            if transition.kind != "cut" and abs(place + 0.5) < transition.frames / 2:
                drawn = _blend(transition, place + 0.5, drawn, picture(number + (place < 0), frame))
        if 0 <= frame - truth.flash < FLASH:
            drawn += (255 - drawn) * np.float32(0.9 - 0.25 * (frame - truth.flash))
        top, left = rng.integers(0, MARGIN, 2)
        drawn += grain[top : top + HEIGHT, left : left + WIDTH]
        yield np.clip(drawn, 0, 255).astype(np.uint8)


def _blend(transition: Transition, place: float, drawn: Picture, other: Picture) -> Picture:
    """A frame of a dissolve or fade, `place` frames after its middle; `drawn` is the shot whose half it lies in."""
    if transition.kind == "dissolve":
        share = 0.5 + abs(place) / transition.frames
        return drawn * np.float32(share) + other * np.float32(1 - share)
    level = (abs(place) - BLACK / 2) / ((transition.frames - BLACK) / 2)
    return drawn * np.float32(np.clip(level, 0, 1))


def _canvas(look: Look, tint: Picture, rng: np.random.Generator) -> Picture:
    """Sky and ground as gradients, with soft patches and fine grain, larger than the frame."""
    from scipy.ndimage import zoom

    rows, columns = HEIGHT + MARGIN, WIDTH + MARGIN
    height = np.linspace(0, 1, rows)[:, None]
    sky, ground = np.array(look.sky, dtype=np.float64), np.array(look.ground, dtype=np.float64)
    above = sky[0] + (sky[1] - sky[0]) * height / look.horizon
    below = ground[0] + (ground[1] - ground[0]) * (height - look.horizon) / (1 - look.horizon)
    column = np.where(height < look.horizon, above, below) * tint
    coarse = rng.normal(0, 1, (9, 15))
    patches = zoom(coarse, (rows / 9, columns / 15), order=3)[:, :, None]
    strength = 0.06 * column.mean() + 2
    fine = rng.normal(0, strength / 4, (rows, columns, 1))
    canvas: Picture = (column[:, None, :] + strength * patches + fine).astype(np.float32)
    return canvas


def _render(look: Look, canvas: Picture, phases: NDArray[np.float64], seconds: float) -> Picture:
    """(HEIGHT, WIDTH, 3) the picture so many seconds after its shot began; before that, too."""
    middle = MARGIN / 2
    left, top = (int(np.clip(middle + pan * seconds, 0, MARGIN)) for pan in look.pan)
    frame = canvas[top : top + HEIGHT, left : left + WIDTH].copy()
    for shape, phase in zip(look.shapes, phases, strict=True):
        swing = shape.swing * np.sin(2.2 * seconds + phase)
        _paint(
            frame,
            shape,
            (shape.centre[0] + shape.speed[0] * seconds) * WIDTH,
            (shape.centre[1] + shape.speed[1] * seconds + swing) * HEIGHT,
        )
    return frame


def _paint(frame: Picture, shape: Shape, x: float, y: float) -> None:
    """Paint a shape with a soft edge onto the frame, within its window."""
    half = shape.half[0] * WIDTH, shape.half[1] * HEIGHT
    left, right = (int(np.clip(x + side * (half[0] + 2), 0, WIDTH)) for side in (-1, 1))
    top, bottom = (int(np.clip(y + side * (half[1] + 2), 0, HEIGHT)) for side in (-1, 1))
    if left >= right or top >= bottom:
        return
    across = np.abs(np.arange(left, right, dtype=np.float32) - np.float32(x))[None, :]
    down = np.abs(np.arange(top, bottom, dtype=np.float32) - np.float32(y))[:, None]
    if shape.form == "disc":
        inside = (1 - np.sqrt((across / half[0]) ** 2 + (down / half[1]) ** 2)) * min(half)
    else:
        inside = np.minimum(half[0] - across, half[1] - down)
    opacity = np.clip(inside + 0.5, 0, 1)[:, :, None].astype(np.float32)
    shade = np.array(shape.colour, dtype=np.float32) * (1.06 - 0.18 * (down / half[1]))[:, :, None].astype(np.float32)
    window = frame[top:bottom, left:right]
    window += opacity * (shade - window)

"""Small pictures and films drawn for the tests of video, and files written of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from plugins.analyze.frames import HEIGHT, WIDTH
from toolkit.simulated_clip import clip_truth, draw_frames

Floats = np.ndarray


def shot(seed: int, frames: int, low: float = 30, high: float = 220, moving: float = 0.0) -> Floats:
    """(frames, HEIGHT, WIDTH, 3) of one place, between two levels, that moves so many pixels a frame."""
    rng = np.random.default_rng(seed)
    wide = np.full((HEIGHT, 8 * WIDTH, 3), (low + high) / 2)
    for patch, share in ((9, 0.5), (6, 0.3), (3, 0.2)):
        fields = rng.uniform(-0.5, 0.5, (HEIGHT // patch + 1, 8 * WIDTH // patch + 1, 3)) * (high - low) * share
        wide += fields.repeat(patch, axis=0).repeat(patch, axis=1)[:HEIGHT, : 8 * WIDTH]
    wide = (wide + np.roll(wide, 1, axis=1) + np.roll(wide, 1, axis=0)) / 3
    places = []
    for frame in range(frames):
        whole, part = divmod(moving * frame, 1)
        before, after = (np.roll(wide, -int(whole) - step, axis=1)[:, :WIDTH] for step in (0, 1))
        places.append((1 - part) * before + part * after)
    return np.stack(places) + rng.normal(0, 0.7, (frames, HEIGHT, WIDTH, 3))


def plain(level: float, frames: int) -> Floats:
    return np.full((frames, HEIGHT, WIDTH, 3), float(level))


def cut(*shots: Floats) -> np.ndarray:
    """Shots one after another, as bytes."""
    return np.clip(np.concatenate(shots), 0, 255).astype(np.uint8)


def dissolve(one: Floats, other: Floats, frames: int) -> Floats:
    """The last frames of one shot mixed with the first of another."""
    share = (np.arange(1, frames + 1) / (frames + 1))[:, None, None, None]
    mixed = one[-frames:] * (1 - share) + other[:frames] * share
    return np.concatenate([one[:-frames], mixed, other[frames:]])


def fade_out(one: Floats, frames: int, level: float = 0) -> Floats:
    """A shot whose last frames turn into a plain colour."""
    return dissolve(one, plain(level, frames), frames)


def fade_in(one: Floats, frames: int, level: float = 0) -> Floats:
    return dissolve(plain(level, frames), one, frames)


def drawn_clip(seed: int) -> np.ndarray:
    """The frames of the simulated clip, (n, HEIGHT, WIDTH, 3): means of 10 × 10 pixels."""
    small = [
        frame.reshape(HEIGHT, frame.shape[0] // HEIGHT, WIDTH, frame.shape[1] // WIDTH, 3).mean(axis=(1, 3))
        for frame in draw_frames(clip_truth(seed), seed)
    ]
    return np.rint(np.stack(small)).astype(np.uint8)


def write_video(
    path: Path, frames: Iterable[np.ndarray], milliseconds: Sequence[int] | None = None, scale: int = 4
) -> Path:
    """Write frames, enlarged, at the times given, or 25 a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25, options={"qscale": "2"})
        stream.width, stream.height, stream.pix_fmt = WIDTH * scale, HEIGHT * scale, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, frame in enumerate(frames):
            large = np.ascontiguousarray(frame.repeat(scale, axis=0).repeat(scale, axis=1))
            picture = av.VideoFrame.from_ndarray(large, format="rgb24")
            picture.pts, picture.time_base = milliseconds[number] if milliseconds else 40 * number, Fraction(1, 1000)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def write_sound(path: Path) -> Path:
    """A second of silence."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path

"""Videos, frame by frame: decoded in passing, small, and with an error that says where a file is torn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import ModelError, SourceError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.reformatter import VideoReformatter
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

WIDTH, HEIGHT = 32, 18  # of small frames
SLACK = 1.5  # seconds that a video may be shorter than its container says
# What FFmpeg would play as well: text as a terminal shows it, and lists of other files.
NO_VIDEOS = frozenset(
    {"tty", "bin", "xbin", "adf", "idf", "hls", "concat", "dash", "sdp", "rtsp", "webm_dash_manifest"}
)
HOLE = 1.0  # seconds without a frame that make one look for lost ones


@dataclass(frozen=True)
class Frame:
    """One frame, valid until the next one is asked for.

    Attributes:
        number: counted from 0.
        time: seconds from the beginning.
        small: (HEIGHT, WIDTH, 3) uint8 RGB, each pixel about the mean of what it stands for.
    """

    number: int
    time: float
    small: NDArray[np.uint8]
    _decoded: VideoFrame
    _reformatter: VideoReformatter

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._decoded.width, self._decoded.height

    def picture(self, width: int) -> NDArray[np.uint8]:
        """(h, w, 3) uint8 RGB of at most that width."""
        full, height = self.size
        width = min(width, full)
        scaled = self._reformatter.reformat(
            self._decoded, width, max(1, round(height * width / full)), "rgb24", interpolation="BILINEAR"
        )
        return np.asarray(scaled.to_ndarray())


@dataclass
class Opened:
    """A video that is open: how many frames it says it has (0 if nothing), and a second, and its frames in order."""

    expected: int
    rate: float
    frames: Iterator[Frame]


def open_video(path: Path) -> Opened:
    """Open the first video stream of a file.

    Raises:
        SourceError: no video, or torn; the frames raise it too, when they come to where it breaks off.
        ModelError: PyAV is not installed.
    """
    try:
        import av
    except ModuleNotFoundError as error:
        raise ModelError("video needs PyAV, which is not installed: pip install 'cinekit[video]'") from error
    try:
        # A file is read, and nothing that it or its name may point to.
        container = av.open(f"file:{path}", options={"protocol_whitelist": "file"})
    except (av.error.FFmpegError, ValueError) as error:
        raise SourceError(f"{path.name} is no video, or its beginning is torn ({_reason(error)})") from error
    if NO_VIDEOS & set(container.format.name.split(",")):
        container.close()
        raise SourceError(f"{path.name} is text or a playlist, no video; name a file with pictures that move")
    streams = [s for s in container.streams.video if not _is_cover(s)]
    if not streams:
        container.close()
        raise SourceError(f"{path.name} holds no video; name a file with pictures that move")
    stream = streams[0]
    stream.thread_type = "AUTO"
    expected = stream.frames or round(_duration(container, stream) * float(stream.average_rate or 0))
    return Opened(expected, _rate(stream), _frames(path, container, stream))


def _frames(path: Path, container: InputContainer, stream: VideoStream) -> Iterator[Frame]:
    import av
    from av.video.reformatter import VideoReformatter

    small, large = VideoReformatter(), VideoReformatter()
    rate = _rate(stream)
    number, time, began = 0, 0.0, None
    gap, gap_at = 0.0, 0.0
    with container:
        declared = _duration(container, stream)
        try:
            for decoded in container.decode(stream):
                if decoded.is_corrupt and number:
                    raise SourceError(f"{path.name} is damaged {_at(time)}; copy or convert it again")
                stamp = decoded.time if decoded.time is not None else number / rate
                began = stamp if began is None else began
                before, time = time, max(time, stamp - began)
                if time - before > gap:
                    gap, gap_at = time - before, before
                tiny = small.reformat(decoded, WIDTH, HEIGHT, "rgb24", interpolation="AREA")
                yield Frame(number, time, np.asarray(tiny.to_ndarray()), decoded, large)
                number += 1
        except (av.error.FFmpegError, ValueError) as error:
            raise SourceError(f"{path.name} is torn {_at(time)} ({_reason(error)}); copy it again") from error
    if not number:
        raise SourceError(f"{path.name} has no frame that can be decoded; is it torn?")
    if declared - (time + 1 / rate) > max(SLACK, 0.02 * declared):
        raise SourceError(
            f"{path.name} breaks off {_at(time)}, of {declared:,.1f} s that it says it has; copy it again"
        )
    # At a variable rate a picture may stand for long; elsewhere all frames but those of the gap are there.
    if gap > HOLE and abs(number - (declared - gap) * rate) < 0.02 * number:
        raise SourceError(f"{path.name} has no frames for {gap:.1f} s {_at(gap_at)}: it is torn; copy it again")


def _rate(stream: VideoStream) -> float:
    """Frames a second, as the file says."""
    return float(stream.average_rate or 25)


def _duration(container: InputContainer, stream: VideoStream) -> float:
    """Seconds that the file says its video lasts; 0 where it does not say."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    tagged = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", stream.metadata.get("DURATION", ""))  # of Matroska
    if tagged:
        hours, minutes, seconds = tagged.groups()
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    # Sound and subtitles may last longer than the pictures.
    return container.duration / 1_000_000 if container.duration and len(container.streams) == 1 else 0.0


def _is_cover(stream: VideoStream) -> bool:
    """Whether a stream is one picture that belongs to music."""
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.attached_pic)


def _at(seconds: float) -> str:
    return f"at {int(seconds // 60)}:{seconds % 60:04.1f}"


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return text.splitlines()[0] if text else type(error).__name__

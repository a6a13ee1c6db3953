"""Videos: shots, scenes, colours, light and motion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from plugins.analyze.frames import open_video
from plugins.analyze.video_reading import Reading
from plugins.analyze.video_shows import SHOWS
from toolkit.analyzer import Analyzer, Shown
from toolkit.model import setting

if TYPE_CHECKING:
    import polars as pl

    from toolkit.document import Document, Workspace


class Video(Analyzer):
    """Shots, scenes, colours, light and motion of videos.

    Decodes a video once, at the size of a stamp, and finds hard cuts, dissolves and fades; a flash is no cut. Shots
    are grouped into scenes by what they look like and how near they are. A key frame of each is kept as PNG beside
    the warehouse. docs/pictures.md says how, and defines every number. Memory does not grow with the length.
    """

    name: ClassVar[str] = "video"
    kind: ClassVar[str] = "video"
    suffixes: ClassVar[tuple[str, ...]] = (
        ".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".webm", ".wmv",
    )  # fmt: skip
    writes: ClassVar[tuple[str, ...]] = ("results.videos", "results.shots", "results.palettes")
    shows: ClassVar[tuple[Shown, ...]] = SHOWS

    cut: float = setting(1.35, "How many times as large as the motion around it a hard cut is, at least", gt=1)
    gradual: float = setting(-0.14, "Score that a dissolve has, at least; the lower, the more are found", ge=-0.2, le=1)
    alike: float = setting(14.0, "How far two shots of one scene may differ, in units of CIELAB", gt=0)
    window: float = setting(30.0, "Seconds within which a scene comes back to a shot", gt=0)
    colours: int = setting(5, "Colours of a palette; 0 for no palettes", ge=0, le=32)
    key_width: int = setting(320, "Width of the key frames in pixels; 0 for none", ge=0, le=1280)
    faces: bool = setting(False, "Look for faces in the key frames, and tell close-ups from long shots")
    sheet: bool = setting(False, "Also make a contact sheet of the key frames")

    def analyze(self, document: Document, workspace: Workspace) -> Mapping[str, pl.DataFrame]:
        """Rows of all its tables. Raises SourceError where the file is no video or torn."""
        opened = open_video(document.path)
        reading = Reading(self, workspace, opened.rate)
        workspace.steps(opened.expected)
        for frame in opened.frames:
            reading.take(frame)
        return reading.finished()

"""A small document of each kind: what an analyzer is tried on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SEED = 1
# What is too little, or something else, by what it is.
TINY_FILES = {"empty": b"", "blank": b"\n \n", "one word": b"a\n", "no text": bytes(range(256)) * 4}
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
_CLIPS = (".mkv", ".mp4", ".mov", ".avi", ".webm", ".m4v")
_SUBTITLES = (".srt",)


def write_small_document(path: Path) -> None:
    """Write a file as its ending says: a drawn clip, a picture, subtitles, or else a short screenplay as text.

    A clip needs av, and a picture Pillow.
    """
    from toolkit.simulated_script import draw_script, draw_subtitles

    suffix = path.suffix.lower()
    if suffix in _CLIPS:
        from toolkit.simulated_clip import draw_clip

        draw_clip(path, SEED)
    elif suffix in _PICTURES:
        _draw_picture(path)
    else:
        text = draw_subtitles(SEED) if suffix in _SUBTITLES else draw_script(SEED)
        path.write_text(text, encoding="utf-8")


def _draw_picture(path: Path) -> None:
    """The first frame of a drawn clip."""
    from PIL import Image

    from toolkit.simulated_clip import clip_truth, draw_frames

    Image.fromarray(next(iter(draw_frames(clip_truth(SEED), SEED)))).save(path)

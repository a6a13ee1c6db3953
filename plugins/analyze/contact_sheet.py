"""Contact sheets: small pictures in rows, with a label under each, as one PNG."""

from __future__ import annotations

from bisect import bisect_right
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from plugins.analyze.picture_files import small_image
from toolkit.errors import CinekitError, ModelError

if TYPE_CHECKING:
    from PIL import Image

MOST_HIGH = 16_000  # pixels: what viewers of images still open

_GAP = 8
_TEXT = 12  # height of letters
_LINE = 18
_GROUND, _INK = (24, 24, 24), (224, 224, 224)
_SHAPES = (0.5, 1.5)  # height : width of the frame that the pictures are fitted into


def contact_sheet(pictures: list[Path], labels: list[str], target: Path, columns: int = 6, width: int = 240) -> None:
    """Write a contact sheet, whole or not at all.

    Pictures are fitted into frames of the first one's shape, and read one at a time. A sheet is at most 16,000 pixels
    high; of more pictures than fit, evenly spaced ones are shown, and its last line says how many.

    Args:
        pictures: image files, in the order of the sheet.
        labels: one each; what is longer than its picture is wide is cut.
        target: the PNG to write.
        columns: pictures a row.
        width: of a frame, in pixels.

    Raises:
        ModelError: no pictures, not as many labels, or a sheet of more than 16,000 pixels across.
        SourceError: a picture cannot be read.
        CinekitError: the sheet cannot be written.
    """
    across = columns * (width + _GAP) + _GAP
    if not pictures or len(pictures) != len(labels):
        raise ModelError(f"a contact sheet needs pictures with a label each, not {len(pictures)} with {len(labels)}")
    if columns < 1 or width < 1 or across > MOST_HIGH:
        raise ModelError(f"a contact sheet of {columns} pictures of {width} pixels a row is not drawn")
    first = small_image(pictures[0], width, 2 * width)[0]
    height = round(width * min(max(first.height / first.width, _SHAPES[0]), _SHAPES[1]))
    step = height + _LINE + _GAP
    room = columns * max(1, (MOST_HIGH - _GAP - _LINE) // step)
    shown = np.linspace(0, len(pictures) - 1, min(len(pictures), room)).round().astype(int).tolist()
    rows = -(-len(shown) // columns)
    note = f"{len(shown):,} of {len(pictures):,} pictures, evenly spaced" if len(shown) < len(pictures) else ""
    sheet = _blank(across, rows * step + _GAP + (_LINE if note else 0))
    for place, number in enumerate(shown):
        row, column = divmod(place, columns)
        corner = (_GAP + column * (width + _GAP), _GAP + row * step)
        _paste(sheet, small_image(pictures[number], width, height)[0], corner, (width, height))
        _write(sheet, labels[number], (corner[0], corner[1] + height + 3), width)
    _write(sheet, note, (_GAP, sheet.height - _LINE), across - 2 * _GAP)
    _save(sheet, target)


def _blank(width: int, height: int) -> Image.Image:
    from PIL import Image

    return Image.new("RGB", (width, height), _GROUND)


def _paste(sheet: Image.Image, picture: Image.Image, corner: tuple[int, int], frame: tuple[int, int]) -> None:
    """Put a picture into the middle of its frame."""
    at = (corner[0] + (frame[0] - picture.width) // 2, corner[1] + (frame[1] - picture.height) // 2)
    sheet.paste(picture, at, picture if picture.mode == "RGBA" else None)


def _write(sheet: Image.Image, text: str, corner: tuple[int, int], room: int) -> None:
    """Write a line of text, cut where there is no more room."""
    from PIL import ImageDraw

    draw = ImageDraw.Draw(sheet)
    font = _font()
    line = "".join(letter if letter.isprintable() else " " for letter in text[: room + 1])
    if draw.textlength(line, font) > room:
        fits = bisect_right(range(len(line)), room, key=lambda kept: ceil(draw.textlength(f"{line[:kept]}...", font)))
        line = f"{line[: fits - 1]}..." if fits else ""
    draw.text(corner, line, _INK, font)


def _font() -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(_TEXT)


def _save(sheet: Image.Image, target: Path) -> None:
    draft = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
    try:
        sheet.save(draft, "PNG", compress_level=3)
        draft.replace(target)
    except OSError as error:
        raise CinekitError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)

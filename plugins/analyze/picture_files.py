"""Image files, read into small pictures."""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from toolkit.errors import ModelError, SourceError

if TYPE_CHECKING:
    from PIL import Image

    from plugins.analyze.looks import Bytes, Float32

SMALL = 256  # pixels: looks and palettes hardly change above it
MOST_PIXELS = 80_000_000  # some 320 MB once decoded

_KINDS = "PNG, JPEG, WebP, GIF, BMP or TIFF"
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")  # of Pillow's others, some start programs
_STARTS = (b"\x89PNG", b"\xff\xd8", b"RIFF", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_AVERAGED = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})  # modes that Pillow can make smaller as they are
_ORIENTATION = 0x0112  # of EXIF
_TURNS = {  # what puts a picture of each orientation upright; the last four swap width and height
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
_16_BIT = ("I;16", "I;16L", "I;16B", "I;16N")


@dataclass(frozen=True)
class Picture:
    """A picture, made small.

    Attributes:
        rgb: (h, w, 3) uint8 sRGB.
        opacity: (h, w) float32, from 0 to 1; None where the file has no transparency.
        width: pixels of the whole, turned as its EXIF says.
        height: likewise.
        mode: how the file keeps its pixels, as Pillow calls it, such as RGB, RGBA, P, L, I;16 or CMYK.
    """

    rgb: Bytes
    opacity: Float32 | None
    width: int
    height: int
    mode: str


def read_picture(path: Path, side: int = SMALL) -> Picture:
    """Read an image: PNG, JPEG, WebP, GIF, BMP or TIFF; of several frames or pages, the first.

    Args:
        path: the file; what it holds decides, not its ending.
        side: pixels of the longer side at most; larger ones are averaged down, smaller ones left alone.

    Raises:
        SourceError: empty, no image, torn, of more than 80 million pixels, or holding measurements instead of colours.
        ModelError: Pillow is missing.
        OSError: the file cannot be opened.
    """
    image, width, height, mode = small_image(path, side, side)
    pixels = np.asarray(image)
    opacity = (pixels[..., 3] / 255).astype(np.float32) if image.mode == "RGBA" else None
    return Picture(np.ascontiguousarray(pixels[..., :3]), opacity, width, height, mode)


def small_image(path: Path, most_wide: int, most_high: int) -> tuple[Image.Image, int, int, str]:
    """As `read_picture`: an RGB or RGBA image of Pillow that fits the box; the file's width, height and mode."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise ModelError("images need Pillow: pip install 'cinekit[analyze]'") from error
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on odd files; what is too large is refused here
        head = file.read(512)
        file.seek(0)
        try:
            return _read(file, path.name, most_wide, most_high)
        except (SourceError, MemoryError):
            raise
        except Image.DecompressionBombError as error:
            raise SourceError(_too_large(path.name)) from error
        except UnidentifiedImageError as error:
            raise SourceError(f"{path.name} {_guess(head)}; give {_KINDS}") from error
        except Exception as error:  # each of Pillow's readers has its own ways to fail
            reason = " ".join(str(error).split())[:100].rstrip(".") or type(error).__name__
            raise SourceError(f"{path.name} is torn or damaged ({reason}); save or copy it again") from error


def _read(file: IO[bytes], name: str, most_wide: int, most_high: int) -> tuple[Image.Image, int, int, str]:
    from PIL import Image

    image: Image.Image = Image.open(file, formats=_FORMATS)
    (width, height), mode = image.size, image.mode
    if width * height > MOST_PIXELS:
        raise SourceError(_too_large(name, width, height))
    if mode in {"I", "F"}:
        raise SourceError(f"{name} is of mode {mode}, measurements of 32 bits a pixel; save it with 8 or 16 bits")
    orientation = _orientation(image)
    on_end = orientation >= 5
    if mode in _16_BIT:
        image = Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
    elif mode not in _AVERAGED or "transparency" in image.info:
        image = _coloured(image)
    image.thumbnail((most_high, most_wide) if on_end else (most_wide, most_high), Image.Resampling.BOX)
    image = _coloured(image)
    if orientation > 1:
        image = image.transpose(Image.Transpose[_TURNS[orientation]])
    return image, *((height, width) if on_end else (width, height)), mode


def _coloured(image: Image.Image) -> Image.Image:
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _orientation(image: Image.Image) -> int:
    """How the picture is turned, from 1 (upright) to 8; a note that cannot be read does not spoil the pixels."""
    try:
        noted = image.getexif().get(_ORIENTATION, 1)
    except (SyntaxError, ValueError, TypeError, struct.error):
        return 1
    return noted if noted in _TURNS else 1


def _too_large(name: str, *size: int) -> str:
    has = f"has {size[0]:,} × {size[1]:,} pixels, more" if size else "has more"
    return f"{name} {has} than {MOST_PIXELS:,} pixels; make it smaller first"


def _guess(head: bytes) -> str:
    """What a file is that Pillow does not know, by its first bytes."""
    if not head:
        return "is empty"
    if head.startswith(_STARTS):
        return "is torn or damaged at its start"
    if b"<svg" in head.lower():
        return "is an SVG drawing, which has no pixels"
    if b"\0" not in head and not any(byte < 9 for byte in head):
        return "holds text and no image"
    return "is no image of a known kind"

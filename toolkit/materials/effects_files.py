"""Images as files: PNG files read into squares, and squares written as PNG, sheets and loops."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import ArtifactError, SourceError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from toolkit.interactions import FloatArray

    Bytes = NDArray[np.uint8]

MOST_PIXELS = 80_000_000  # some 320 MB once decoded
MOST_ON_SHEET = 1024

_MILLISECONDS = 80  # of a frame; GIF counts in hundredths of a second
_GAP = 2  # pixels between the images of a sheet
_LOWEST_ALPHA = 1 / 255
# Ordered dithering by B. E. Bayer, 1973: GIF knows no half-transparent pixels.
_THRESHOLDS = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])


def square(content: bytes, size: int, name: str) -> FloatArray:
    """(size, size, 4) float32 premultiplied RGBA from 0 to 1 of a PNG file.

    The longer side is fitted to `size`, and the whole centred on transparency. Larger images are averaged down,
    smaller ones interpolated, both on premultiplied values, so that the colour of what cannot be seen does not count.

    Raises:
        SourceError: the content is no PNG file, is torn, or has more than 80 million pixels.
    """
    from PIL import Image

    whole = _premultiplied(_decoded(content, name))
    height, width = whole.shape[:2]
    scale = size / max(height, width)
    high, wide = max(1, round(height * scale)), max(1, round(width * scale))
    way = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    small = [np.asarray(Image.fromarray(whole[..., c]).resize((wide, high), way)) for c in range(4)]
    framed = np.zeros((size, size, 4), dtype=np.float32)
    top, left = (size - high) // 2, (size - wide) // 2
    framed[top : top + high, left : left + wide] = np.stack(small, axis=-1)
    return framed.clip(0, 1)


def straight(pixels: FloatArray) -> Bytes:
    """(…, 4) uint8 RGBA as a file has it, of premultiplied values; all 0 where alpha is below 1 / 255."""
    alpha = pixels[..., 3:]
    seen = alpha >= _LOWEST_ALPHA
    colours = np.divide(pixels[..., :3], alpha, out=np.zeros_like(pixels[..., :3]), where=seen)
    whole = np.concatenate([colours, np.where(seen, alpha, 0)], axis=-1)
    return np.asarray((whole.clip(0, 1) * 255).round(), dtype=np.uint8)


def write_picture(rgba: Bytes, target: Path, scale: int = 1) -> None:
    """Write (size, size, 4) uint8 as a PNG file, each pixel `scale` pixels a side.

    Raises:
        ArtifactError: the file cannot be written.
    """
    _save(_image(rgba, scale), target, format="PNG")


def write_loop(rgba: Bytes, target: Path, scale: int = 1) -> None:
    """Write (n_frames, size, size, 4) uint8 as an animated PNG and a GIF that begin anew for ever.

    A GIF's pixels are seen or not: half-transparent ones are dithered.

    Args:
        rgba: the frames.
        target: the file, without the ending .png or .gif.
        scale: pixels of the file to one of a frame, each way.

    Raises:
        ArtifactError: a file cannot be written.
    """
    frames = [_image(frame, scale) for frame in rgba]
    common = {"save_all": True, "duration": _MILLISECONDS, "loop": 0}
    # Each frame replaces the one before, instead of being laid over it.
    _save(frames[0], target.with_suffix(".png"), format="PNG", append_images=frames[1:], disposal=1, blend=0, **common)
    dithered = [_image(_dithered(frame), scale) for frame in rgba]
    _save(
        dithered[0], target.with_suffix(".gif"), format="GIF", append_images=dithered[1:], disposal=2, optimize=False,
        **common,
    )  # fmt: skip


def write_sheet(rgba: Bytes, target: Path, columns: int | None = None, scale: int = 1) -> None:
    """Write (n, size, size, 4) uint8 side by side on transparency; of more than 1,024 images the first.

    Args:
        rgba: the images.
        target: the PNG file.
        columns: images in a row; None for as many as there are rows.
        scale: pixels of the file to one of an image, each way; 1 where the sheet would be too large.

    Raises:
        ArtifactError: the file cannot be written.
    """
    shown = rgba[:MOST_ON_SHEET]
    columns = columns or int(np.ceil(np.sqrt(len(shown))))
    rows, step = -(-len(shown) // columns), shown.shape[1] + _GAP
    sheet = np.zeros((rows * step + _GAP, columns * step + _GAP, 4), dtype=np.uint8)
    for place, picture in enumerate(shown):
        top, left = (_GAP + step * at for at in divmod(place, columns))
        sheet[top : top + step - _GAP, left : left + step - _GAP] = picture
    too_large = sheet.shape[0] * sheet.shape[1] * scale**2 > MOST_PIXELS
    _save(_image(sheet, 1 if too_large else scale), target, format="PNG")


def _decoded(content: bytes, name: str) -> Image.Image:
    from PIL import Image, UnidentifiedImageError

    advice = "remove it, and load the images again"
    try:
        image = Image.open(BytesIO(content), formats=("PNG",))
        if image.width * image.height > MOST_PIXELS:
            raise SourceError(f"image {name!r}: {image.width} x {image.height} pixels are too many; {advice}")
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise SourceError(f"image {name!r} is no PNG file that can be read ({error}); {advice}") from error
    return image


def _premultiplied(image: Image.Image) -> FloatArray:
    """(h, w, 4) float32 from 0 to 1; measurements of 16 bits are taken as grey."""
    from PIL import Image

    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image, dtype=np.float64) / 257).clip(0, 255).astype(np.uint8))
    values = np.asarray(image.convert("RGBA"), dtype=np.float32) / np.float32(255)
    values[..., :3] *= values[..., 3:]
    return values


def _dithered(rgba: Bytes) -> Bytes:
    """The same with each pixel either fully seen or not at all, as many of them as alpha says."""
    height, width = rgba.shape[:2]
    limit = np.tile((_THRESHOLDS + 0.5) / 16 * 255, (-(-height // 4), -(-width // 4)))[:height, :width]
    seen = rgba[..., 3] > limit
    return np.where(seen[..., None], np.concatenate([rgba[..., :3], np.full_like(rgba[..., 3:], 255)], -1), 0).astype(
        np.uint8
    )


def _image(rgba: Bytes, scale: int) -> Image.Image:
    from PIL import Image

    return Image.fromarray(np.repeat(np.repeat(rgba, scale, axis=0), scale, axis=1))


def _save(image: Image.Image, target: Path, **options: Any) -> None:
    try:
        image.save(target, **options)
    except OSError as error:
        raise ArtifactError(
            f"cannot write {target}: {error.strerror or error}; make room there, or change its permissions"
        ) from error

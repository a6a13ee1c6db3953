"""Images to learn from: single ones, numbered frames and animations."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from warehouse.errors import SourceError
from warehouse.sources.folders import gather_files
from warehouse.sources.staging import Stage, Staging

if TYPE_CHECKING:
    from PIL import Image

    from warehouse.sources.text import Content

ENDINGS = (".png", ".gif", ".webp", ".jpg", ".jpeg", ".bmp")
MOST_PIXELS = 16_000_000
MOST_OF_ANIMATION = 16 * MOST_PIXELS
_TOO_LARGE = f"is larger than {MOST_PIXELS // 1_000_000} megapixels; make it smaller"
_FORMATS = ("PNG", "GIF", "WEBP", "JPEG", "BMP")
_ANIMATED = frozenset({"PNG", "GIF", "WEBP"})
_BATCH = 64 << 20  # bytes of PNG that are held before they go into the warehouse
# "boom+3": the sequence "boom", frame 3. Longer numbers are dates and the like.
_NUMBERED = re.compile(r"(.*?)[-+~^@=_. ]?(?<!\d)(\d{1,9})", re.DOTALL)


class Frame(NamedTuple):
    """One image: a row of raw.images without its keys."""

    name: str
    sequence: str
    frame: int
    width: int
    height: int
    mode: str
    content: bytes
    sha256: str


def gather(paths: Sequence[Path], folder: Path, encoding: str | None) -> Content:
    """Find the files and hash them.

    Raises:
        SourceError: Pillow is not installed.
    """
    del encoding  # images have none
    try:
        import PIL  # noqa: F401
    except ImportError as error:
        raise SourceError("images need Pillow, which is not installed: pip install 'cinekit[generate]'") from error
    return gather_files(paths, folder, ENDINGS, "images")


def stage(staging: Staging) -> None:
    """Stage the images of all files."""
    unread = dict(staging.content.unread)
    batch: list[Frame] = []
    relations: list[str] = []
    total = held = 0
    for name, file in staging.content.files.items():
        try:
            # An animation that breaks off is refused as a whole.
            frames = list(read_frames(file.path, name))
        except SourceError as error:
            unread[name] = str(error)
            continue
        batch += frames
        held += sum(len(frame.content) for frame in frames)
        if held > _BATCH:
            relations.append(_held(staging, batch, total, len(relations)))
            total, held, batch = total + len(batch), 0, []
    staging.refuse(unread)
    relations.append(_held(staging, batch, total, len(relations)))
    staging.add(Stage("images", staging.view("images", " UNION ALL ".join(f"FROM {r}" for r in relations)), ""))


def _held(staging: Staging, batch: list[Frame], start: int, number: int) -> str:
    import polars as pl

    schema = {"name": pl.String, "sequence": pl.String, "frame": pl.Int32, "width": pl.Int32, "height": pl.Int32,
              "mode": pl.String, "content": pl.Binary, "sha256": pl.String}  # fmt: skip
    frame = pl.DataFrame(batch, schema=schema, orient="row").with_row_index("ordinal", start)
    return staging.frame(f"images_{number}", frame)


def sequence_of(name: str) -> tuple[str, int | None]:
    """The sequence that a name says an image is a frame of, and the number of the frame; None without a number.

    The number stands at the end, perhaps after one of ``-+~^@=_.`` or a space. A name of digits alone is a frame of
    its folder.
    """
    path = PurePosixPath(name).with_suffix("")
    found = _NUMBERED.fullmatch(path.name)
    if found is None:
        return str(path), None
    return str(path.parent / found[1]) if found[1] else str(path.parent), int(found[2])


def read_frames(path: Path, name: str) -> Iterator[Frame]:
    """The image of a file, or each of those of an animation, turned as its camera was held.

    Args:
        path: the file.
        name: its name below the folder that is loaded, of which the sequence is made. Of an animation, the frames are
            counted from 0, and the whole name without its ending is the sequence.

    Raises:
        SourceError: no such image, broken, or too large. The message does not name the file.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not path.stat().st_size:
        raise SourceError("is empty")
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on odd files; what is too large is refused here
        try:
            image = Image.open(file, formats=_FORMATS)
            count = _count(image)
            numbered = sequence_of(name)
            if count > 1:
                numbered = str(PurePosixPath(name).with_suffix("")), None
            mode = image.mode
            for place in range(count):
                image.seek(place)
                upright = ImageOps.exif_transpose(image) if count == 1 else image
                yield _frame(upright, name, numbered[0], place if numbered[1] is None else numbered[1], mode)
        except (SourceError, MemoryError):
            raise
        except Image.DecompressionBombError as error:
            raise SourceError(_TOO_LARGE) from error
        except UnidentifiedImageError as error:
            raise SourceError("is no PNG, GIF, WebP, JPEG or BMP image, or a damaged one") from error
        except Exception as error:  # each of Pillow's readers has its own ways to fail
            reason = " ".join(str(error).split())[:100].rstrip(".") or type(error).__name__
            raise SourceError(f"is torn or damaged ({reason}); save or copy it again") from error


def _count(image: Image.Image) -> int:
    """How many frames an image has, after its size was checked, before any was decoded."""
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise SourceError(_TOO_LARGE)
    count = int(getattr(image, "n_frames", 1)) if image.format in _ANIMATED else 1
    if width * height * count > MOST_OF_ANIMATION:
        raise SourceError(f"is an animation of {count:,} frames, too many of its size; make it shorter or smaller")
    return count


def _frame(image: Image.Image, name: str, sequence: str, frame: int, mode: str) -> Frame:
    """The image as PNG of 8 bits: RGBA where it has transparency, else L or RGB."""
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        kept = image.convert("RGBA")
    else:
        kept = image.convert("L" if image.mode in ("1", "L", "I", "F") else "RGB")
    stream = io.BytesIO()
    kept.save(stream, "PNG")
    # Equal pixels are one content, however a file packs them.
    digest = hashlib.sha256(f"{kept.width}x{kept.height}:".encode())
    digest.update(kept.convert("RGBA").tobytes())
    return Frame(name, sequence, frame, kept.width, kept.height, mode, stream.getvalue(), digest.hexdigest())

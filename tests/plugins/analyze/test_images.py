"""Images: files of every mode, what is transparent, what is refused, and the rows that come of them."""

from __future__ import annotations

import io
import struct
import sys
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from plugins.analyze.images import Images
from plugins.analyze.picture_files import SMALL, Picture, read_picture
from toolkit.analyzing import AnalyzeRequest, analyze
from toolkit.document import Document, Workspace
from toolkit.errors import ModelError, SourceError
from toolkit.host import Host
from toolkit.settings import build
from warehouse import Warehouse

LOOKS = ("brightness", "contrast", "saturation", "warmth")
RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (119, 119, 119)


def halves(left: Any, right: Any, mode: str = "RGB", size: tuple[int, int] = (8, 4)) -> Image.Image:
    """A picture whose left half is one colour and whose right half another."""
    picture = Image.new(mode, size, left)
    picture.paste(right, (size[0] // 2, 0, size[0], size[1]))
    return picture


def saved(tmp_path: Path, picture: Image.Image, name: str = "still.png", **options: Any) -> Path:
    picture.save(tmp_path / name, **options)
    return tmp_path / name


def analyzed(file: Path, **settings: Any) -> dict[str, pl.DataFrame]:
    return dict(Images(**settings).analyze(Document(file), Workspace(file.parent)))


def refusal(file: Path, content: bytes | None = None) -> str:
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_picture(file)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(file.name)
    return str(caught.value)


def outcome(file: Path) -> Picture | str:
    """The picture, or why there is none."""
    try:
        return read_picture(file)
    except SourceError as error:
        return str(error)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and holds a single line."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = zlib.compress(bytes(3 * min(width, 1000) + 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


# What is read


def test_a_picture_is_read_as_it_is(tmp_path: Path) -> None:
    picture = read_picture(saved(tmp_path, halves(RED, BLUE)))
    assert (picture.width, picture.height, picture.mode, picture.opacity) == (8, 4, "RGB", None)
    assert picture.rgb.dtype == np.uint8
    assert picture.rgb[0, 0].tolist() == list(RED)
    assert picture.rgb[3, 7].tolist() == list(BLUE)


@pytest.mark.parametrize(
    ("mode", "left", "right", "name"),
    [
        ("L", 255, 0, "still.png"),
        ("1", 1, 0, "still.png"),
        ("LA", (255, 255), (0, 255), "still.png"),
        ("RGBA", (255, 255, 255, 255), (0, 0, 0, 255), "still.png"),
        ("RGB", (255, 255, 255), (0, 0, 0), "still.webp"),
        ("RGB", (255, 255, 255), (0, 0, 0), "still.bmp"),
        ("P", 1, 0, "still.gif"),
        ("CMYK", (0, 0, 0, 0), (0, 0, 0, 255), "still.tif"),
        ("I;16", 65535, 0, "still.png"),
        ("I;16", 65535, 0, "still.tiff"),
        ("YCbCr", (255, 128, 128), (0, 128, 128), "still.jpg"),
    ],
)
def test_modes_of_white_and_black(tmp_path: Path, mode: str, left: Any, right: Any, name: str) -> None:
    picture = halves(left, right, mode, (32, 16))
    if mode == "P":
        picture.putpalette([0, 0, 0, 255, 255, 255])
    options = {"lossless": True} if name.endswith("webp") else {}
    found = read_picture(saved(tmp_path, picture, name, **options))
    assert found.rgb.shape == (16, 32, 3)
    assert found.rgb[8, 4].tolist() == [255] * 3
    assert found.rgb[8, 28].tolist() == [0] * 3
    assert found.opacity is None or found.opacity.min() == 1
    assert found.mode == ("RGB" if mode == "YCbCr" else mode)


def test_large_pictures_are_averaged_down_and_keep_their_size_on_record(tmp_path: Path) -> None:
    board = Image.fromarray((np.indices((600, 900)).sum(axis=0) % 2 * 255).astype(np.uint8))
    picture = read_picture(saved(tmp_path, board))
    assert (picture.width, picture.height) == (900, 600)
    assert max(picture.rgb.shape) <= 256
    assert picture.rgb.mean() == pytest.approx(127.5, abs=2)
    assert read_picture(tmp_path / "still.png", side=64).rgb.shape == (43, 64, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(20, 10), (1200, 600)])
def test_pictures_are_turned_as_their_exif_says(tmp_path: Path, orientation: int, size: tuple[int, int]) -> None:
    from PIL import ImageOps

    picture = halves(RED, BLUE, size=size)
    exif = picture.getexif()
    exif[0x0112] = orientation
    file = saved(tmp_path, picture, "still.png", exif=exif)
    found = read_picture(file)
    with Image.open(file) as opened:
        turned = np.asarray(ImageOps.exif_transpose(opened))
    assert (found.height, found.width) == turned.shape[:2]
    assert max(found.rgb.shape[:2]) <= 256
    for y, x in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        assert found.rgb[y, x].tolist() == turned[y, x].tolist()


def test_a_note_on_orientation_that_cannot_be_read_spoils_nothing(tmp_path: Path) -> None:
    file = saved(tmp_path, halves(RED, BLUE), exif=b"Exif\0\0no such thing")
    assert read_picture(file).rgb[0, 0].tolist() == list(RED)


@pytest.mark.parametrize("name", ["moving.gif", "moving.png", "moving.webp", "pages.tiff"])
def test_of_several_frames_the_first_is_taken(tmp_path: Path, name: str) -> None:
    first, second = Image.new("RGB", (16, 16), RED), Image.new("RGB", (16, 16), BLUE)
    options = {"lossless": True} if name.endswith("webp") else {}
    file = saved(tmp_path, first, name, save_all=True, append_images=[second], **options)
    assert read_picture(file).rgb[0, 0].tolist() == list(RED)


def test_a_palette_with_transparent_colours(tmp_path: Path) -> None:
    picture = halves(1, 0, "P")
    picture.putpalette([0, 0, 0, 255, 0, 0])
    found = read_picture(saved(tmp_path, picture, transparency=0))
    assert found.opacity[0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert found.rgb[0, 0].tolist() == list(RED)


def test_a_colour_that_is_declared_transparent(tmp_path: Path) -> None:
    found = read_picture(saved(tmp_path, halves(RED, BLUE), transparency=BLUE))
    assert found.opacity[0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]


def test_what_is_transparent_does_not_bleed_into_what_is_averaged(tmp_path: Path) -> None:
    columns = np.zeros((512, 512, 4), np.uint8)
    columns[:, ::2] = (*RED, 255)
    columns[:, 1::2] = (*GREEN, 0)
    found = read_picture(saved(tmp_path, Image.fromarray(columns)))
    assert (found.rgb == RED).all()
    assert found.opacity == pytest.approx(0.5, abs=0.01)


# What is refused


def test_a_picture_of_billions_of_pixels_is_refused_by_its_header(tmp_path: Path) -> None:
    assert "has more than 80,000,000 pixels; make it smaller" in refusal(tmp_path / "a.png", png_of(60_000, 60_000))


def test_a_picture_above_the_limit_is_refused_without_a_warning(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "has 10,000 × 10,000 pixels" in refusal(tmp_path / "a.png", png_of(10_000, 10_000))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.gif", "a.tif"])
def test_a_torn_picture_is_refused(tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    whole = saved(tmp_path, Image.fromarray(noise), name).read_bytes()
    message = refusal(tmp_path / name, whole[: len(whole) // 2])
    assert "is torn or damaged" in message
    assert "torn" in refusal(tmp_path / name, whole[:10])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"INT. HOUSE - DAY\n\nNobody is here.\n", "holds text and no image"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "is an SVG drawing, which has no pixels"),
        (b"PK\x03\x04\0\0\0\0 zip", "is no image of a known kind"),
        (b"\x89PNG\r\n\x1a\n", "is torn or damaged at its start"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "holds text and no image"),
    ],
)
def test_what_is_no_image_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    message = refusal(tmp_path / "a.png", content)
    assert message == f"a.png {says}; give PNG, JPEG, WebP, GIF, BMP or TIFF"


def test_measurements_are_no_picture(tmp_path: Path) -> None:
    file = saved(tmp_path, Image.fromarray(np.ones((4, 4), np.float32)), "a.tif")
    assert "mode F" in refusal(file)


def test_missing_pillow_is_one_line_that_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = saved(tmp_path, halves(RED, BLUE))
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ModelError, match=r"pip install 'cinekit\[analyze\]'"):
        read_picture(file)


def _whole(name: str) -> bytes:
    target = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (9, 7, 3)).astype(np.uint8)
    Image.fromarray(noise).save(target, name)
    return target.getvalue()


WHOLE = [_whole(name) for name in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(WHOLE), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6))
@example(b"RIFF\x04\0\0\0WEBP", [])
def test_damage_is_told_or_does_no_harm(tmp_path: Path, whole: bytes, damage: list[tuple[int, int]]) -> None:
    content = bytearray(whole)
    for place, byte in damage:
        content[place % len(content)] = byte
    file = tmp_path / "damaged.png"
    file.write_bytes(content)
    found = outcome(file)
    if isinstance(found, str):
        assert "\n" not in found
    else:
        assert found.rgb.ndim == 3
        assert 0 < max(found.rgb.shape[:2]) <= SMALL


# The rows


def test_hand_worked_rows(tmp_path: Path) -> None:
    frames = analyzed(saved(tmp_path, halves((255, 255, 255), (0, 0, 0))))
    assert frames["results.images"].row(0, named=True) == {
        "width": 8,
        "height": 4,
        "mode": "RGB",
        "opaque_share": 1,
        "brightness": pytest.approx(50, abs=1e-3),
        "contrast": pytest.approx(50, abs=1e-3),
        "saturation": pytest.approx(0, abs=1e-3),
        "warmth": pytest.approx(0, abs=1e-3),
        "faces": None,
        "face_height": None,
        "shot_scale": None,
    }
    palette = frames["results.palettes"]
    assert palette.select("place", "shot", "colour", "share").rows() == [
        (1, None, "#000000", 0.5),
        (2, None, "#ffffff", 0.5),
    ]


def test_colours_are_those_of_what_is_opaque(tmp_path: Path) -> None:
    frames = analyzed(saved(tmp_path, halves((*RED, 255), (*BLUE, 0), "RGBA")))
    image = frames["results.images"].row(0, named=True)
    assert image["opaque_share"] == 0.5
    assert image["brightness"] == pytest.approx(53.24, abs=0.01)
    assert frames["results.palettes"]["colour"].to_list() == ["#ff0000"]
    half = analyzed(saved(tmp_path, halves((*RED, 255), (*BLUE, 85), "RGBA")))
    assert half["results.palettes"]["share"].to_list() == pytest.approx([0.75, 0.25], abs=1e-3)


def test_nothing_is_known_of_what_is_wholly_transparent(tmp_path: Path) -> None:
    frames = analyzed(saved(tmp_path, Image.new("RGBA", (6, 6), (*RED, 0))))
    image = frames["results.images"].row(0, named=True)
    assert image["opaque_share"] == 0
    assert [image[name] for name in LOOKS] == [None] * 4
    assert frames["results.palettes"].is_empty()


def test_the_number_of_colours_is_asked_for(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    file = saved(tmp_path, Image.fromarray(noise))
    assert analyzed(file)["results.palettes"].height == 5
    assert analyzed(file, colours=9)["results.palettes"].height == 9


def test_faces_are_looked_for_where_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        def faces(self, rgb: np.ndarray) -> list[tuple[int, int, int, int]]:
            assert rgb.shape == (400, 600, 3)
            return [(0, 0, 80, 80), (5, 5, 20, 20)]

    monkeypatch.setattr("plugins.analyze.images.FaceFinder", Finder)
    image = analyzed(saved(tmp_path, Image.new("RGB", (600, 400), GREY)), faces=True)["results.images"]
    assert image.select("faces", "face_height", "shot_scale").row(0) == (2, 0.2, "medium")


def test_faces_without_what_finds_them_are_refused_before_any_image(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ModelError("faces need OpenCV")

    monkeypatch.setattr("plugins.analyze.images.FaceFinder", missing)
    with pytest.raises(ModelError, match="faces need OpenCV"):
        build(Images, {"faces": True})
    assert build(Images, {}).faces is False


def test_a_folder_is_analysed_and_what_is_torn_in_it_is_told(warehouse: Warehouse, tmp_path: Path) -> None:
    stills = tmp_path / "stills"
    stills.mkdir()
    saved(stills, halves(RED, BLUE), "one.png")
    saved(stills, Image.new("RGBA", (6, 6), (*RED, 0)), "nothing.png")
    (stills / "bomb.png").write_bytes(png_of(60_000, 60_000))
    (stills / "text.jpg").write_text("no image")
    done = analyze(warehouse, Host(), "images", {}, AnalyzeRequest(), [stills])
    assert done.documents == 2
    assert sorted(Path(path).name for path in done.failed) == ["bomb.png", "text.jpg"]
    assert not done.files
    shown = Images.shows[0]
    with warehouse.reading() as con:
        rows = con.sql(shown.sql, params={"runs": done.runs}).pl()
    assert rows["document"].to_list() == ["nothing.png", "one.png"]
    assert rows["palette"].to_list() == [None, "#0000ff #ff0000"]
    assert set(shown.columns) <= set(rows.columns)


@pytest.mark.slow
def test_real_sprites_have_looks_within_bounds(real_data: Path) -> None:
    files = sorted((real_data / "images" / "effects").rglob("*.png"))
    assert len(files) > 400
    images = pl.concat([analyzed(file)["results.images"] for file in files])
    assert images["opaque_share"].is_between(0, 1).all()
    assert images.filter(pl.col("opaque_share") > 0)["brightness"].is_between(0, 100.001).all()

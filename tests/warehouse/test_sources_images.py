"""Images: single ones, numbered frames, animations, and what is refused before it costs anything."""

from __future__ import annotations

import io
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from warehouse import Warehouse
from warehouse.errors import SourceError, UsageError
from warehouse.loads import LoadReport, load
from warehouse.sources.images import read_frames, sequence_of

RED, BLUE, CLEAR = (255, 0, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)


def drawn(path: Path, colour: Any = RED, mode: str = "RGBA", size: tuple[int, int] = (4, 3), **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)
    return path


def held(warehouse: Warehouse, columns: str = "name, sequence, frame") -> list[tuple[Any, ...]]:
    return warehouse.query(f"SELECT {columns} FROM raw.images ORDER BY image_key").rows()


def pixels(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    assert image.format == "PNG"
    return image


def counts(report: LoadReport) -> tuple[int, int, int]:
    return report.taken, report.refused, report.folded


def refused(warehouse: Warehouse) -> dict[str, str]:
    return dict(warehouse.query("SELECT file, reason FROM meta.refused_rows WHERE line IS NULL").rows())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("explosion/boom+3.png", ("explosion/boom", 3)),
        ("flare~0.png", ("flare", 0)),
        ("box-12.png", ("box", 12)),
        ("beam^1.png", ("beam", 1)),
        ("beam@07.png", ("beam", 7)),
        ("beam=2.png", ("beam", 2)),
        ("puff_001.webp", ("puff", 1)),
        ("puff 2.gif", ("puff", 2)),
        ("level2.png", ("level", 2)),
        ("explosion/0004.png", ("explosion", 4)),
        ("atomic flare.png", ("atomic flare", None)),
        ("medium flare+.png", ("medium flare+", None)),
        ("shot 20240131123456.png", ("shot 20240131123456", None)),
        ("a.b/c-1.png", ("a.b/c", 1)),
    ],
)
def test_the_sequence_and_the_frame_are_in_the_name(name: str, expected: tuple[str, int | None]) -> None:
    assert sequence_of(name) == expected


def test_a_folder_lands_as_png_with_size_mode_and_sequence(warehouse: Warehouse, tmp_path: Path) -> None:
    drawn(tmp_path / "s/boom+1.png", RED)
    drawn(tmp_path / "s/boom+0.png", CLEAR)
    drawn(tmp_path / "s/fire/glow.jpg", (9, 9, 9), "RGB", (5, 6))
    (tmp_path / "s/copyright").write_text("CC BY-SA")
    report = load(warehouse, "images", tmp_path / "s")
    assert counts(report) == (3, 0, 0)
    assert report.tables == {"raw.images": 3}
    assert held(warehouse, "image_key, name, sequence, frame, width, height, mode, load") == [
        (1, "boom+0.png", "boom", 0, 4, 3, "RGBA", 1),
        (2, "boom+1.png", "boom", 1, 4, 3, "RGBA", 1),
        (3, "fire/glow.jpg", "fire/glow", 0, 5, 6, "RGB", 1),
    ]
    [clear, red, glow] = [pixels(content) for (content,) in held(warehouse, "content")]
    assert clear.getpixel((0, 0)) == CLEAR
    assert red.getpixel((3, 2)) == RED
    assert (glow.mode, glow.size) == ("RGB", (5, 6))


def test_pixels_of_all_kinds_become_eight_bits_and_transparency_stays(warehouse: Warehouse, tmp_path: Path) -> None:
    drawn(tmp_path / "s/a.png", 1, "1")
    Image.fromarray(np.full((2, 2), 0x8034, dtype=np.uint16)).save(tmp_path / "s/b.png")
    drawn(tmp_path / "s/c.png", (7, 99), "LA")
    palette = Image.new("P", (2, 2), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    palette.save(tmp_path / "s/d.png")
    palette.save(tmp_path / "s/e.png", transparency=1)
    drawn(tmp_path / "s/f.jpg", (0, 0, 0, 255), "CMYK")
    drawn(tmp_path / "s/g.bmp", (1, 2, 3), "RGB")
    assert counts(load(warehouse, "images", tmp_path / "s")) == (7, 0, 0)
    found = [(mode, pixels(content).mode, pixels(content).getpixel((0, 0))) for mode, content in
             held(warehouse, "mode, content")]  # fmt: skip
    assert found == [
        ("1", "L", 255),
        ("I;16", "L", 0x80),
        ("LA", "RGBA", (7, 7, 7, 99)),
        ("P", "RGB", (10, 20, 30)),
        ("P", "RGBA", (10, 20, 30, 0)),
        ("CMYK", "RGB", (0, 0, 0)),
        ("RGB", "RGB", (1, 2, 3)),
    ]


def test_a_photograph_is_turned_as_the_camera_was_held(warehouse: Warehouse, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    load(warehouse, "images", drawn(tmp_path / "a.jpg", (1, 2, 3), "RGB", (8, 4), exif=exif))
    assert held(warehouse, "width, height") == [(4, 8)]


@pytest.mark.parametrize("ending", ["gif", "png", "webp"])
def test_an_animation_is_a_sequence_of_its_frames(warehouse: Warehouse, tmp_path: Path, ending: str) -> None:
    first, second = Image.new("RGBA", (4, 4), RED), Image.new("RGBA", (4, 4), BLUE)
    first.save(tmp_path / f"boom-7.{ending}", save_all=True, append_images=[second, first], lossless=True)
    assert counts(load(warehouse, "images", tmp_path / f"boom-7.{ending}")) == (3, 0, 0)
    assert held(warehouse) == [(f"boom-7.{ending}", "boom-7", frame) for frame in range(3)]
    seen = [pixels(content).convert("RGBA").getpixel((2, 2)) for (content,) in held(warehouse, "content")]
    assert seen == [RED, BLUE, RED]
    assert warehouse.repeated_keys() == []


def test_equal_frames_of_one_load_stay_and_of_a_later_one_fold(warehouse: Warehouse, tmp_path: Path) -> None:
    for name in ("a-0", "a-1", "b-0"):
        drawn(tmp_path / "one" / f"{name}.png")
    assert counts(load(warehouse, "images", tmp_path / "one")) == (3, 0, 0)
    drawn(tmp_path / "two/c.png", compress_level=0)
    drawn(tmp_path / "two/d.png", BLUE)
    assert counts(load(warehouse, "images", tmp_path / "two")) == (1, 0, 1)
    assert held(warehouse, "image_key, name, load")[-1] == (4, "d.png", 2)
    assert load(warehouse, "images", tmp_path / "one").already_loaded
    assert warehouse.repeated_keys() == []


def test_many_images_go_into_the_warehouse_in_batches(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.sources.images._BATCH", 100)
    for number in range(7):
        drawn(tmp_path / f"s/a-{number}.png", (number, 0, 0, 255))
    load(warehouse, "images", tmp_path / "s")
    assert held(warehouse, "image_key, frame") == [(number + 1, number) for number in range(7)]
    reds = [pixels(content).getpixel((0, 0))[0] for (content,) in held(warehouse, "content")]  # type: ignore[index]
    assert reds == list(range(7))


def test_an_archive_is_read_as_its_folder_is(warehouse: Warehouse, tmp_path: Path) -> None:
    drawn(tmp_path / "s/x/a-0.png")
    drawn(tmp_path / "s/b.png", BLUE)
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        for name in ("x/a-0.png", "b.png"):
            archive.write(tmp_path / "s" / name, name)
    load(warehouse, "images", tmp_path / "s.zip")
    assert held(warehouse) == [("b.png", "b", 0), ("x/a-0.png", "x/a", 0)]
    assert load(warehouse, "images", tmp_path / "s").already_loaded


def png_of(width: int, height: int) -> bytes:
    """The head of a PNG file that says how large it is, and no pixels."""
    head = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x06\0\0\0"
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + head + zlib.crc32(head).to_bytes(4, "big") + b"\0\0\x40\0IDAT"


def test_what_is_no_sound_image_is_refused_with_the_reason(warehouse: Warehouse, tmp_path: Path) -> None:
    sound = drawn(tmp_path / "s/good.png", size=(50, 50)).read_bytes()
    (tmp_path / "s/empty.png").write_bytes(b"")
    (tmp_path / "s/text.png").write_bytes(b"not an image")
    (tmp_path / "s/torn.png").write_bytes(sound[:60])
    (tmp_path / "s/large.png").write_bytes(png_of(4001, 4000))
    (tmp_path / "s/bomb.png").write_bytes(png_of(60_000, 60_000))
    drawn(tmp_path / "s/really.tiff")
    (tmp_path / "s/really.tiff").rename(tmp_path / "s/really.png")
    assert counts(load(warehouse, "images", tmp_path / "s")) == (1, 6, 0)
    found = refused(warehouse)
    assert found["empty.png"] == "is empty"
    assert found["text.png"] == found["really.png"] == "is no PNG, GIF, WebP, JPEG or BMP image, or a damaged one"
    assert found["torn.png"].startswith("is torn or damaged (")
    assert found["large.png"] == found["bomb.png"] == "is larger than 16 megapixels; make it smaller"


def test_an_animation_that_breaks_off_or_never_ends_is_refused_whole(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3, 40, 40, 3), dtype=np.uint8)
    frames = [Image.fromarray(frame) for frame in noise]
    frames[0].save(tmp_path / "whole.png", save_all=True, append_images=frames[1:])
    content = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "torn.png").write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(SourceError, match=r"^torn\.png is torn or damaged"):
        load(warehouse, "images", tmp_path / "torn.png")
    monkeypatch.setattr("warehouse.sources.images.MOST_OF_ANIMATION", 40 * 40 * 2)
    with pytest.raises(SourceError, match=r"^whole\.png is an animation of 3 frames, too many of its size"):
        load(warehouse, "images", tmp_path / "whole.png")


def test_a_folder_without_images_says_what_is_looked_for(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"holds no images: no file in it ends in \.png, \.gif, .* or \.bmp$"):
        load(warehouse, "images", tmp_path / "empty")
    with pytest.raises(UsageError, match="images take no --encoding"):
        load(warehouse, "images", drawn(tmp_path / "a.png"), encoding="utf-8")


def test_without_pillow_one_line_says_what_to_install(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drawn(tmp_path / "a.png")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(SourceError, match=r"^images need Pillow, .*pip install 'cinekit\[generate\]'$"):
        load(warehouse, "images", path)


def encoded(form: str) -> bytes:
    stream = io.BytesIO()
    colours = np.random.default_rng(1).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    first, second = map(Image.fromarray, colours)
    animated = {"save_all": True, "append_images": [second]} if form in ("PNG", "GIF", "WEBP") else {}
    first.save(stream, form, **animated)
    return stream.getvalue()


SOUND = {form: encoded(form) for form in ("PNG", "GIF", "WEBP", "JPEG", "BMP")}


@given(st.sampled_from(sorted(SOUND)), st.integers(0, 400), st.binary(min_size=1, max_size=8), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
def test_any_bytes_are_an_image_or_refused(tmp_path: Path, form: str, place: int, wrong: bytes, cut: bool) -> None:
    content = SOUND[form]
    place %= len(content)
    (tmp_path / "a.png").write_bytes(content[:place] + wrong + (b"" if cut else content[place + len(wrong) :]))
    try:
        found = list(read_frames(tmp_path / "a.png", "a.png"))
    except SourceError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert all(pixels(frame.content).size == (frame.width, frame.height) for frame in found)


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_no_image_at_all_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(SourceError):
        list(read_frames(tmp_path / "a.png", "a.png"))


@pytest.mark.slow
def test_the_real_sprites_are_all_taken(warehouse: Warehouse, real_data: Path) -> None:
    assert counts(load(warehouse, "images", real_data / "images" / "effects")) == (454, 0, 0)
    frames = warehouse.query("SELECT list(frame ORDER BY frame) FROM raw.images WHERE sequence = 'explosion/huge'")
    assert frames.item().to_list() == list(range(10))

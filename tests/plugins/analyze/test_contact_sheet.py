"""Contact sheets: where pictures stand, what is left out, and that nothing half-written stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plugins.analyze.contact_sheet import MOST_HIGH, contact_sheet
from toolkit.errors import CinekitError, ModelError, SourceError

COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255)]


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"{number}.png" for number in range(len(COLOURS))]
    for file, colour in zip(files, COLOURS, strict=True):
        Image.new("RGB", (160, 90), colour).save(file)
    return files


def drawn(target: Path) -> np.ndarray:
    with Image.open(target) as sheet:
        assert (sheet.format, sheet.mode) == ("PNG", "RGB")
        return np.asarray(sheet).astype(int)


def first_seen(sheet: np.ndarray, colour: tuple[int, int, int]) -> tuple[int, int]:
    """Row and column of the upper left pixel of a colour."""
    rows, columns = np.nonzero((sheet == colour).all(axis=2))
    return int(rows.min()), int(columns.min())


def test_pictures_stand_in_rows_in_their_order(pictures: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "sheet.png"
    contact_sheet(pictures, ["a", "b", "c", "d", "e"], target, columns=3, width=80)
    corners = [first_seen(drawn(target), colour) for colour in COLOURS]
    assert corners == sorted(corners)
    assert [row for row, _ in corners] == [corners[0][0]] * 3 + [corners[3][0]] * 2
    assert [column for _, column in corners[3:]] == [column for _, column in corners[:2]]


def test_labels_stand_under_their_pictures_and_are_cut_to_their_width(pictures: list[Path], tmp_path: Path) -> None:
    target, bare = tmp_path / "sheet.png", tmp_path / "bare.png"
    contact_sheet(pictures[:2], ["", ""], bare, columns=2, width=100)
    contact_sheet(pictures[:2], ["a label that goes on\nand on " * 9, ""], target, columns=2, width=100)
    rows, columns = np.nonzero((drawn(target) != drawn(bare)).any(axis=2))
    top, left = first_seen(drawn(bare), COLOURS[0])
    assert rows.min() >= top + 56
    assert left <= columns.min()
    assert columns.max() <= left + 100


def test_pictures_of_other_shapes_keep_their_shape(tmp_path: Path) -> None:
    Image.new("RGB", (160, 90), COLOURS[0]).save(tmp_path / "wide.png")
    Image.new("RGB", (50, 500), COLOURS[1]).save(tmp_path / "high.png")
    half = Image.new("RGBA", (500, 50), (*COLOURS[2], 255))
    half.paste((0, 0, 0, 0), (0, 0, 250, 50))
    half.save(tmp_path / "half.png")
    names = ["wide.png", "high.png", "half.png"]
    contact_sheet([tmp_path / name for name in names], names, tmp_path / "sheet.png", width=160)
    sheet = drawn(tmp_path / "sheet.png")
    assert (sheet == COLOURS[0]).all(axis=2).sum() == 160 * 90
    assert (sheet == COLOURS[1]).all(axis=2).sum() == 9 * 90
    assert (sheet == COLOURS[2]).all(axis=2).sum() == 80 * 16


def test_of_too_many_pictures_evenly_spaced_ones_are_shown(pictures: list[Path], tmp_path: Path) -> None:
    many = [pictures[0]] + [pictures[1]] * 3000 + [pictures[2]]
    target = tmp_path / "sheet.png"
    contact_sheet(many, [str(number) for number in range(len(many))], target, columns=2, width=20)
    sheet = drawn(target)
    assert MOST_HIGH - 60 < sheet.shape[0] <= MOST_HIGH
    first, last = first_seen(sheet, COLOURS[0]), first_seen(sheet, COLOURS[2])
    assert first[0] < 20
    assert last[0] > MOST_HIGH - 100
    assert (sheet[-15:] > 100).any()  # the line that says how many


@pytest.mark.parametrize("label", ["naïve", "東京 🎬", "\x1b[31m", "x" * 10_000])
def test_any_label_is_drawn(pictures: list[Path], tmp_path: Path, label: str) -> None:
    contact_sheet(pictures[:1], [label], tmp_path / "sheet.png")
    assert drawn(tmp_path / "sheet.png").shape[1] == 6 * 248 + 8


def test_a_torn_picture_leaves_no_sheet(pictures: list[Path], tmp_path: Path) -> None:
    pictures[3].write_bytes(pictures[3].read_bytes()[:60])
    folder = tmp_path / "sheets"
    folder.mkdir()
    with pytest.raises(SourceError, match=r"3\.png is torn"):
        contact_sheet(pictures, ["x"] * 5, folder / "sheet.png")
    assert not list(folder.iterdir())


def test_a_sheet_that_cannot_be_written_is_one_line(pictures: list[Path], tmp_path: Path) -> None:
    with pytest.raises(CinekitError, match=r"cannot write .*sheet\.png: No such file or directory"):
        contact_sheet(pictures, ["x"] * 5, tmp_path / "missing" / "sheet.png")
    (tmp_path / "taken.png").mkdir()
    with pytest.raises(CinekitError, match=r"cannot write .*taken\.png"):
        contact_sheet(pictures, ["x"] * 5, tmp_path / "taken.png")
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("count", "labels", "columns", "width"), [(0, 0, 6, 240), (2, 1, 6, 240), (2, 2, 0, 9), (2, 2, 99, 240)]
)
def test_what_cannot_be_laid_out_is_refused(
    pictures: list[Path], tmp_path: Path, count: int, labels: int, columns: int, width: int
) -> None:
    with pytest.raises(ModelError, match="contact sheet"):
        contact_sheet(pictures[:count], ["x"] * labels, tmp_path / "sheet.png", columns, width)

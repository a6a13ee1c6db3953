"""Faces: a drawn one is found where it stands; what says how near it is."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from plugins.analyze.faces import FaceFinder, shot_scale
from toolkit.errors import ModelError


@pytest.fixture
def finder() -> FaceFinder:
    cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed")
    if not hasattr(cv2, "CascadeClassifier"):
        pytest.skip(f"OpenCV {cv2.__version__} has no cascades; release 4 has")
    return FaceFinder()


@pytest.fixture
def forgotten() -> None:
    """No cascade was read before."""
    from plugins.analyze import faces

    faces._cascade.cache_clear()


def drawn(size: int, x: int, y: int, width: int = 640, height: int = 360) -> np.ndarray:
    """A picture of a plain ground with a drawn face, so many pixels high, its corner at x, y."""
    from PIL import Image, ImageDraw, ImageFilter

    picture = Image.new("L", (width, height), 60)
    draw = ImageDraw.Draw(picture)

    def oval(across: float, down: float, half_wide: float, half_high: float, grey: int) -> None:
        low = (x + (across - half_wide) * size, y + (down - half_high) * size)
        draw.ellipse([low, (x + (across + half_wide) * size, y + (down + half_high) * size)], fill=grey)

    oval(0.5, 0.42, 0.44, 0.56, 50)
    oval(0.5, 0.52, 0.37, 0.50, 195)
    for eye in (0.33, 0.67):
        oval(eye, 0.42, 0.12, 0.075, 120)
        oval(eye, 0.318, 0.11, 0.018, 70)
        oval(eye, 0.42, 0.085, 0.035, 215)
        oval(eye, 0.42, 0.04, 0.04, 30)
    nose = [(0.46, 0.45), (0.54, 0.45), (0.58, 0.64), (0.42, 0.64)]
    draw.polygon([(x + across * size, y + down * size) for across, down in nose], fill=215)
    oval(0.5, 0.645, 0.08, 0.02, 130)
    oval(0.5, 0.78, 0.14, 0.035, 95)
    grey = np.asarray(picture.filter(ImageFilter.GaussianBlur(size * 0.015)))
    return np.stack([grey] * 3, axis=-1)


@pytest.mark.parametrize("size", [60, 100, 200, 300])
def test_a_drawn_face_is_found_where_it_stands(finder: FaceFinder, size: int) -> None:
    found = finder.faces(drawn(size, 180, 30))
    assert len(found) == 1
    x, y, width, height = found[0]
    assert x + width / 2 == pytest.approx(180 + size / 2, abs=0.1 * size)
    assert y + height / 2 == pytest.approx(30 + size / 2, abs=0.15 * size)
    assert height == pytest.approx(size, rel=0.2)


def test_places_are_those_of_the_picture_whatever_its_size(finder: FaceFinder) -> None:
    (x, _, width, height), *others = finder.faces(drawn(600, 540, 90, 1920, 1080))
    assert not others
    assert x + width / 2 == pytest.approx(840, abs=60)
    assert height == pytest.approx(600, rel=0.2)


def test_the_largest_face_comes_first(finder: FaceFinder) -> None:
    picture = drawn(90, 60, 40)
    picture[:, 320:] = drawn(220, 370, 60)[:, 320:]
    heights = [box[3] for box in finder.faces(picture)]
    assert len(heights) == 2
    assert heights[0] > 2 * heights[1]


@pytest.mark.parametrize("shape", [(360, 640), (24, 24), (23, 500), (1, 1)])
def test_no_face_is_found_where_there_is_none(finder: FaceFinder, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    assert finder.faces(noise) == []
    assert finder.faces(np.full((*shape, 3), 128, np.uint8)) == []


def test_photographs_of_faces_are_told_from_others(finder: FaceFinder) -> None:
    data = pytest.importorskip("skimage.data", reason="the photographs come with scikit-image, which is not installed")
    assert len(finder.faces(data.astronaut())) == 1
    assert finder.faces(data.coffee()) == []


@pytest.mark.parametrize(
    ("heights", "scale"),
    [
        ([], (0, None, None)),
        ([35], (1, 0.35, "close-up")),
        ([34], (1, 0.34, "medium")),
        ([10, 3], (2, 0.1, "medium")),
        ([3, 9, 4], (3, 0.09, "long")),
    ],
)
def test_the_largest_face_gives_the_scale(heights: list[int], scale: tuple[int, float | None, str | None]) -> None:
    assert shot_scale([(0, 0, height, height) for height in heights], 100) == scale


@pytest.mark.usefixtures("forgotten")
def test_missing_opencv_is_one_line_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ModelError, match=r"^faces need OpenCV: pip install 'cinekit\[faces\]'$"):
        FaceFinder()


@pytest.mark.usefixtures("forgotten")
def test_an_opencv_without_cascades_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = ModuleType("cv2")
    bare.__version__ = "5.0.0"
    monkeypatch.setitem(sys.modules, "cv2", bare)
    with pytest.raises(ModelError, match=r"OpenCV 5\.0\.0 has no cascades .* pip install 'cinekit\[faces\]'"):
        FaceFinder()

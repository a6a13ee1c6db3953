"""Light and colour: published and hand-worked values of CIELAB, and what is averaged over it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.analyze.looks import lab_of, looks_of

RED, BLACK, WHITE, YELLOW, BLUE = (255, 0, 0), (0, 0, 0), (255, 255, 255), (255, 255, 0), (0, 0, 255)


def picture(*pixels: tuple[int, int, int]) -> np.ndarray:
    """One picture, one pixel high, in Lab."""
    return lab_of(np.array([[pixels]], dtype=np.uint8))


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        (WHITE, (100, 0, 0)),
        (BLACK, (0, 0, 0)),
        (RED, (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        (BLUE, (32.30, 79.19, -107.86)),
        ((119, 119, 119), (50.03, 0, 0)),
        # linear 1/255/12.92, in the straight part of both curves: L* = 24389/27 * 0.00030353
        ((1, 1, 1), (0.2742, 0, 0)),
    ],
)
def test_lab_of_known_colours(rgb: tuple[int, int, int], lab: tuple[float, float, float]) -> None:
    assert lab_of(np.array(rgb, dtype=np.uint8)) == pytest.approx(np.array(lab), abs=0.006)


def test_lab_keeps_the_shape_and_does_not_depend_on_how_many_pixels_there_are() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 50, 70, 3)).astype(np.uint8)
    lab = lab_of(pixels)
    assert lab.shape == pixels.shape
    assert lab.dtype == np.float32
    assert np.allclose(lab[2, 49, 60:], lab_of(pixels[2, 49, 60:]), atol=1e-4)
    assert lab_of(pixels[:0]).shape == (0, 50, 70, 3)


def test_lightness_rises_with_grey() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    lab = lab_of(greys)
    assert (np.diff(lab[:, 0]) > 0).all()
    assert np.abs(lab[:, 1:]).max() < 1e-3


def test_hand_worked_looks() -> None:
    looks = {name: values.tolist() for name, values in looks_of(picture(WHITE, BLACK, WHITE, BLACK)).items()}
    assert looks == {
        "brightness": [pytest.approx(50, abs=1e-3)],
        "contrast": [pytest.approx(50, abs=1e-3)],
        "saturation": [pytest.approx(0, abs=1e-3)],
        "warmth": [pytest.approx(0, abs=1e-3)],
    }
    red = looks_of(picture(RED))
    assert red["saturation"] == pytest.approx([np.hypot(80.09, 67.20)], abs=0.01)
    assert red["contrast"] == pytest.approx([0], abs=1e-3)


def test_yellow_is_warm_and_blue_is_cold() -> None:
    assert looks_of(picture(YELLOW))["warmth"][0] > 90
    assert looks_of(picture(BLUE))["warmth"][0] < -100


def test_pixels_count_as_much_as_they_are_opaque() -> None:
    pictures = picture(WHITE, BLACK)
    looks = looks_of(pictures, np.array([[[0.75, 0.25]]], dtype=np.float32))
    assert looks["brightness"] == pytest.approx([75], abs=1e-3)
    assert looks["contrast"] == pytest.approx([np.sqrt(0.75 * 25**2 + 0.25 * 75**2)], abs=1e-3)
    hidden = looks_of(pictures, np.array([[[0, 1]]], dtype=np.float32))
    assert hidden["brightness"] == pytest.approx([0], abs=1e-3)


def test_only_a_picture_without_anything_opaque_has_no_looks() -> None:
    pictures = np.concatenate([picture(WHITE, RED), picture(WHITE, RED)])
    looks = looks_of(pictures, np.array([[[0, 0]], [[1, 0]]], dtype=np.float32))
    for values in looks.values():
        assert np.isnan(values[0])
        assert not np.isnan(values[1])


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=20))
def test_looks_stay_in_their_bounds_and_do_not_depend_on_where_pixels_stand(rgb: list[tuple[int, int, int]]) -> None:
    looks = looks_of(picture(*rgb))
    turned = looks_of(picture(*reversed(rgb)))
    assert -1e-3 <= looks["brightness"][0] <= 100.001
    assert -1e-3 <= looks["contrast"][0] <= 50.001
    assert looks["saturation"][0] + 1e-3 >= abs(looks["warmth"][0])
    for name, values in looks.items():
        assert values == pytest.approx(turned[name], abs=1e-3)

"""Effects images: what is transparent stays so, measures are what they are by hand, files are readable."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from toolkit.errors import SourceError
from toolkit.materials.effects import Effects, EffectsRequest, Images, cleaned, places_in_sequence
from toolkit.materials.effects_files import square, straight, write_loop
from toolkit.materials.image_measures import distances, frechet, precision_and_recall
from warehouse import Warehouse


def png(mode: str, size: tuple[int, int], colour: object) -> bytes:
    file = BytesIO()
    Image.new(mode, size, colour).save(file, format="PNG")  # type: ignore[arg-type]
    return file.getvalue()


def made_of(sequences: list[int], frames: np.ndarray | None = None) -> Images:
    """Images of some sequences, no two alike."""
    n = len(sequences)
    pixels = np.broadcast_to(np.arange(1, n + 1, dtype=np.float32)[:, None, None, None] / n, (n, 4, 4, 4)).copy()
    none = np.zeros(n, dtype=np.float32)
    return Images(pixels, np.array(sequences), none if frames is None else frames, tuple(f"s{s}" for s in sequences))


def test_the_frechet_distance_of_two_normal_distributions() -> None:
    # Means 3 apart along one axis; standard deviations 1 and 2 along the other.
    one = np.array([[0, -1], [0, 1]]) / np.sqrt([1, 2])
    other = np.array([[3, -2], [3, 2]]) / np.sqrt([1, 2])
    assert frechet(one, one) == pytest.approx(0, abs=1e-9)
    assert frechet(one, other) == pytest.approx(9 + (2 - 1) ** 2)


def test_precision_and_recall_of_the_same_and_of_what_is_far_away() -> None:
    points = np.random.default_rng(1).normal(size=(60, 3))
    assert precision_and_recall(points, points) == (1, 1)
    assert precision_and_recall(points, points + 100) == (0, 0)
    # What was made is all in one place among the real ones: near them, and they are not near it.
    precision, recall = precision_and_recall(points, points[:1] + 1e-3 * points)
    assert precision == 1
    assert recall < 0.2


def test_files_are_decoded_when_the_corpus_is_made_and_not_while_they_are_fetched(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO raw.images (image_key, name, sequence, frame, content) "
            "VALUES (1, 'a.png', 'a', 0, ?), (2, 'b.png', 'b', 0, 'torn'::BLOB)",
            [png("RGBA", (4, 4), (255, 0, 0, 255))],
        )
    with warehouse.reading() as con:
        rows = Effects().read(con)
    with pytest.raises(SourceError, match=r"b\.png"):
        Effects().corpus(rows, EffectsRequest())
    assert Effects().corpus(rows[:1], EffectsRequest()).pixels.shape == (1, 32, 32, 4)


def test_images_of_any_size_and_mode_become_squares() -> None:
    wide = square(png("RGBA", (40, 20), (255, 0, 0, 128)), 16, "wide.png")
    assert wide.shape == (16, 16, 4)
    assert (wide[:4] == 0).all()
    assert wide[8, 8] == pytest.approx([128 / 255, 0, 0, 128 / 255], abs=0.01)
    for mode, colour in (("RGB", (10, 20, 30)), ("L", 7), ("P", 3)):
        assert (square(png(mode, (16, 16), colour), 16, mode)[..., 3] == 1).all()
    with pytest.raises(SourceError, match=r"torn\.png"):
        square(png("RGB", (16, 16), 0)[:30], 16, "torn.png")


def test_what_cannot_be_seen_is_nothing_and_colours_come_back() -> None:
    faint = np.array([0.001, 0.001, 0.001, 0.003], dtype=np.float32)
    half = np.array([0.5, 0.25, 0, 0.5], dtype=np.float32)
    pixels = cleaned(np.stack([faint, half])[None, None], opaque=False)
    assert (pixels[0, 0, 0] == 0).all()
    assert straight(pixels)[0, 0, 1].tolist() == [255, 128, 0, 128]
    assert (cleaned(pixels, opaque=True)[..., 3] == 1).all()


def test_a_mirrored_copy_is_at_distance_0_and_something_else_is_not() -> None:
    image = np.random.default_rng(2).random((1, 8, 8, 4), dtype=np.float32)
    places, apart = distances(image[:, :, ::-1], np.concatenate([1 - image, image]))
    assert places.tolist() == [1]
    assert apart[0] == pytest.approx(0, abs=1e-3)
    assert distances(1 - image, image)[1][0] > 0.1


def test_frames_have_their_places_and_sequences_stay_together() -> None:
    sequences = np.repeat(np.arange(30), 3)
    frames = places_in_sequence(sequences, np.tile([1, 2, 9], 30))
    assert frames.tolist() == [0, 0.5, 1] * 30
    images = made_of(sequences.tolist(), frames)
    parts = Effects().parts(images)
    held = [set(sequences[part]) for part in (parts.train, parts.valid, parts.test)]
    assert sum(map(len, held)) == 30
    assert sorted(np.concatenate([parts.train, parts.valid, parts.test]).tolist()) == list(range(90))


@pytest.mark.parametrize("seed", range(6))
def test_one_long_animation_among_stills_is_learnt_from_and_some_stills_are_held_out(seed: int) -> None:
    lengths = np.random.default_rng(seed).permutation([64, *[1] * 9])
    parts = Effects().parts(made_of(np.repeat(np.arange(10), lengths).tolist()))
    assert len(parts.train) >= 64
    assert len(parts.valid) >= 1
    assert len(parts.test) >= 1


@given(st.lists(st.integers(1, 70), min_size=10, max_size=30))
def test_most_is_learnt_from_and_something_held_out_whatever_the_lengths(lengths: list[int]) -> None:
    parts = Effects().parts(made_of(np.repeat(np.arange(len(lengths)), lengths).tolist()))
    assert len(parts.train) == max(len(parts.train), len(parts.valid), len(parts.test))
    assert len(parts.valid)
    assert len(parts.test)


def test_an_image_that_many_sequences_have_is_in_one_part() -> None:
    sequences = np.repeat(np.arange(40), 3)
    images = made_of(sequences.tolist())
    images.pixels[2::3] = 0  # all end with a blank frame
    parts = Effects().parts(images)
    blank = [np.intersect1d(part, np.arange(2, 120, 3)).size for part in (parts.train, parts.valid, parts.test)]
    assert blank == [40, 0, 0]
    assert 12 <= len(parts.test) <= 20


def test_files_of_one_name_in_two_loads_are_two_sequences(warehouse: Warehouse) -> None:
    names = ["boom0.png", "boom1.png", "spark.png"] * 2
    with warehouse.writing() as con:
        for place, name in enumerate(names):
            content = png("RGBA", (16, 16), (40 * place, 0, 0, 255))
            frame = int(name[4]) if name.startswith("boom") else 0
            con.execute(
                "INSERT INTO raw.images (image_key, name, sequence, frame, width, height, mode, content, sha256, load) "
                "VALUES (?, ?, ?, ?, 16, 16, 'RGBA', ?, ?, ?)",
                [place + 1, name, name[:4], frame, content, str(place), 1 + place // 3],
            )
    with warehouse.reading() as con:
        images = Effects().corpus(Effects().read(con), EffectsRequest())
    assert len(set(images.sequences[[0, 2, 3, 5]].tolist())) == 4
    assert images.sequences[0] == images.sequences[1]
    assert images.frames.tolist() == [0, 1, 0, 0, 1, 0]


def test_loops_are_files_that_others_read(tmp_path: Path) -> None:
    rgba = np.zeros((5, 8, 8, 4), dtype=np.uint8)
    for frame in range(5):
        rgba[frame, frame, :, :] = (255, 40 * frame, 0, 255)
    write_loop(rgba, tmp_path / "loop")
    for ending in ("png", "gif"):
        with Image.open(tmp_path / f"loop.{ending}") as image:
            assert (image.n_frames, image.info["loop"]) == (5, 0)

"""The drawn clip: its frames show the edit that is promised, and a file is written whole or not at all."""

from __future__ import annotations

import builtins
from pathlib import Path

import numpy as np
import pytest

from toolkit import simulated_clip
from toolkit.errors import CinekitError, ModelError, UsageError
from toolkit.simulated_clip import EDIT, FLASH, FRAME_RATE, HEIGHT, WIDTH, ClipTruth, clip_truth, draw_clip, draw_frames


@pytest.fixture(scope="module")
def truth() -> ClipTruth:
    return clip_truth(7)


@pytest.fixture(scope="module")
def frames(truth: ClipTruth) -> np.ndarray:
    return np.stack(list(draw_frames(truth, 7)))


def far(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first.astype(np.int16) - second).mean())


@pytest.mark.parametrize("seed", range(25))
def test_the_edit_of_every_seed_is_whole(seed: int) -> None:
    truth = clip_truth(seed)
    assert 20 < truth.frames / FRAME_RATE < 30
    assert [transition.kind for transition in truth.transitions] == [kind for _, _, kind in EDIT[1:]]
    assert [transition.frames > 0 for transition in truth.transitions] == [kind != "cut" for _, _, kind in EDIT[1:]]
    assert truth.shots[0][0] == 0
    assert truth.shots[-1][1] == truth.frames
    assert all(until - first > 36 for first, until in truth.shots)
    inside = [first + 12 < truth.flash and truth.flash + FLASH + 12 < until for first, until in truth.shots]
    assert inside.count(True) == 1


def test_seeds_move_the_cuts() -> None:
    assert clip_truth(3) == clip_truth(3)
    assert len({clip_truth(seed).transitions for seed in range(10)}) == 10


def test_frames_jump_at_cuts_and_at_the_flash_and_nowhere_else(truth: ClipTruth, frames: np.ndarray) -> None:
    assert frames.shape == (truth.frames, HEIGHT, WIDTH, 3)
    assert frames.dtype == np.uint8
    jumps = {at for at in range(1, truth.frames) if far(frames[at - 1], frames[at]) > 15}
    cuts = {transition.frame for transition in truth.transitions if transition.kind == "cut"}
    flash = set(range(truth.flash, truth.flash + FLASH + 1))
    assert jumps == cuts | flash
    assert far(frames[truth.flash - 1], frames[truth.flash + FLASH]) < 8  # the shot goes on


def test_the_dissolve_is_a_mixture_that_is_even_in_its_middle(truth: ClipTruth, frames: np.ndarray) -> None:
    dissolve = next(transition for transition in truth.transitions if transition.kind == "dissolve")
    before, after = (frames[dissolve.frame + side * dissolve.frames // 2].astype(float) for side in (-1, 1))
    shares = [
        float(np.vdot(frames[at] - before, after - before) / np.vdot(after - before, after - before))
        for at in (dissolve.frame - 5, dissolve.frame, dissolve.frame + 5)
    ]
    assert shares == pytest.approx([0.275, 0.525, 0.775], abs=0.08)


def test_the_fade_is_black_in_its_middle_and_gone_at_its_ends(truth: ClipTruth, frames: np.ndarray) -> None:
    fade = next(transition for transition in truth.transitions if transition.kind == "fade")
    light = frames.mean(axis=(1, 2, 3))
    assert light[fade.frame - 2 : fade.frame + 2].max() < 3
    first, until = fade.frame - fade.frames // 2, fade.frame + fade.frames // 2
    assert light[first] == pytest.approx(light[first - 1], rel=0.06)
    assert light[until - 1] == pytest.approx(light[until], rel=0.06)
    assert (np.diff(light[first : fade.frame - 2]) < 0).all()
    assert (np.diff(light[fade.frame + 2 : until]) > 0).all()


def test_the_night_is_darker_and_colder_than_the_days(truth: ClipTruth, frames: np.ndarray) -> None:
    middles = frames[[(first + until) // 2 for first, until in truth.shots]].mean(axis=(1, 2))
    light, warmth = middles.mean(axis=1), middles[:, 0] - middles[:, 2]
    night = np.array([picture in ("booth", "street") for picture, _, _ in EDIT])
    assert light[night].max() < light[~night].min()
    assert warmth[night].max() < warmth[~night].mean()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["clip.mkv", "clip.MP4"])
def test_the_file_holds_the_frames(tmp_path: Path, truth: ClipTruth, frames: np.ndarray, name: str) -> None:
    av = pytest.importorskip("av")
    assert draw_clip(tmp_path / name, 7) == truth
    with av.open(tmp_path / name) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (WIDTH, HEIGHT, FRAME_RATE)
        decoded = list(container.decode(stream))
    assert len(decoded) == truth.frames
    assert max(far(decoded[at].to_ndarray(format="rgb24"), frames[at]) for at in range(0, truth.frames, 16)) < 8


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("av")
    for name in ("clip.mkv", "again.mkv"):
        draw_clip(tmp_path / name, 7)
    assert (tmp_path / "again.mkv").read_bytes() == (tmp_path / "clip.mkv").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mkv", "again.mkv"}


@pytest.mark.parametrize("name", ["clip.avi", "clip", "gone/clip.mkv"])
def test_a_name_that_cannot_be_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"; (give a name that ends with .mkv or .mp4|make it, or name another)$"):
        draw_clip(tmp_path / name, 7)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("av")
    (tmp_path / "clip.mkv").write_text("old")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(simulated_clip, "_encode", stop)
    with pytest.raises(KeyboardInterrupt):
        draw_clip(tmp_path / "clip.mkv", 7)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mkv"]
    assert (tmp_path / "clip.mkv").read_text() == "old"


def test_a_place_that_cannot_be_written_to_is_named_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("av")
    (tmp_path / "clip.mkv").mkdir()
    with pytest.raises(CinekitError, match=r"^cannot write .*clip\.mkv: Is a directory; make room or name another$"):
        draw_clip(tmp_path / "clip.mkv", 7)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mkv"]


def test_without_pyav_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "av":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModelError, match=r"pip install 'cinekit\[video\]'$"):
        draw_clip(tmp_path / "clip.mkv", 7)

"""Frames of videos: their times and sizes, and files that are no videos, torn or damaged."""

from __future__ import annotations

import builtins
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from plugins.analyze.frames import HEIGHT, WIDTH, Frame, open_video
from tests.plugins.analyze.drawn_video import cut, shot, write_sound, write_video
from toolkit.errors import ModelError, SourceError


def read(file: Path) -> list[Frame]:
    return list(open_video(file).frames)


def refusal(file: Path, content: bytes | None = None) -> str:
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read(file)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(file.name)
    return str(caught.value)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("clip") / "clip.mkv", cut(shot(1, 100), shot(2, 50)))


@pytest.fixture
def content(clip: Path) -> bytes:
    return clip.read_bytes()


def test_frames_come_in_order_with_their_times_and_sizes(clip: Path) -> None:
    opened = open_video(clip)
    frames = list(opened.frames)
    assert opened.expected == len(frames) == 150
    assert [frame.number for frame in frames] == list(range(150))
    assert [frame.time for frame in frames] == pytest.approx([number / 25 for number in range(150)])
    assert frames[0].size == (WIDTH * 4, HEIGHT * 4)


def test_small_frames_are_about_the_means_of_what_they_stand_for(clip: Path) -> None:
    frame = next(open_video(clip).frames)
    assert frame.small.shape == (HEIGHT, WIDTH, 3)
    assert frame.small.dtype == np.uint8
    means = frame.picture(10_000).reshape(HEIGHT, 4, WIDTH, 4, 3).mean(axis=(1, 3))
    # The filter reaches a little into the pixels beside it.
    assert np.abs(frame.small - means).mean() < 6
    assert frame.small.mean() == pytest.approx(means.mean(), abs=1)


def test_times_of_a_variable_rate_are_those_of_the_file_from_the_first_frame_on(tmp_path: Path) -> None:
    steps = np.random.default_rng(0).integers(20, 90, 39)
    times = [500, *(500 + np.cumsum(steps)).tolist()]
    file = write_video(tmp_path / "uneven.mkv", cut(shot(1, 40)), times)
    assert [frame.time for frame in read(file)] == pytest.approx([(time - 500) / 1000 for time in times], abs=0.0011)


@pytest.mark.parametrize(("width", "size"), [(64, (36, 64)), (10_000, (72, 128))])
def test_a_picture_is_at_most_so_wide_and_as_large_as_the_video(clip: Path, width: int, size: tuple[int, int]) -> None:
    frame = next(open_video(clip).frames)
    picture = frame.picture(width)
    assert picture.shape == (*size, 3)
    assert picture.mean(axis=(0, 1)) == pytest.approx(frame.small.mean(axis=(0, 1)), abs=2)


def test_a_video_of_one_frame_has_one(tmp_path: Path) -> None:
    (frame,) = read(write_video(tmp_path / "one.mkv", cut(shot(1, 1))))
    assert (frame.number, frame.time) == (0, 0.0)


def test_a_file_that_is_torn_says_where_it_breaks_off(tmp_path: Path, content: bytes) -> None:
    message = refusal(tmp_path / "torn.mkv", content[: int(len(content) * 0.6)])
    assert "breaks off at 0:0" in message
    assert "of 6.0 s" in message


def test_a_torn_file_gives_the_frames_before_the_tear(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "torn.mkv"
    file.write_bytes(content[: int(len(content) * 0.6)])
    frames = open_video(file).frames
    assert sum(1 for _ in zip(range(50), frames, strict=False)) == 50


def test_bytes_that_are_damaged_say_where(tmp_path: Path, content: bytes) -> None:
    middle = len(content) // 2
    noise = np.random.default_rng(0).bytes(5000)
    message = refusal(tmp_path / "damaged.mkv", content[:middle] + noise + content[middle + 5000 :])
    assert "at 0:0" in message


@pytest.mark.slow
def test_a_hole_in_the_middle_of_a_real_file_is_told(tmp_path: Path, real_data: Path) -> None:
    whole = (real_data / "video/popeye/data/popeye/mkv/vob/Title T00-1.mkv").read_bytes()
    torn = whole[:100_000] + bytes(4000) + whole[104_000:]
    assert "has no frames for 8.0 s at 0:22.7" in refusal(tmp_path / "hole.mkv", torn)


def test_a_picture_that_stands_for_long_is_no_hole(tmp_path: Path) -> None:
    times = [*range(0, 2000, 100), *range(9000, 11000, 100)]
    assert len(read(write_video(tmp_path / "still.mkv", cut(shot(1, 40)), times))) == 40


def test_an_mp4_without_its_index_is_refused(tmp_path: Path) -> None:
    file = write_video(tmp_path / "clip.mp4", cut(shot(1, 60)))
    assert "its beginning is torn" in refusal(tmp_path / "torn.mp4", file.read_bytes()[:-2000])


def test_what_names_other_files_is_no_video(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.mkv").write_bytes(content)
    lists = {
        "list.ffconcat": b"ffconcat version 1.0\nfile other.mkv\n",
        "list.m3u8": b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nother.mkv\n#EXT-X-ENDLIST\n",
        "play.txt": b"INT. KITCHEN - DAY\n\nHe waits.\n" * 50,
    }
    for name, text in lists.items():
        assert "no video" in refusal(tmp_path / name, text)


def test_a_name_is_a_name_and_no_address(tmp_path: Path, content: bytes) -> None:
    for name in ("concat:a|b.mkv", "data:x.mkv", "50% #1?.mkv"):
        (tmp_path / name).write_bytes(content)
        assert next(open_video(tmp_path / name).frames).number == 0


def test_text_an_empty_file_and_a_zip_are_no_video(tmp_path: Path) -> None:
    assert "is no video" in refusal(tmp_path / "text.mkv", b"INT. KITCHEN - DAY\n" * 50)
    assert "is no video" in refusal(tmp_path / "empty.mkv", b"")
    assert "is no video" in refusal(tmp_path / "zip.mp4", b"PK\x03\x04" + bytes(1000))


@pytest.mark.parametrize("name", ["sound.wav", "sound.mkv"])
def test_sound_alone_holds_no_video(tmp_path: Path, name: str) -> None:
    assert "holds no video" in refusal(write_sound(tmp_path / name))


def test_the_cover_of_music_is_no_video(tmp_path: Path) -> None:
    """An ID3 tag with a picture before two frames of silent MPEG audio."""
    Image.fromarray(cut(shot(1, 1))[0]).save(tmp_path / "cover.png")
    picture = b"\0image/png\0\x03\0" + (tmp_path / "cover.png").read_bytes()
    frame = b"APIC" + len(picture).to_bytes(4, "big") + b"\0\0" + picture
    size = len(frame)
    length = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    silence = (b"\xff\xfb\x90\x64" + bytes(413)) * 40
    file = tmp_path / "song.mp3"
    file.write_bytes(b"ID3\x03\0\0" + length + frame + silence)
    with av.open(str(file)) as container:
        assert len(container.streams.video) == 1
    assert "holds no video" in refusal(file)


def test_without_pyav_it_says_what_to_install(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "av":
            raise ModuleNotFoundError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModelError, match=r"cinekit\[video\]"):
        open_video(clip)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("encoding", ["pgs", "vob"])
def test_real_files_that_are_torn_are_refused(tmp_path: Path, real_data: Path, encoding: str, share: float) -> None:
    source = real_data / "video" / "popeye" / "data" / "popeye" / "mkv" / encoding / "Title T00-1.mkv"
    if not source.is_file():
        pytest.skip(f"there is no {source}")
    file = tmp_path / "torn.mkv"
    shutil.copyfile(source, file)
    with file.open("r+b") as opened:
        opened.truncate(int(source.stat().st_size * share))
    assert "breaks off at" in refusal(file)

"""Videos: from the file to rows in the warehouse, key frames, and what settings change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from plugins.analyze.frames import open_video
from plugins.analyze.shot_boundaries import BoundaryFinder
from plugins.analyze.video import Video
from tests.plugins.analyze.drawn_video import cut, plain, shot, write_video
from toolkit.analyzing import AnalyzeRequest, analyze
from toolkit.document import Document, Workspace
from toolkit.errors import SourceError
from toolkit.host import Host
from toolkit.simulated_clip import ClipTruth, clip_truth, draw_clip
from toolkit.simulated_script import draw_subtitles
from warehouse import Warehouse

SEED = 5


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("clip") / "trailer.mkv"
    draw_clip(file, SEED)
    return file


@pytest.fixture(scope="module")
def truth() -> ClipTruth:
    return clip_truth(SEED)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four shots of 2, 1, 2 and 1 seconds; the third looks like the first, the last like none."""
    film = cut(shot(1, 50), shot(2, 25), shot(1, 50), shot(9, 25, 200, 255))
    return write_video(tmp_path_factory.mktemp("short") / "short.mkv", film)


def analyzed(file: Path, folder: Path, **settings: Any) -> dict[str, pl.DataFrame]:
    folder.mkdir(exist_ok=True)
    return dict(Video(**settings).analyze(Document(file), Workspace(folder)))


def taken_in(warehouse: Warehouse, name: str, file: Path, **settings: Any) -> list[str]:
    done = analyze(warehouse, Host(), name, settings, AnalyzeRequest(title="The Trailer (2025)"), [file])
    assert not done.failed
    return done.runs


def asked(warehouse: Warehouse, sql: str) -> pl.DataFrame:
    with warehouse.reading() as con:
        return con.sql(sql).pl()


# From the file to the warehouse


def test_a_clip_lands_in_the_warehouse_with_shots_key_frames_palettes_and_cues(
    warehouse: Warehouse, clip: Path, truth: ClipTruth, tmp_path: Path
) -> None:
    (run,) = taken_in(warehouse, "video", clip, sheet=True)
    shots = asked(warehouse, "SELECT * FROM shots ORDER BY shot")
    assert shots["title"].unique().to_list() == ["The Trailer"]
    assert shots["opened_by"].to_list() == ["start", *(one.kind for one in truth.transitions)]
    true_first = np.array([first for first, _ in truth.shots])
    assert np.abs(shots["first_frame"].to_numpy() - true_first).max() <= 2
    assert shots["scene"].to_list() == sorted(shots["scene"].to_list())

    (video,) = asked(warehouse, "SELECT * FROM videos").iter_rows(named=True)
    assert (video["width"], video["height"], video["frames"]) == (truth.width, truth.height, truth.frames)
    assert (video["shots"], video["scenes"]) == (shots.height, shots["scene"].max())
    assert (video["cuts"], video["fades"], video["dissolves"]) == tuple(
        sum(one.kind == kind for one in truth.transitions) for kind in ("cut", "fade", "dissolve")
    )

    shares = asked(warehouse, "SELECT shot, sum(share) AS whole, count(*) AS n FROM palettes GROUP BY shot")
    assert shares.height == shots.height
    assert shares["whole"].to_list() == pytest.approx([1.0] * shots.height)
    assert shares["n"].max() <= 5

    folder = warehouse.artifacts.folder / run
    names = [*shots["key_frame_file"].to_list(), "sheet.png"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    recorded = asked(warehouse, "SELECT path FROM meta.artifacts")["path"].to_list()
    assert sorted(Path(path).name for path in recorded) == sorted(names)
    for name in shots["key_frame_file"]:
        with Image.open(folder / name) as picture:
            assert (picture.format, picture.size) == ("PNG", (320, 180))
    with Image.open(folder / "sheet.png") as sheet:
        assert sheet.width > 3 * 240

    subtitles = tmp_path / "trailer.srt"
    subtitles.write_text(draw_subtitles(SEED), encoding="utf-8")
    taken_in(warehouse, "subtitles", subtitles)
    cues = asked(warehouse, "SELECT starts_at, video, shot FROM cues ORDER BY cue")
    assert cues["video"].unique().to_list() == [clip.name]
    seconds = [first / truth.frame_rate for first, _ in truth.shots]
    assert cues["shot"].to_list() == np.searchsorted(seconds, cues["starts_at"].to_list(), side="right").tolist()


def test_what_people_see_runs_and_has_the_columns_it_names(warehouse: Warehouse, short: Path) -> None:
    runs = taken_in(warehouse, "video", short, key_width=0)
    for shown in Video.shows:
        with warehouse.reading() as con:
            rows = con.sql(shown.sql, params={"runs": runs}).pl()
        assert rows["document"].unique().to_list() == ["short.mkv"]
        assert set(shown.columns) | set(shown.bars) <= set(rows.columns)


def test_one_that_is_torn_fails_and_the_others_are_analysed(warehouse: Warehouse, short: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(short.read_bytes()[: int(short.stat().st_size * 0.6)])
    done = analyze(warehouse, Host(), "video", {}, AnalyzeRequest(), [torn, short])
    assert done.documents == 1
    assert [Path(path).name for path in done.failed] == ["torn.mkv"]
    assert asked(warehouse, "SELECT document FROM videos")["document"].to_list() == ["short.mkv"]
    failed = asked(warehouse, "SELECT run FROM meta.runs WHERE status = 'failed'")["run"].to_list()
    assert len(failed) == 1
    assert not (warehouse.artifacts.folder / failed[0]).exists()


# Rows


def test_shots_follow_each_other_and_add_up_to_the_video(short: Path, tmp_path: Path) -> None:
    frames = analyzed(short, tmp_path)
    shots, (video,) = frames["results.shots"], frames["results.videos"].iter_rows(named=True)
    assert shots["first_frame"].to_list() == [0, 50, 75, 125]
    assert shots["last_frame"].to_list() == [49, 74, 124, 149]
    assert shots["seconds"].to_list() == pytest.approx([2, 1, 2, 1])
    assert shots["ends_at"].to_list() == pytest.approx([2, 3, 5, 6])
    assert shots["scene"].to_list() == [1, 1, 1, 2]
    assert shots["confidence"].to_list()[0] is None
    assert shots["opened_frames"].to_list() == [0, 0, 0, 0]
    expected = {
        "frames": 150, "seconds": 6.0, "frame_rate": 25.0, "variable_rate": False, "cuts": 3, "shots": 4, "scenes": 2,
        "average_shot_length": 1.5, "median_shot_length": 1.5, "shot_length_deviation": 0.5, "cuts_per_minute": 30.0,
        "rhythm": -1.0,
    }  # fmt: skip
    assert {name: video[name] for name in expected} == pytest.approx(expected)
    weighted = (shots["brightness"] * pl.Series([50, 25, 50, 25])).sum() / 150
    assert video["brightness"] == pytest.approx(weighted)


def test_frames_have_the_columns_and_types_of_their_tables(short: Path, tmp_path: Path, warehouse: Warehouse) -> None:
    names = {"INTEGER": pl.Int32, "DOUBLE": pl.Float64, "VARCHAR": pl.String, "BOOLEAN": pl.Boolean}
    for table, frame in analyzed(short, tmp_path).items():
        columns = asked(warehouse, f"SELECT column_name, column_type FROM (DESCRIBE {table})").rows()
        expected = {name: names[kind] for name, kind in columns if name not in ("run", "document_key")}
        assert dict(frame.schema) == expected


def test_uneven_times_are_marked_and_shots_have_the_files_own(tmp_path: Path) -> None:
    steps = np.random.default_rng(0).choice([33, 42, 50, 83], 79)
    times = [0, *np.cumsum(steps).tolist()]
    file = write_video(tmp_path / "uneven.mkv", cut(shot(1, 40), shot(2, 40)), times)
    frames = analyzed(file, tmp_path / "kept")
    assert frames["results.videos"]["variable_rate"].item() is True
    assert frames["results.shots"]["starts_at"].to_list() == pytest.approx([0, times[40] / 1000], abs=0.002)


def test_motion_is_that_within_shots_and_a_still_picture_has_none(tmp_path: Path) -> None:
    still = np.repeat(cut(shot(1, 1), shot(2, 1)), 40, axis=0)
    moving = cut(shot(1, 80, moving=0.3))
    shots = analyzed(write_video(tmp_path / "still.mkv", still), tmp_path / "a")["results.shots"]
    assert shots.height == 2
    assert shots["motion"].max() < 0.1
    assert (
        analyzed(write_video(tmp_path / "moving.mkv", moving), tmp_path / "b")["results.videos"]["motion"].item() > 0.4
    )


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_a_video_of_a_few_frames_is_one_shot(tmp_path: Path, frames: int) -> None:
    results = analyzed(write_video(tmp_path / "few.mkv", cut(shot(1, frames))), tmp_path / "kept")
    assert results["results.shots"]["last_frame"].to_list() == [frames - 1]
    (video,) = results["results.videos"].iter_rows(named=True)
    assert (video["frames"], video["shots"], video["rhythm"]) == (frames, 1, None)
    assert all(value == value for value in video.values())  # noqa: PLR0124  NaN is not itself


def test_a_black_video_is_one_black_shot(tmp_path: Path) -> None:
    results = analyzed(write_video(tmp_path / "black.mkv", cut(plain(0, 30))), tmp_path / "kept")
    assert results["results.shots"]["brightness"].to_list() == pytest.approx([0], abs=1)
    assert results["results.palettes"]["share"].to_list() == [1.0]


def test_the_same_seed_gives_the_same_rows(short: Path, tmp_path: Path) -> None:
    first, second = (analyzed(short, tmp_path / name) for name in ("a", "b"))
    for table, frame in first.items():
        assert frame.equals(second[table])


def test_progress_counts_every_frame(short: Path, tmp_path: Path) -> None:
    steps: list[int] = []
    whole: list[int] = []
    Video().analyze(Document(short), Workspace(tmp_path, advance=steps.append, steps=whole.append))
    assert whole == [150]
    assert sum(steps) == 150


# Settings


def test_without_key_frames_colours_and_faces_there_are_none(short: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    frames = analyzed(short, folder, key_width=0, colours=0, sheet=True)
    shots = frames["results.shots"]
    empty = ("faces", "face_height", "shot_scale", "key_frame", "key_frame_file")
    assert all(shots[name].null_count() == shots.height for name in empty)
    assert frames["results.palettes"].is_empty()
    assert list(folder.iterdir()) == []


def test_key_frames_lie_near_the_middle_of_their_shots_and_are_as_wide_as_asked(short: Path, tmp_path: Path) -> None:
    shots = analyzed(short, tmp_path, key_width=64)["results.shots"]
    middles = (shots["first_frame"] + shots["last_frame"]).to_numpy() / 2
    assert np.abs(shots["key_frame"].to_numpy() - middles).max() <= 4.5
    drawn = cut(shot(1, 50), shot(2, 25), shot(1, 50), shot(9, 25, 200, 255))
    for file, number in shots.select("key_frame_file", "key_frame").iter_rows():
        with Image.open(tmp_path / file) as picture:
            assert picture.size == (64, 36)
            means = np.asarray(picture).mean(axis=(0, 1))
        assert means == pytest.approx(drawn[number].mean(axis=(0, 1)), abs=3)


def test_thresholds_and_the_window_of_scenes_are_settings(short: Path, tmp_path: Path) -> None:
    assert analyzed(short, tmp_path, cut=1000.0)["results.shots"].height == 1
    assert analyzed(short, tmp_path, window=0.5)["results.shots"]["scene"].to_list() == [1, 2, 3, 4]
    assert analyzed(short, tmp_path, alike=1000.0)["results.shots"]["scene"].to_list() == [1, 1, 1, 1]


def test_a_file_without_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.mkv").write_text("not a film")
    with pytest.raises(SourceError, match="is no video"):
        analyzed(tmp_path / "notes.mkv", tmp_path)


# Long, and real


PEAK = """
import sys
from pathlib import Path
from plugins.analyze.video import Video
from toolkit.document import Document, Workspace
Video().analyze(Document(Path(sys.argv[1])), Workspace(Path(sys.argv[2])))
line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(line.split()[1]) / 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_memory_is_flat_whatever_the_length(tmp_path: Path) -> None:
    lengths = np.random.default_rng(0).integers(40, 160, 25)
    parts = [shot(number, int(length)) for number, length in enumerate(lengths)]
    peaks = []
    for times in (1, 3):
        file = write_video(tmp_path / f"{times}.mkv", cut(*(parts * times)), scale=10)
        (folder := tmp_path / f"kept{times}").mkdir()
        command = [sys.executable, "-c", PEAK, str(file), str(folder)]
        root = Path(__file__).parents[3]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
        peaks.append(float(done.stdout))
    assert peaks[1] < peaks[0] + 20


def cuts_of(file: Path) -> list[int]:
    finder = BoundaryFinder()
    found = finder.add(np.stack([frame.small for frame in open_video(file).frames])) + finder.finish()
    return [one.frame for one in found if one.kind == "cut"]


@pytest.mark.slow
@pytest.mark.parametrize("title", ["T01-2", "T02-3", "T03-4"])
def test_two_encodings_of_a_real_clip_have_the_same_cuts(real_data: Path, title: str) -> None:
    folder = real_data / "video" / "popeye" / "data" / "popeye" / "mkv"
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}")
    film, broadcast = (np.array(cuts_of(folder / name / f"Title {title}.mkv")) for name in ("pgs", "vob"))
    assert len(film) == len(broadcast) > 2
    assert np.abs(1.25 * film - broadcast).max() <= 3

"""`cinekit generate` as people meet it: what it makes, what it refuses, what SQL finds afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from toolkit.materials.music_files import write_midi
from toolkit.testing.made_music import pieces_of
from warehouse import Warehouse
from warehouse.loads import load
from warehouse.sources.music import read_midi

from .conftest import Run

pytestmark = pytest.mark.slow

ADJECTIVES = ("Red", "Lost", "Last", "Long", "Dark", "Cold", "High", "Wild", "Blue", "Lone", "Silent", "Broken")
NOUNS = ("River", "Night", "Island", "Garden", "Winter", "Station", "Letter", "Summer", "Hunter", "Mountain")
TINY = ("--units", "8", "--epochs", "2")


@pytest.fixture(scope="session")
def titles_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("titles")
    lines = ["title_id,title,year,genres"]
    for a, first in enumerate(ADJECTIVES):
        for b, last in enumerate(NOUNS):
            lines.append(f"{a}-{b},The {first} {last},{1960 + 5 * a},{'Horror' if a % 2 else 'Comedy'}")
    (folder / "titles.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    load(Warehouse.open(folder / "cinekit.duckdb"), "titles", folder / "titles.csv")
    return folder / "cinekit.duckdb"


@pytest.fixture
def titled(run: Run, tmp_path: Path, titles_file: Path) -> Run:
    """Run a command in a folder whose warehouse holds 120 titles."""
    shutil.copy(titles_file, tmp_path / "cinekit.duckdb")
    return run


def rows(run: Run, sql: str) -> list[dict[str, object]]:
    return json.loads(run("sql", sql, "--format", "json").out)  # type: ignore[no-any-return]


def test_titles_on_a_terminal_and_in_sql(titled: Run) -> None:
    done = titled("generate", "titles", "--model", "ngram", "--genre", "Horror", "--count", "6", "--temperature", "0.9")
    assert done.code == 0, done.err
    assert "titles-ngram: fitted on" in done.err
    assert "bits per character on" in done.err
    assert "made 6 of 6" in done.err
    found = rows(titled, "SELECT makes, model, content, distance FROM generations ORDER BY sample")
    assert [(row["makes"], row["model"]) for row in found] == [("titles", "titles-ngram")] * 6
    assert all(str(row["content"]) in done.out for row in found)
    loaded = {row["name"] for row in rows(titled, "SELECT name FROM raw.titles")}
    assert all(float(str(row["distance"])) > 0 for row in found)
    assert len(loaded) == 120


def test_programs_get_json_alone(titled: Run) -> None:
    done = titled("generate", "titles-ngram", "--order", "3", "--count", "3", "--format", "json")
    assert len(json.loads(done.out)) == 3


def test_generators_are_compared_in_one_table(titled: Run) -> None:
    done = titled("evaluate", "generate", "titles", "ngram", "--samples", "60")
    assert done.code == 0, done.err
    assert "titles-ngram" in done.out
    assert "bits_per_character" in done.out
    metrics = rows(titled, "SELECT DISTINCT verb, task FROM metrics")
    assert metrics == [{"verb": "generate", "task": "titles"}]
    assert titled("generate", "titles", "--count", "2").err.startswith(
        "titles-ngram: the best of those judged on these titles"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("titles", "--count", "0"), 2, "count"),
        (("titles", "--genre", "Horor"), 2, "Horror"),
        (("titles", "--decade", "1850s"), 2, "1850"),
        (("titles", "--model", "nrgam"), 2, "ngram"),
        (("titels",), 2, "titles"),
        (("titles", "--model", "ngram", "--between", "A", "--between", "B"), 2, "interpolate"),
        (("titles", "--temperature", "0"), 2, "temperature"),
        (("script",), 1, "cinekit load scripts"),
        (("effects",), 1, "cinekit load images"),
        (("music",), 1, "cinekit load music"),
        (("effects", "--size", "5000"), 2, "size"),
    ],
)
def test_wrong_use_is_one_line_and_leaves_nothing(
    titled: Run, tmp_path: Path, arguments: tuple[str, ...], code: int, line: str
) -> None:
    done = titled("generate", *arguments)
    assert (done.code, done.out) == (code, "")
    assert line in done.err
    assert len(done.err.strip().splitlines()) == 1, done.err
    assert rows(titled, "SELECT * FROM runs WHERE verb <> 'load' AND status = 'done'") == []
    assert not (tmp_path / "cinekit.duckdb.files").exists()


def test_three_titles_are_too_few(run: Run, tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("title,year\nAlien,1979\nHeat,1995\nCasino,1995\n")
    assert run("load", "titles", "few.csv").code == 0
    done = run("generate", "titles")
    assert done.code == 1
    assert "only 3 of the" in done.err
    done = run("generate", "metadata")
    assert done.code == 1
    assert "only 3 of the" in done.err


def test_without_a_warehouse_none_is_made(run: Run, tmp_path: Path) -> None:
    done = run("generate", "titles")
    assert done.code == 1
    assert "cinekit load" in done.err
    assert list(tmp_path.iterdir()) == []


def test_without_keras_the_extra_is_named_and_ngrams_still_work(titled: Run, tmp_path: Path) -> None:
    """In a process in which neither keras nor jax can be imported."""
    blocked = "import sys; sys.modules['keras'] = sys.modules['jax'] = None; import cli; cli.main()"

    def cinekit(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", blocked, *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=dict(os.environ))

    done = cinekit("generate", "titles", "--model", "gru", "--count", "2")
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install 'cinekit[generate]'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert cinekit("generate", "titles", "--model", "ngram", "--count", "2").returncode == 0
    assert rows(titled, "SELECT status FROM runs WHERE verb = 'fit' ORDER BY run") == [
        {"status": "failed"},
        {"status": "done"},
    ]


@pytest.mark.parametrize("name", ["broken.mid", "drums.mid"])
def test_a_midi_file_that_holds_no_notes_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    import mido

    if name == "broken.mid":
        (tmp_path / name).write_bytes(b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0MTrk\x00\x00\xff\xff\x00\x90")
    else:
        file = mido.MidiFile()
        track = mido.MidiTrack(
            [mido.Message("note_on", note=36, channel=9), mido.Message("note_off", note=36, time=9, channel=9)]
        )
        file.tracks.append(track)
        file.save(tmp_path / name)
    done = run("load", "music", name)
    assert (done.code, done.out) == (1, "")
    assert name in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_images_of_all_sizes_and_modes_are_learnt_from(run: Run, tmp_path: Path) -> None:
    from PIL import Image

    folder = tmp_path / "sprites"
    folder.mkdir()
    modes = ("RGBA", "RGB", "L", "P", "LA", "1")
    for number in range(36):
        size = (8 + number, 40 - number)
        image = Image.new("RGBA", size, (200, 5 * number, 50, 255)).convert(modes[number % len(modes)])
        image.save(folder / f"sprite {number // 4}+{number % 4}.png")
    assert run("load", "images", "sprites").code == 0
    done = run("generate", "effects-vae", *TINY_EFFECTS, "--count", "3", "--sheet")
    assert done.code == 0, done.err
    found = rows(run, "SELECT file FROM generations WHERE makes = 'effects' ORDER BY sample")
    for row in found:
        with Image.open(tmp_path / "cinekit.duckdb.files" / str(row["file"])) as image:
            assert (image.mode, image.size) == ("RGBA", (32, 32))
    assert len(found) == 3
    assert list((tmp_path / "cinekit.duckdb.files").rglob("sheet.png"))


TINY_EFFECTS = ("--epochs", "1")


@pytest.fixture
def scores(run: Run, tmp_path: Path) -> Run:
    """Run a command in a folder whose warehouse holds twelve pieces of two voices, of which one.mid is a file too."""
    pieces = [[[60 + number + step % 3, 48 + number + 5 * (step % 2)] for step in range(8)] for number in range(12)]
    (tmp_path / "pieces.json").write_text(json.dumps(pieces), encoding="utf-8")
    assert run("load", "music", "pieces.json").code == 0
    notes = pieces_of(np.array(pieces[0], dtype=np.int16))
    write_midi(notes.chords[0], notes.held[0], 1, 100, (0,), tmp_path / "one.mid")
    return run


def test_music_between_two_pieces_is_written_as_midi(scores: Run, tmp_path: Path) -> None:
    done = scores(
        "generate", "music-vae", *TINY, "--interpolate", "one.mid", "pieces.json 12", "--count", "3", "--tempo", "80",
        "--instrument", "flute", "--instrument", "cello", "--bars", "2",
    )  # fmt: skip
    assert done.code == 0, done.err
    found = rows(scores, "SELECT file, wish, nearest FROM generations WHERE makes = 'music' ORDER BY sample")
    assert [row["wish"] for row in found] == ["25 % of the way", "50 % of the way", "75 % of the way"]
    for row in found:
        notes, tempo = read_midi(tmp_path / "cinekit.duckdb.files" / str(row["file"]))
        assert tempo == pytest.approx(80)
        assert set(notes["program"].to_list()) <= {73, 42}
        assert (notes["start_beat"] + notes["beats"]).max() <= 8  # type: ignore[operator]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("music", "--model", "gru", "--vary", "one.mid"), "music-vae"),
        (("music", "--interpolate", "one.mid"), "requires 2 arguments"),
        (("music", "--model", "vae", "--vary", "pieces.json 13"), "did you mean"),
        (("music", "--model", "vae", "--vary", "pieces.json"), "is no MIDI file"),
        (("music", "--instrument", "flut"), "flute"),
        (("music", "--bars", "0"), "bars"),
    ],
)
def test_wrong_wishes_of_music_are_one_line(scores: Run, arguments: tuple[str, ...], line: str) -> None:
    done = scores("generate", *arguments)
    assert (done.code, done.out) == (2, "")
    assert line in done.err
    assert len(done.err.strip().splitlines()) == 1, done.err
    assert rows(scores, "SELECT * FROM runs WHERE verb <> 'load'") == []


def test_an_empty_folder_is_a_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for source in ("scripts", "music", "images"):
        done = run("load", source, "empty")
        assert (done.code, done.out) == (1, "")
        assert len(done.err.strip().splitlines()) == 1

"""An export, made by hand, is loaded through the front door, and found again in tables and below recommendations."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

import cli
from toolkit.testing import SourceContract
from warehouse import Warehouse

FILES = {
    "profile.csv": "Date Joined,Username,Given Name\n2019-10-03,ann,Ann\n",
    "diary.csv": (
        "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n"
        '2024-01-11,Heat,1995,https://boxd.it/1,4.5,,"crime, cinema",2024-01-10\n'
        "2024-03-13,Heat,1995,https://boxd.it/2,5,Yes,,2024-03-12\n"
    ),
    "ratings.csv": (
        "Date,Name,Year,Letterboxd URI,Rating\n2024-03-13,Heat,1995,https://boxd.it/a,5\n"
        "2024-03-14,Alien,1979,https://boxd.it/b,many\n"
    ),
    "watched.csv": (
        "Date,Name,Year,Letterboxd URI\n2024-01-11,Heat,1995,https://boxd.it/a\n2020-05-01,Alien,1979,https://boxd.it/b\n"
    ),
    "watchlist.csv": "Date,Name,Year,Letterboxd URI\n2024-02-01,Casino,1995,https://boxd.it/c\n",
    "reviews.csv": (
        "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Review,Tags,Watched Date\n"
        '2024-03-13,Heat,1995,https://boxd.it/2,5,Yes,"Still\nthe best.",,2024-03-12\n'
    ),
    "deleted/diary.csv": "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n",
}
OTHERS = "viewer,title,rating\nbob,Casino (1995),5\nbob,Heat (1995),5\nbob,Alien (1979),4\ncid,Casino (1995),4\n"


class TestExport(SourceContract):
    source = "letterboxd"
    file = {**FILES, "ratings.csv": FILES["ratings.csv"].replace("many", "3.5")}


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The archive, in the folder in which commands run."""
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("export.zip", "w") as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)
    return tmp_path / "export.zip"


def test_an_export_is_loaded_once_with_what_is_refused(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["load", "letterboxd", str(export)]) == 0
    told = capsys.readouterr().err
    assert "refused 1: rating is not a number (first in export.zip: ratings, line 2)" in told
    house = Warehouse.open("cinekit.duckdb", create=False)
    assert house.query("SELECT viewer_id FROM raw.viewers").rows() == [("ann",)]
    assert house.query("SELECT name, year FROM raw.titles ORDER BY 1").rows() == [
        ("Alien", 1979), ("Casino", 1995), ("Heat", 1995)]  # fmt: skip
    assert house.query("SELECT count(*), count(watched_at) FROM raw.watches").rows() == [(3, 2)]
    assert house.query("SELECT rating FROM raw.ratings").rows() == [(5.0,)]
    assert house.query("SELECT tag FROM raw.tags ORDER BY 1").rows() == [("cinema",), ("crime",)]
    assert house.query("SELECT review, score FROM raw.reviews").rows() == [("Still\nthe best.", 5.0)]
    diary = "SELECT watched_on::VARCHAR, rating, rewatch, load FROM plugin_letterboxd.diary ORDER BY 1"
    assert house.query(diary).rows() == [("2024-01-10", 4.5, False, 1), ("2024-03-12", 5.0, True, 1)]
    assert cli.run(["load", "letterboxd", str(export)]) == 0
    assert "already loaded, as load 1" in capsys.readouterr().err
    assert house.query("SELECT count(*) FROM plugin_letterboxd.diary").item() == 2


def test_recommendations_say_what_is_on_the_watchlist(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("others.csv").write_text(OTHERS)
    assert cli.run(["load", "ratings", "others.csv"]) == 0
    assert cli.run(["load", "letterboxd", str(export)]) == 0
    capsys.readouterr()
    assert cli.run(["recommend", "popular", "--viewer", "ann"]) == 0
    told = capsys.readouterr()
    assert "On your watchlist already" in told.out
    assert "2024-02-01" in told.out
    assert "the newest entry of the Letterboxd diary is" in told.err
    assert cli.run(["recommend", "popular", "--viewer", "ann", "--format", "csv"]) == 0
    assert "watchlist" not in capsys.readouterr().out


def test_what_is_no_export_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("x\n1\n")
    assert cli.run(["load", "letterboxd", str(tmp_path)]) == 1
    assert "is no Letterboxd export" in capsys.readouterr().err

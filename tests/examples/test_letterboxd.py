"""examples/cinekit-letterboxd, installed and run as a stranger would, and its own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.environment import Environment

DIARY = (
    "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n"
    "2024-01-11,Heat,1995,https://boxd.it/1,4,,,2024-01-10\n"
)
RATINGS = "Date,Name,Year,Letterboxd URI,Rating\n2024-01-11,Heat,1995,https://boxd.it/a,4\n"
WATCHLIST = "Date,Name,Year,Letterboxd URI\n2024-02-01,Casino,1995,https://boxd.it/c\n"
OTHERS = "viewer,title,rating\nbob,Casino (1995),5\nbob,Heat (1995),5\ncid,Casino (1995),4\ncid,Heat (1995),5\n"


@pytest.mark.slow
def test_an_export_is_loaded_asked_and_told_of(environment: Environment, tmp_path: Path) -> None:
    environment.install("cinekit-letterboxd")
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann/diary.csv").write_text(DIARY)
    (tmp_path / "ann/ratings.csv").write_text(RATINGS)
    (tmp_path / "ann/watchlist.csv").write_text(WATCHLIST)
    (tmp_path / "others.csv").write_text(OTHERS)
    environment.run("cinekit", "load", "ratings", "others.csv", cwd=tmp_path)
    loaded = environment.run("cinekit", "load", "letterboxd", "ann", cwd=tmp_path)
    assert "plugin_letterboxd.diary 1, plugin_letterboxd.watchlist 1" in loaded.stderr
    query = "SELECT viewer_id, added_on FROM plugin_letterboxd.current_watchlist JOIN raw.viewers USING (viewer_key)"
    asked = environment.run("cinekit", "sql", query, "--format", "csv", cwd=tmp_path)
    assert asked.stdout == "viewer_id,added_on\nann,2024-02-01\n"
    told = environment.run("cinekit", "recommend", "popular", "--viewer", "ann", cwd=tmp_path)
    assert "days old; export again" in told.stderr
    assert "On your watchlist already" in told.stdout
    listed = environment.run("cinekit", "plugins", "--format", "csv", cwd=tmp_path)
    assert "plugin_letterboxd.current_watchlist, plugin_letterboxd.diary, plugin_letterboxd.watchlist" in listed.stdout


@pytest.mark.slow
def test_its_own_tests_and_types_pass(environment: Environment) -> None:
    folder = environment.install("cinekit-letterboxd")
    environment.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder)
    environment.run("python", "-m", "mypy", cwd=folder)

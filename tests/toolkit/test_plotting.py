from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from toolkit import plotting
from toolkit.errors import CinekitError, ModelError, UsageError
from toolkit.forecast_chart import chart, page
from warehouse import Warehouse

pytestmark = pytest.mark.slow

CUTOFF = datetime.fromisoformat("2026-03-01 00:00")
DAY = timedelta(days=1)
QUANTILES = {0.025: -20.0, 0.1: -10.0, 0.5: 0.0, 0.9: 10.0, 0.975: 20.0}


def predicted(
    warehouse: Warehouse,
    sizes: dict[str, float],
    *,
    back: int = 60,
    horizon: int = 7,
    later: int = 0,
    quantiles: dict[float, float] = QUANTILES,
) -> str:
    """A run with a forecast of each series, at its size, out of `back` days, of which `later` more are known."""
    with warehouse.writing() as con:
        con.execute("INSERT INTO meta.runs (run, model, status) VALUES ('r1', 'theta', 'done')")
        for series, size in sizes.items():
            known = [(series, CUTOFF + step * DAY, size + step % 2, 1) for step in range(1 - back, later + 1)]
            con.executemany("INSERT INTO raw.series VALUES (?, ?, ?, ?)", known)
            con.execute(
                "INSERT INTO results.forecast_series (run, source, series_id, cutoff, season) "
                "VALUES ('r1', 'series', ?, ?, 7)",
                [series, CUTOFF],
            )
            points = [("r1", series, CUTOFF, CUTOFF + step * DAY, step) for step in range(1, horizon + 1)]
            con.executemany("INSERT INTO results.forecasts VALUES (?, ?, ?, ?, ?, ?)", [(*p, size) for p in points])
            con.executemany(
                "INSERT INTO results.forecast_quantiles VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(*p, q, size + off) for p in points for q, off in quantiles.items()],
            )
    return "r1"


def test_frames_hold_the_largest_series_and_their_last_steps(warehouse: Warehouse) -> None:
    run = predicted(warehouse, {"small": 100.0, "large": 300.0, "middle": 200.0}, later=2)
    history, forecast = plotting.plot_frames(warehouse, run, 2)
    assert history["series_id"].unique(maintain_order=True).to_list() == ["large", "middle"]
    assert forecast["series_id"].unique(maintain_order=True).to_list() == ["large", "middle"]
    one = history.filter(pl.col("series_id") == "large")
    assert one["ds"].to_list() == [CUTOFF + step * DAY for step in range(-20, 1)]  # three horizons of seven days
    first = forecast.row(0, named=True)
    assert (first["low_80"], first["high_80"], first["low_95"], first["high_95"]) == (290.0, 310.0, 280.0, 320.0)
    assert forecast["actual"].to_list()[:3] == [301.0, 300.0, None]
    assert (first["series"], first["model"], first["unit"]) == (3, "theta", "value")


def test_frames_have_the_levels_that_were_asked_for(warehouse: Warehouse) -> None:
    run = predicted(warehouse, {"a": 100.0}, quantiles={0.0005: -9.0, 0.9995: 9.0, 0.25: -1.0, 0.75: 1.0, 0.9: 3.0})
    _, forecast = plotting.plot_frames(warehouse, run)
    ends = {name: forecast[name][0] for name in forecast.columns if name.startswith(("low_", "high_"))}
    assert ends == {"low_99.9": 91.0, "high_99.9": 109.0, "low_50": 99.0, "high_50": 101.0}


@pytest.mark.parametrize("minutes", [30.0, None])
def test_frames_of_watches_know_their_days_of_nothing_and_their_unit(
    warehouse: Warehouse, minutes: float | None
) -> None:
    with warehouse.writing() as con:
        con.execute("INSERT INTO meta.runs (run, model, status) VALUES ('r1', 'theta', 'done')")
        times = [(minutes, CUTOFF - 2 * DAY), (minutes, CUTOFF + timedelta(hours=21))]
        con.executemany("INSERT INTO raw.watches VALUES (1, 1, ?, ?, 1)", times)
        con.execute(
            "INSERT INTO results.forecast_series (run, source, grouping, series_id, cutoff, season) "
            "VALUES ('r1', 'watches', 'total', 'all', ?, 7)",
            [CUTOFF],
        )
        con.execute("INSERT INTO results.forecasts VALUES ('r1', 'all', ?, ?, 1, 5)", [CUTOFF, CUTOFF + DAY])
    history, forecast = plotting.plot_frames(warehouse, "r1")
    assert history["y"].to_list() == [minutes or 1.0, 0.0, minutes or 1.0]
    assert forecast["unit"].to_list() == ["minutes" if minutes else "watches"]
    assert plotting.terminal(warehouse, "r1")[:2] == ["watches", "known until 2026-03-01 ┊ forecast"]


def test_the_terminal_shows_the_largest_series_as_wide_as_it_is_up_to_120_columns(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    lines = plotting.terminal(warehouse, predicted(warehouse, {"small": 100.0, "large": 300.0}))
    assert lines[:2] == ["large, the largest of 2", "known until 2026-03-01 ┊ forecast, ░ its 80 % interval"]
    assert max(map(len, lines)) == 120
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, plotting.terminal(warehouse, "r1"))) == 60


def test_of_a_run_without_forecasts_nothing_is_drawn(warehouse: Warehouse, tmp_path: Path) -> None:
    assert plotting.terminal(warehouse, "r1") == []
    with pytest.raises(CinekitError, match=r"no forecast to draw into a\.svg"):
        plotting.write(warehouse, "r1", tmp_path / "a.svg")
    assert list(tmp_path.glob("*a.svg*")) == []


@pytest.mark.parametrize(("name", "magic"), [("a.svg", b"<svg"), ("a.PNG", b"\x89PNG"), ("a.html", b"<!DOCTYPE html>")])
def test_a_picture_is_written_whole(warehouse: Warehouse, tmp_path: Path, name: str, magic: bytes) -> None:
    run = predicted(warehouse, {f"series {place}": 100.0 * place for place in range(1, 9)}, later=3)
    folder = tmp_path / "pictures"
    folder.mkdir()
    plotting.write(warehouse, run, folder / name)
    assert [path.name for path in folder.iterdir()] == [name]
    content = (folder / name).read_bytes()
    assert content.lstrip().startswith(magic)
    if name.endswith(("svg", "html")):
        text = content.decode()
        assert "the 6 largest of 8" in text
        assert "series 3" in text
        assert "series 2" not in text


def test_a_page_loads_nothing_and_no_name_can_end_its_script(warehouse: Warehouse) -> None:
    run = predicted(warehouse, {"</script><script>alert(1)</script>": 100.0})
    html = page(*plotting.plot_frames(warehouse, run))
    tags = re.sub(r"(<script[^>]*>).*?</script>", r"\1", html, flags=re.DOTALL)
    assert tags.count("<script") == 2
    assert re.findall(r"(?:src|href|url)\b", tags) == []
    assert "<script>alert" not in html
    assert r"\u003c/script>\u003cscript>alert(1)\u003c/script>" in html


def test_a_chart_has_a_band_a_level_and_a_panel_a_series(warehouse: Warehouse) -> None:
    run = predicted(warehouse, {"a": 100.0, "b": 200.0}, quantiles={0.0005: -9.0, 0.9995: 9.0, 0.25: -1.0, 0.75: 1.0})
    spec = json.loads(chart(*plotting.plot_frames(warehouse, run)).to_json())
    assert spec["facet"]["sort"] == ["b", "a"]
    marks = [layer["mark"]["type"] for layer in spec["spec"]["layer"]]
    assert marks == ["area", "area", "rule", "line", "line"]
    scale = spec["spec"]["layer"][0]["encoding"]["color"]["scale"]
    assert scale["domain"] == ["known", "forecast", "50 % interval", "99.9 % interval"]


def test_the_view_of_forecasts_can_be_drawn_as_it_is(warehouse: Warehouse, tmp_path: Path) -> None:
    predicted(warehouse, {"a": 100.0}, quantiles={0.1: -1.0, 0.9: 1.0})
    history = warehouse.query("FROM series")
    plotting.write_plot(tmp_path / "a.svg", history, warehouse.query("FROM forecasts"))
    drawn = (tmp_path / "a.svg").read_text()
    assert "80 % interval" in drawn
    assert "95 % interval" not in drawn


def test_a_wrong_ending_and_a_missing_folder_are_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"end the name in \.svg, \.png or \.html"):
        plotting.check(tmp_path / "forecast.pdf")
    with pytest.raises(UsageError, match=r"there is no folder .*/none to draw a\.svg into"):
        plotting.check(tmp_path / "none" / "a.svg")


def test_without_altair_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plotting, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"needs altair and vl-convert, .*pip install 'cinekit\[plot\]'"):
        plotting.check(tmp_path / "a.svg")


def test_a_file_that_cannot_be_written_leaves_nothing_behind(warehouse: Warehouse, tmp_path: Path) -> None:
    run = predicted(warehouse, {"a": 100.0})
    (tmp_path / "pictures" / "a.svg").mkdir(parents=True)
    with pytest.raises(CinekitError, match=r"cannot write .*a\.svg"):
        plotting.write(warehouse, run, tmp_path / "pictures" / "a.svg")
    assert [path.name for path in (tmp_path / "pictures").iterdir()] == ["a.svg"]

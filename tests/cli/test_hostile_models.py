"""Models that break their promise end their own run, in one line and with no rows; nothing else is any different."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.toolkit.installed_plugins import HOOK, install

from .conftest import Ran, Run

pytestmark = pytest.mark.slow

MODELS = """
import os, sys
from typing import ClassVar
import numpy as np, polars as pl
from toolkit import Analyzer, Forecast, Forecaster, Recommender

class Wide(Recommender):
    '''A million columns.'''
    name = "wide"
    def fit(self, interactions, tables, seed): pass
    def score(self, history): return np.ones((history.shape[0], 1_000_000), np.float32)

class Leaving(Wide):
    '''Ends the program.'''
    name = "leaving"
    def score(self, history): print("[]"); os.system("echo []"); sys.exit(0)

class Outside(Wide):
    '''Would write into what was loaded.'''
    name = "outside"
    writes: ClassVar[tuple[str, ...]] = ("raw.titles",)

class Themes(Analyzer):
    '''A word.'''
    name = "themes"
    kind, suffixes, writes = "script", (".txt",), ("results.themes",)
    def rows(self, **more): return pl.DataFrame({"theme": [1], "place": [1], "word": ["a"], "weight": [1.0]} | more)
    def analyze(self, document, workspace): return {"results.themes": self.rows()}

class More(Themes):
    '''Many columns.'''
    name = "more"
    def analyze(self, document, workspace):
        return {"results.themes": self.rows(**{f"c{n:06}": [n] for n in range(3000)})}

class Nan(Themes):
    '''No number.'''
    name = "nan"
    def analyze(self, document, workspace): return {"results.themes": self.rows(weight=[float("nan")])}

class Elsewhere(Themes):
    '''Another table as well.'''
    name = "elsewhere"
    def analyze(self, document, workspace):
        return {"results.themes": self.rows(), "raw.titles": pl.DataFrame({"title_key": [1]})}

class Long(Forecaster):
    '''A million steps.'''
    name = "long"
    def forecast(self, panel, horizon): return Forecast(np.zeros((len(panel.ids), 1_000_000)))

class Endless(Forecaster):
    '''More than there is.'''
    name = "endless"
    def forecast(self, panel, horizon): return Forecast(np.full((len(panel.ids), horizon), np.inf))
"""
# By model: its verb, and what is said of it.
SAID = {
    "wide": ("recommend", "wide returned scores of shape (12, 1000000) where (12, 8) was asked for"),
    "leaving": ("recommend", "failed with SystemExit: 0"),
    "outside": ("recommend", "may not write to raw.titles, but to results"),
    "more": ("analyze", "returned other columns than results.themes has: missing none; unknown c000000, "),
    "nan": ("analyze", "returned rows that do not fit results.themes: "),
    "elsewhere": ("analyze", "returned raw.titles, which it does not declare"),
    "long": ("predict", "returned forecasts of shape (1, 1000000), not (1, 2)"),
    "endless": ("predict", "forecast an infinite number"),
}
ARGUMENTS = {"recommend": (), "analyze": ("draft.txt",), "predict": ("--of", "series", "--horizon", "2")}
COUNTS = """
    SELECT (SELECT count(*) FROM results.recommendations), (SELECT count(*) FROM results.themes),
           (SELECT count(*) FROM results.forecasts), (SELECT count(*) FROM raw.titles)
"""


@pytest.fixture
def desk(loaded: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command in a folder with a warehouse, a text, and the plugin of these models on the Python path."""
    known, site = set(sys.modules), tmp_path / "site"
    site.mkdir()
    entries = ", ".join(
        f"ModelEntry({verb!r}, {name!r}, 'stranger_models:{name.title()}', 'Broken.')"
        for name, (verb, _) in SAID.items()
    )
    install(site, "stranger-promises", HOOK.format(body=f"return [{entries}]"))
    (site / "stranger_models.py").write_text(MODELS)
    sales = [f"a,2026-01-{day:02},{day % 7}" for day in range(1, 29)]
    (tmp_path / "sales.csv").write_text("series,date,value\n" + "\n".join(sales) + "\n")
    (tmp_path / "draft.txt").write_text("INT. HOUSE - DAY\n\nANN\nHello.\n")
    assert loaded("load", "series", "sales.csv").code == 0
    monkeypatch.syspath_prepend(site)
    yield loaded
    for name in set(sys.modules) - known:
        if name.startswith("stranger"):
            del sys.modules[name]


def rows(run: Run) -> Ran:
    return run("sql", COUNTS, "--format", "csv")


@pytest.mark.parametrize("name", SAID)
def test_a_model_that_breaks_its_promise_leaves_a_failed_run_and_no_rows(desk: Run, name: str) -> None:
    verb, said = SAID[name]
    before = rows(desk)
    done = desk(verb, name, *ARGUMENTS[verb], "--format", "json")
    assert (done.code, done.out) == (1, "")
    last = done.err.splitlines()[-1]
    assert last.startswith("cinekit: ")
    assert said in last
    assert len(last) < 300
    assert rows(desk) == before
    assert before.code == 0
    status = desk("sql", f"SELECT DISTINCT status FROM meta.runs WHERE model = '{name}'", "--format", "csv").out
    assert status.split() == (["status"] if name == "outside" else ["status", "failed"])  # that one is refused before

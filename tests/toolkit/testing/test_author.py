"""What an author sees: a short file, run by pytest, one line a failure; and how two values are compared."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

import toolkit.testing
from toolkit.testing import panel_of, small_audience
from toolkit.testing.checks import difference
from toolkit.testing.declared import DeclaredTables
from toolkit.testing.start_up import imported

ROOT = Path(__file__).resolve().parents[3]
FILES = {
    "cinekit_mean/__init__.py": "",
    "cinekit_mean/model.py": '''
import numpy as np
from toolkit import Forecast, Forecaster, setting


class Mean(Forecaster):
    """The mean of each series."""

    name = "mean"
    more: float = setting(0.0, "")

    def forecast(self, panel, horizon):
        mean = np.nanmean(panel.values, axis=1) + self.more
        return Forecast(np.repeat(mean[:, None], horizon, axis=1))
''',
    "test_mean.py": """
from cinekit_mean.model import Mean
from toolkit.testing import ForecasterContract

class TestMean(ForecasterContract):
    model = Mean
""",
}


@pytest.mark.slow
def test_an_author_s_file_is_run_by_pytest_and_a_failure_is_one_line(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    quiet = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "documented or promises or command"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(quiet, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    said = "Mean: the setting more has no help; write setting(default, 'what it does')"
    assert said in done.stdout.splitlines(), done.stdout
    assert "Traceback" not in done.stdout
    assert "1 failed, 2 passed" in done.stdout


def test_every_public_name_is_there_and_documented() -> None:
    assert toolkit.testing.__all__ == sorted(toolkit.testing.__all__)
    assert all(getattr(toolkit.testing, name).__doc__ for name in toolkit.testing.__all__)


def test_the_small_audience_is_the_same_each_time_and_has_titles_without_a_history() -> None:
    audience, every = small_audience(), small_audience("all")
    assert (audience.interactions.shape, every.interactions.shape) == ((18, 106), (18, 120))
    assert not audience.tables["raw.genres"].is_empty()
    assert "raw.customers" in audience.tables
    assert small_audience() is audience


def test_a_table_that_was_not_declared_is_noted_even_if_nobody_sees_the_error() -> None:
    frame = pl.DataFrame({"a": [1]})
    tables = DeclaredTables({"raw.a": frame, "raw.b": frame}, ("raw.a",))
    assert dict(tables) == {"raw.a": frame}
    assert tables.get("raw.b") is None
    assert "raw.c" not in tables
    assert tables.undeclared == ["raw.b", "raw.c"]


numbers = arrays(np.float64, st.integers(0, 4), elements=st.floats(allow_nan=True, allow_infinity=True))


@given(numbers, st.data())
def test_a_copy_is_the_same_and_one_other_number_is_found(values: np.ndarray, data: st.DataObject) -> None:
    panel = panel_of([values.tolist()])
    assert difference({"p": panel, "l": [values]}, {"p": panel_of([values.tolist()]), "l": [values.copy()]}) == ""
    if values.size:
        place = data.draw(st.integers(0, values.size - 1))
        other = values.copy()
        other[place] = 1.0 if np.isnan(values[place]) or values[place] != 1.0 else 2.0
        assert difference({"l": [values]}, {"l": [other]}) == "l[0]"


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        (csr_array([[0, 1]]), csr_array([[0, 2]]), "the values"),
        (csr_array([[0, 1]]), csr_array([[0, 1]]), ""),
        (np.zeros(2, np.float32), np.zeros(2, np.int32), "the values"),
        (np.zeros((2, 1)), np.zeros(2), "the values"),
        (pl.DataFrame({"a": [1.0, None]}), pl.DataFrame({"a": [1.0, None]}), ""),
        (pl.DataFrame({"a": [1.0]}), pl.DataFrame({"a": [1]}), "the values"),
        ({"a": 1}, {"b": 1}, "the keys: a, b"),
        ((1, [2, 3]), (1, [2]), "[1]: 2 and 1"),
        ("text", "text", ""),
        ("text", None, "the values"),
        (np.array(["2026", "NaT"], "M8[D]"), np.array(["2026", "NaT"], "M8[D]"), ""),
    ],
)
def test_where_two_values_differ(one: object, other: object, where: str) -> None:
    assert difference(one, other) == where


def test_what_a_tolerance_forgives() -> None:
    assert difference(1.0, 1.0 + 1e-7) == "the values"
    assert difference([1.0, pl.DataFrame({"a": [1.0]})], [1.0 + 1e-7, pl.DataFrame({"a": [1 + 1e-7]})], 1e-6) == ""
    assert difference([pl.DataFrame({"a": [1.0]})], [pl.DataFrame({"a": [1.1]})], 1e-6) == "[0]"


def test_a_module_that_ends_the_program_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ends_at_once.py").write_text("raise SystemExit(3)")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert imported("ends_at_once").error == "exit code 3"

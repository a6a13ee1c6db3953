from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from toolkit.errors import UsageError
from toolkit.show import note, show, sparkline, text

FRAME = pl.DataFrame(
    {
        "text": ["Amélie\nPoulain", None],
        "when": [datetime(2001, 4, 25, 20, 30), None],  # noqa: DTZ001 (the warehouse keeps UTC without a zone)
        "list": [["a", "b"], []],
        "bytes": [b"\xaa\xbb", None],
        "whole": [Decimal(3), None],
        "exact": [Decimal("1.50"), None],
    },
    schema_overrides={"whole": pl.Decimal(38, 0), "exact": pl.Decimal(10, 2)},
)


def test_json_has_lists_numbers_and_iso_times(capsys: pytest.CaptureFixture[str]) -> None:
    show(FRAME, "json")
    first, second = json.loads(capsys.readouterr().out)
    assert first == {
        "text": "Amélie\nPoulain",
        "when": "2001-04-25T20:30:00.000000",
        "list": ["a", "b"],
        "bytes": "aabb",
        "whole": 3,
        "exact": 1.5,
    }
    assert second == {"text": None, "when": None, "list": [], "bytes": None, "whole": None, "exact": None}


def test_json_of_a_struct_with_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    show(pl.DataFrame({"s": [{"a": b"\xaa"}]}), "json")
    assert json.loads(json.loads(capsys.readouterr().out)[0]["s"]) == {"a": "aa"}


def test_csv_writes_lists_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    show(FRAME.head(1).select("when", "list", "bytes"), "csv")
    assert capsys.readouterr().out == 'when,list,bytes\n2001-04-25T20:30:00.000000,"[""a"", ""b""]",aabb\n'


def test_a_table_in_a_pipe_is_a_line_a_row_and_cut_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300
    show(pl.DataFrame({"a": [long, "b"], "n": [1, 2]}))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert len(lines) == 4
    assert long in lines[2]


def test_an_empty_frame_shows_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    show(FRAME.clear())
    assert "when" in capsys.readouterr().out


def test_files_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    show(FRAME, output=tmp_path / "a.parquet")
    assert pl.read_parquet(tmp_path / "a.parquet").equals(FRAME)
    with pytest.raises(UsageError, match="which form"):
        show(FRAME, output=tmp_path / "a.xlsx")
    with pytest.raises(UsageError, match="there is no folder"):
        show(FRAME, output=tmp_path / "none" / "a.csv")
    assert [file.name for file in tmp_path.iterdir()] == ["a.parquet"]


def test_names_out_of_files_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show(pl.DataFrame({"who\x1b[31m": ["BOB\x1b[2J", "a\u00a0b"], "aka": [["x\x1b]0;pwned\x07"], []]}))
    text("arc of \x1b[31mfilm")
    note("two\nlines \x9b31m")
    captured = capsys.readouterr()
    assert not {"\x1b", "\x07", "\x9b"} & set(captured.out + captured.err)
    assert "a b" in captured.out
    assert captured.err == "two lines \ufffd31m\n"


def test_a_sparkline_is_low_where_values_are_low() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([7, 7, 0, 0], width=2) == "█▁"
    assert len(set(sparkline([3.0] * 9))) == 1
    assert sparkline([]) == ""


def test_bars_are_as_long_as_their_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    show(pl.DataFrame({"who": ["a", "b", "c"], "words": [40, 20, None]}), bars=("words", "absent"))
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[0] == ["who", "words"]
    assert [len(line[2]) if len(line) > 2 else 0 for line in lines[2:]] == [10, 5, 0]
    show(pl.DataFrame({"words": [40]}), "csv", bars=("words",))
    assert capsys.readouterr().out == "words\n40\n"


def test_on_a_narrow_terminal_columns_are_left_out_and_no_number_is_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    show(pl.DataFrame({"model": ["ensemble"]} | {f"measure_{place}": [1234.5 + place] for place in range(8)}))
    shown = capsys.readouterr()
    assert "1,234.5" in shown.out
    assert "…" not in shown.out
    assert "not shown, as the terminal is 60 wide: measure_" in shown.err
    assert max(len(re.sub(r"\x1b\[\d*m", "", line)) for line in shown.out.splitlines()) <= 60

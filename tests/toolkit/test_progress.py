"""Progress bars: quiet in a pipe, one within another on a terminal."""

from __future__ import annotations

import io
import sys

import pytest

from toolkit.progress import bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_sees_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with bar("work", 2) as advance:
        advance.expect(3)
        advance.at(0.5)
        advance.describe("more work")
        advance(1)
    assert capsys.readouterr() == ("", "")


def test_a_bar_stands_below_the_one_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with bar("outer work", 2) as outer:
        outer(1)
        with bar("inner work", 3) as inner:
            inner.describe("inner work, loss 0.5")
            inner(1)
        outer(1)
    with bar("later work", 1) as later:
        later(1)
    assert "outer work" in terminal.getvalue()
    assert "inner work, loss 0.5" in terminal.getvalue()
    assert "later work" in terminal.getvalue()


def test_a_part_of_a_step_moves_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    drawn = []
    for done in (0, 1.5, 2):
        with bar("epochs", 2) as steps:
            before = len(terminal.getvalue())
            steps.at(done)
            steps.describe(f"epochs by {done}")
        drawn.append(terminal.getvalue()[before:].split("epochs by")[1].split("/2")[0])
    assert [one[-1] for one in drawn] == ["0", "1", "2"]
    assert len(set(drawn)) == 3


def test_a_failure_within_leaves_room_for_the_next_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with pytest.raises(ValueError, match="it failed"), bar("first", 1), bar("second", 1):
        raise ValueError("it failed")
    with bar("third", 1) as advance:
        advance(1)
    assert "third" in terminal.getvalue()

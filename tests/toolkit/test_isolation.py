from __future__ import annotations

import os
import subprocess
import sys
from threading import Event, Thread
from types import SimpleNamespace
from typing import ClassVar

import pytest

from toolkit.errors import ModelError, PluginError
from toolkit.isolation import blamed, foreign, usable
from toolkit.model import Model


class Faulty(Model):
    """Fails."""

    verb: ClassVar[str] = "recommend"
    name: ClassVar[str] = "faulty"


def fail(error: BaseException) -> None:
    with blamed(Faulty()):
        raise error


def test_a_fault_names_the_model_in_one_line() -> None:
    with pytest.raises(PluginError, match=r"model faulty \(.*Faulty\) failed with ZeroDivisionError: a b; --debug"):
        fail(ZeroDivisionError("a\nb"))


def test_what_a_model_says_itself_is_left_as_it_is() -> None:
    with pytest.raises(ModelError, match=r"^too small$"):
        fail(ModelError("too small"))


def test_a_missing_package_is_named_with_what_brings_it() -> None:
    with pytest.raises(ModelError, match=r"faulty needs the package sklearn, .*pip install 'cinekit\[recommend\]'"):
        fail(ModuleNotFoundError("No module named 'sklearn'", name="sklearn"))


def test_memory_is_no_fault_of_the_plugin() -> None:
    with pytest.raises(ModelError, match="faulty ran out of memory"):
        fail(MemoryError("185 GiB"))


def test_an_interrupt_stays_one() -> None:
    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt())


def test_a_model_that_ends_the_program_does_not() -> None:
    with pytest.raises(PluginError, match=r"faulty .* failed with SystemExit"):
        fail(SystemExit(0))


def test_what_a_model_prints_does_not_mix_with_rows(capsys: pytest.CaptureFixture[str]) -> None:
    with blamed(Faulty()):
        print("epoch 1/3")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "epoch 1/3\n")


def test_nor_does_what_goes_past_python(capfd: pytest.CaptureFixture[str]) -> None:
    print("ours, before")
    with blamed(Faulty()):
        os.write(1, b"written\n")
        os.system("echo said by a program")
        sys.__stdout__.write("by the first stream\n")
        with foreign():
            os.write(1, b"within\n")
        os.write(1, b"after\n")
    os.write(1, b"ours, after\n")
    captured = capfd.readouterr()
    assert captured.out == "ours, before\nours, after\n"
    assert sorted(captured.err.splitlines()) == [
        "after", "by the first stream", "said by a program", "within", "written"
    ]  # fmt: skip


def test_threads_that_run_models_leave_stdout_where_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    begun, go_on = Event(), Event()

    def first() -> None:
        with foreign():
            begun.set()
            go_on.wait(5)

    thread = Thread(target=first)
    thread.start()
    begun.wait(5)
    with foreign():
        go_on.set()
        thread.join()
        os.write(1, b"theirs\n")
    os.write(1, b"ours\n")
    print("ours too")
    assert capfd.readouterr() == ("ours\nours too\n", "theirs\n")


def test_without_a_standard_output_there_is_nothing_to_turn() -> None:
    script = "import os; os.close(1)\nfrom toolkit.isolation import foreign\nwith foreign(): print('said')\nos.fstat(2)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "said\n")


def test_a_closed_pipe_is_ours_and_no_fault_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def flush() -> None:
        raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", SimpleNamespace(flush=flush))
    with pytest.raises(BrokenPipeError):
        fail(ValueError())


def test_a_plugin_that_cannot_be_used_stops_no_other_model():
    def make(name: str) -> str:
        if name == "broken":
            raise PluginError("broken cannot be imported")
        return name.upper()

    made, failed = usable(["a", "broken", "b"], make)
    assert made == {"a": "A", "b": "B"}
    assert list(failed) == ["broken"]
    with pytest.raises(PluginError, match="broken cannot be imported"):
        usable(["broken"], make)
    assert usable([], make) == ({}, {})

from __future__ import annotations

from typing import ClassVar

import pytest

from toolkit.errors import ModelError, PluginError
from toolkit.isolation import blamed
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

"""What plugins do while they are found and loaded hurts nobody but themselves."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolkit.errors import PluginError
from toolkit.host import Host, Plugin
from toolkit.inventory import plugins

from .installed_plugins import APART, GOOD, HOOK, HOSTILE, MEDDLING, install, install_hostile

OURS = ("analyze", "generate", "predict", "recommend")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the Python path."""
    known = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in set(sys.modules) - known:
        if name.startswith("stranger"):
            del sys.modules[name]


def loaded(distribution: str) -> Plugin:
    """How one plugin fared; our own are there whatever it did."""
    host = Host()
    ours = [p for p in host.plugins if p.distribution == "cinekit"]
    assert [(p.state, p.reason) for p in ours] == [("loaded", "")] * len(OURS)
    (found,) = [p for p in host.plugins if p.distribution == distribution]
    return found


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_plugin_is_broken_for_a_reason_of_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    found = loaded(install_hostile(folder, kind))
    assert found.state == "broken"
    assert HOSTILE[kind][1] in found.reason
    assert "\n" not in found.reason
    assert len(found.reason) <= 300
    assert found.models == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("kind", sorted(MEDDLING.keys() - APART))
def test_what_a_plugin_changes_of_the_process_is_put_back_and_named(
    folder: Path, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    def process() -> list[object]:
        return [Path.cwd(), os.environ, dict(os.environ), signal.getsignal(signal.SIGINT), sys.stderr, warnings.filters]

    before = process()
    found = loaded(install_hostile(folder, kind))
    assert process() == before
    said = MEDDLING[kind][1]
    assert (found.state, found.reason) == ("loaded", f"changes {said} while it loads; all is put back" if said else "")
    assert capfd.readouterr().out == ""


def test_libraries_may_register_what_they_do_at_the_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[object] = []
    monkeypatch.setattr("atexit.register", registered.append)
    (folder / "a_library.py").write_text("import atexit\natexit.register(print)")
    install(folder, "stranger-user", "import a_library\n" + HOOK.format(body="return []"))
    assert (loaded("stranger-user").reason, registered) == ("", [print])


def test_all_of_them_together_leave_a_sound_one_alone(folder: Path) -> None:
    for kind in HOSTILE:
        install_hostile(folder, kind)
    module = install(folder, "stranger-sound", GOOD.format(name="sound", module="stranger_sound"))
    found = loaded("stranger-sound")
    assert (found.state, found.reason, found.version) == ("loaded", "", "1.2")
    assert module in sys.modules


@pytest.mark.parametrize("code", ["raise KeyboardInterrupt", HOOK.format(body="raise KeyboardInterrupt")])
def test_an_interrupt_while_loading_goes_on_and_says_what_was_loaded(
    folder: Path, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    install(folder, "stranger-hangs", code)
    with pytest.raises(KeyboardInterrupt):
        Host()
    assert capsys.readouterr().err.startswith("plugin stranger-hangs was being loaded; if it hangs, name it in 'block'")


def test_what_a_model_does_when_it_is_imported_is_its_own_affair(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(folder, "stranger-late", GOOD.format(name="late", module="stranger_late"))
    code = "print('[]')\nclass Odd(BaseException): pass\nraise Odd('two\\nlines')"
    (folder / "stranger_late_model.py").write_text(code)
    with pytest.raises(PluginError, match=r"model 'late' .* cannot be imported: Odd: two lines$"):
        Host().model("recommend", "late")
    assert capsys.readouterr() == ("", "[]\n")


@pytest.mark.parametrize(
    ("requires", "reason"),
    [
        (("cinekit>=0.1",), ""),
        (("cinekit[recommend]~=0.1", "numpy>=99"), ""),
        (("cinekit>=9; extra == 'later'",), ""),
        (("cinekit-other>=9",), ""),
        (("cinekit",), ""),
        (("cinekit (>=9)",), "needs cinekit>=9, this is "),
        (("Cinekit<0.1a1",), "needs cinekit<0.1a1, this is "),
        (("cinekit>=9; python_version > '3'",), "pip install -U cinekit, or a release of stranger-needy for this one"),
        (("cinekit>=nine",), "InvalidRequirement"),
    ],
)
def test_the_release_of_cinekit_that_a_plugin_needs_is_compared(
    folder: Path, requires: tuple[str, ...], reason: str
) -> None:
    module = install(folder, "stranger-needy", HOOK.format(body="return []"), requires)
    found = loaded("stranger-needy")
    assert (found.state, reason in found.reason) == ("broken" if reason else "loaded", True)
    assert (module in sys.modules) is not bool(reason)


@pytest.mark.parametrize("value", ["toolkit", "plugins.mine", "warehouse:x", "cli"])
def test_a_module_with_the_name_of_ours_is_told_to_change_it(folder: Path, value: str) -> None:
    install(folder, "stranger-same", "", value=value)
    found = loaded("stranger-same")
    top = value.partition(":")[0].partition(".")[0]
    assert found.reason == f"its module {top!r} has the name of one of cinekit's own; name it after stranger-same"


def test_of_two_plugins_of_one_module_the_later_is_refused(folder: Path) -> None:
    install(folder, "stranger-a", GOOD.format(name="one", module="stranger_a"))
    install(folder, "stranger-b", "", value="stranger_a")
    assert loaded("stranger-a").state == "loaded"
    assert "its module stranger_a is that of another plugin" in loaded("stranger-b").reason


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("entry_points.txt", b"[cinekit]\nno equals sign\n"),
        ("entry_points.txt", b"\xff\xfe\x00"),
        ("METADATA", None),
        ("METADATA", b"Name: \xff\n"),
    ],
)
def test_broken_metadata_stop_nobody(folder: Path, file: str, content: bytes | None) -> None:
    install(folder, "stranger-spoilt", HOOK.format(body="return []"))
    path = folder / "stranger_spoilt-1.2.dist-info" / file
    path.unlink() if content is None else path.write_bytes(content)
    install(folder, "stranger-sound", GOOD.format(name="sound", module="stranger_sound"))
    assert loaded("stranger-sound").state == "loaded"


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_slow_imports_are_named_with_their_seconds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolkit.host.perf_counter", Clock())
    takes = "import toolkit.host\ntoolkit.host.perf_counter.now += {}\n"
    install(folder, "stranger-quick", takes.format(0.19) + HOOK.format(body="return []"))
    install(folder, "stranger-slow", takes.format(0.25) + HOOK.format(body="return []"))
    install(folder, "stranger-slow-and-broken", takes.format(1.5) + "raise ValueError('no')")
    host = Host()
    frame = plugins(host, times=True)
    found = {row["distribution"]: (row["seconds"], row["why"]) for row in frame.iter_rows(named=True)}
    what_next = "import heavy packages where they are used"
    assert found["cinekit"] == (0, "")
    assert found["stranger-quick"] == (0.19, "")
    assert found["stranger-slow"] == (0.25, f"imports slowly: 0.2 s; {what_next}")
    assert found["stranger-slow-and-broken"] == (1.5, f"ValueError: no; imports slowly: 1.5 s; {what_next}")
    assert "seconds" not in plugins(host).columns

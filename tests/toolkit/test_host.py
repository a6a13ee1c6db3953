from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tests.entry_points import point_of
from toolkit.errors import PluginError, UnknownNameError
from toolkit.host import Host

REGISTER = """
from toolkit import ModelEntry, hookimpl

@hookimpl
def cinekit_models():
    return [ModelEntry("recommend", {name!r}, "{module}_model:Model", "Does what it does.")]
"""
MODEL = '''
from typing import ClassVar
import numpy as np
from toolkit import Recommender, setting

class Model(Recommender):
    """Does what it does."""
    name: ClassVar[str] = {name!r}
    strength: float = setting(1.0, "How strong", ge=0)

    def fit(self, interactions, tables, seed):
        pass

    def score(self, history):
        return np.zeros(history.shape, dtype=np.float32)
'''


class Strangers:
    """Plugins of strangers: modules in a folder on the path, and entry points that name them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.points: list[EntryPoint] = []

    def add(self, distribution: str, code: str, **modules: str) -> None:
        module = distribution.replace("-", "_")
        (self.folder / f"{module}.py").write_text(code)
        for name, text in modules.items():
            (self.folder / f"{module}_{name}.py").write_text(text)
        point = point_of(distribution, distribution, module, "1.2")
        self.points.append(point)

    def good(self, distribution: str, name: str) -> None:
        module = distribution.replace("-", "_")
        self.add(distribution, REGISTER.format(name=name, module=module), model=MODEL.format(name=name))

    def host(self, block: tuple[str, ...] = ()) -> Host:
        return Host(block, self.points)


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Strangers:
    monkeypatch.syspath_prepend(str(tmp_path))
    known = set(sys.modules)
    yield Strangers(tmp_path)
    for name in set(sys.modules) - known:
        if name.startswith("stranger"):
            del sys.modules[name]


def test_the_built_in_models_are_found_through_entry_points_and_have_their_class_help() -> None:
    host = Host()
    names = [entry.name for entry in host.models("recommend")]
    assert names == sorted(names)
    assert {"als", "blend", "ease", "hybrid", "multvae", "popular", "sasrec", "slist"} <= set(names)
    for entry in host.models("recommend"):
        model = host.model("recommend", entry.name)
        assert (model.__doc__ or "").strip().splitlines()[0] == entry.help


def test_a_strangers_model_stands_beside_ours_and_is_imported_late(strangers: Strangers) -> None:
    strangers.good("stranger-a", "theirs")
    host = strangers.host()
    assert [entry.name for entry in host.models("recommend")] == ["theirs"]
    assert "stranger_a_model" not in sys.modules
    assert host.model("recommend", "theirs")(strength=2).settings() == {"strength": 2.0}
    assert host.plugin_of("recommend", "theirs").version == "1.2"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def broken(:", "SyntaxError"),
        (
            "from toolkit import hookimpl\n@hookimpl\ndef cinekit_model():\n    return []",
            "unknown hook 'cinekit_model'",
        ),
        ("from toolkit import hookimpl\n@hookimpl\ndef cinekit_models():\n    return 1 / 0", "ZeroDivisionError"),
        (
            "from toolkit import hookimpl\n@hookimpl\ndef cinekit_models():\n    return ['x']",
            "returned str, not ModelEntry",
        ),
        ("from toolkit import hookimpl\n@hookimpl\ndef cinekit_models(more):\n    return []", "more"),
    ],
)
def test_a_broken_plugin_is_listed_with_its_reason_and_stops_nobody(
    strangers: Strangers, code: str, reason: str
) -> None:
    strangers.add("stranger-broken", code)
    strangers.good("stranger-sound", "theirs")
    host = strangers.host()
    broken = next(p for p in host.plugins if p.distribution == "stranger-broken")
    assert broken.state == "broken"
    assert reason in broken.reason
    assert "\n" not in broken.reason
    assert [entry.name for entry in host.models("recommend")] == ["theirs"]


def test_a_duplicate_name_is_refused_naming_both(strangers: Strangers) -> None:
    strangers.good("stranger-b", "same")
    strangers.good("stranger-a", "same")
    host = strangers.host()
    assert host.plugin_of("recommend", "same").distribution == "stranger-a"
    refused = next(p for p in host.plugins if p.distribution == "stranger-b")
    assert (refused.state, refused.reason) == (
        "broken",
        "model 'recommend same' is already offered by stranger-a; this one is refused",
    )


def test_a_plugin_that_is_refused_whole_is_asked_nothing_more(strangers: Strangers) -> None:
    strangers.good("stranger-a", "same")
    hooks = (
        "\n@hookimpl\ndef cinekit_run_started(run):\n    return []\n@hookimpl\ndef cinekit_schema():\n    return 'x'\n"
    )
    strangers.add("stranger-b", REGISTER.format(name="same", module="stranger_b") + hooks)
    host = strangers.host()
    refused = next(p for p in host.plugins if p.distribution == "stranger-b")
    assert (refused.state, refused.module, refused.schema) == ("broken", None, "")
    assert not host.has_run_hooks()
    assert host.schema("plugin_stranger_b") is None


def test_a_blocked_plugin_is_not_even_imported(strangers: Strangers) -> None:
    strangers.add("stranger-blocked", "raise RuntimeError('imported')")
    host = strangers.host(block=("stranger-blocked",))
    assert [(p.state, p.reason) for p in host.plugins] == [("blocked", "blocked in the config file")]
    assert "stranger_blocked" not in sys.modules


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("import nothing_here", "needs nothing_here, which is not installed"),
        ("raise RuntimeError('no')", "cannot be imported: RuntimeError: no"),
        ("Model = 3", "is no subclass of toolkit.Model"),
        ("x = 3", "cannot be imported: AttributeError"),
        (
            'from toolkit import Recommender\nclass Model(Recommender):\n    """Doc."""\n    name = "theirs"',
            "not define",
        ),
        (MODEL.format(name="other"), "calls itself recommend other"),
        (MODEL.format(name="theirs").replace('"""Does what it does."""', "pass"), "has no docstring"),
    ],
)
def test_a_broken_model_is_one_clear_line(strangers: Strangers, model: str, reason: str) -> None:
    strangers.add("stranger-c", REGISTER.format(name="theirs", module="stranger_c"), model=model)
    with pytest.raises(PluginError, match="stranger-c") as caught:
        strangers.host().model("recommend", "theirs")
    assert reason in str(caught.value)


def test_an_unknown_model_is_answered_with_the_nearest() -> None:
    with pytest.raises(
        UnknownNameError, match=r"did you mean 'ease'.*; for those of other plugins see docs/plugins\.md#examples$"
    ):
        Host().model("recommend", "eese")

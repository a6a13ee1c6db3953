"""What doctor finds of plugins before they are used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hooked import HOOKS, SOURCE, Install, install
from toolkit.config import Config
from toolkit.doctor import examine
from toolkit.host import Host

__all__ = ["install"]

MODELS = HOOKS + (
    "from toolkit import ModelEntry\n@hookimpl\ndef cinekit_models():\n"
    "    return [ModelEntry('recommend', 'odd', {!r}, 'Odd.')]\n"
)


def found(host: Host, folder: Path) -> tuple[str, str]:
    frame = examine(host, Config(None, {}), folder / "none.duckdb", 0)
    ((state, detail),) = frame.filter(check="plugin cinekit-odd 1.0").select("state", "detail").rows()
    return state, detail


@pytest.mark.parametrize(
    ("code", "schema", "reason"),
    [
        (MODELS.format("hooked_odd_gone:Odd"), None, "cannot be imported: No module named 'hooked_odd_gone'"),
        (MODELS.format("hooked_odd:HOOKS"), None, "has no attribute 'HOOKS'"),
        (MODELS.format("hooked_odd:ModelEntry"), None, "is no subclass of toolkit.Model"),
        (SOURCE, "CREATE TABLE plugin_odd.t (a INTEGER);", "plugin_odd.t has no COMMENT"),
        (SOURCE, "DROP TABLE raw.titles;", "DROP TABLE raw.titles"),
        (SOURCE.replace("hooked_odd_schema", "hooked_odd_nowhere"), None, "hooked_odd_nowhere"),
    ],
)
def test_what_would_fail_when_a_plugin_is_used_is_told_before(
    install: Install,
    tmp_path: Path,
    code: str,
    schema: str | None,
    reason: str,
) -> None:
    host = install(code, **({} if schema is None else {"schema": schema}))
    state, detail = found(host, tmp_path)
    assert state == "warning"
    assert detail.startswith("loaded: ")
    assert reason in detail


def test_a_sound_plugin_is_ok(install: Install, tmp_path: Path) -> None:
    assert found(install(), tmp_path) == ("ok", "odd")

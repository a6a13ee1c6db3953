"""docs/hooks.md names every hook, and its source loads as it stands there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import ModuleType

import pluggy
import pytest

from tests.hooked import Install, install
from tests.toolkit.testing.failing import failing
from toolkit.run_info import run_info
from toolkit.spec import Hooks
from toolkit.testing import SourceContract
from warehouse import Warehouse
from warehouse.loads import load

__all__ = ["install"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "hooks.md"
NAMES = [name for name, hook in vars(Hooks).items() if inspect.isfunction(hook)]


@pytest.mark.parametrize("name", NAMES)
def test_a_hook_is_typed_dated_and_on_the_page(name: str) -> None:
    hook = vars(Hooks)[name]
    assert re.search(r"\.\. versionadded:: \d+\.\d+$", inspect.cleandoc(hook.__doc__))
    parameters = inspect.signature(hook).parameters.values()
    assert all(p.annotation is not p.empty for p in parameters if p.name != "self")
    assert f"## {name}\n\n```python\ndef {name}(" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_pluggy_takes_a_hook_of_the_signature_that_is_shown(name: str) -> None:
    shown = re.search(rf"^def {name}\(.*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    module = ModuleType("shown")
    exec(f"from __future__ import annotations\nfrom toolkit import hookimpl\n@hookimpl\n{shown[0]}: ...", vars(module))
    manager = pluggy.PluginManager("cinekit")
    manager.add_hookspecs(Hooks)
    manager.register(module)
    manager.check_pending()
    assert [caller.name for caller in manager.get_hookcallers(module)] == [name]


def python_of(heading: str) -> list[str]:
    """The blocks of Python below a heading of the page."""
    part = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```python\n(.*?)^```", part, re.DOTALL | re.MULTILINE)


def test_the_source_of_the_page_loads(warehouse: Warehouse, install: Install, tmp_path: Path) -> None:
    source, hook = python_of("Sources")
    host = install(hook.replace("cinekit_stars.source", "hooked_odd_source"))
    (tmp_path / "site" / "hooked_odd_source.py").write_text(source, encoding="utf-8")
    (tmp_path / "a.stars").write_text("ann,Heat (1995),5\nbob,Heat (1995),good\n")
    done = load(warehouse, "stars", tmp_path / "a.stars", plugin=host.source("stars"))
    assert (done.taken, done.refused) == (1, 1)
    assert warehouse.query("SELECT name, year, rating FROM raw.ratings JOIN raw.titles USING (title_key)").rows() == [
        ("Heat", 1995, 5.0)]  # fmt: skip


def test_the_source_of_the_page_keeps_its_contract(tmp_path: Path) -> None:
    shown = ModuleType("shown")
    exec(python_of("Sources")[0], vars(shown))
    contract = type("TestStars", (SourceContract,), {"source": shown.Stars, "file": "ann,Heat (1995),5\n"})
    assert failing(contract, tmp_path) == {}


@pytest.mark.parametrize(("days", "said"), [(0, []), (31, ["nothing was loaded for 31 days"])])
def test_the_hooks_of_runs_of_the_page_say_what_they_should(
    place: Path, install: Install, days: int, said: list[str]
) -> None:
    (code,) = python_of("Runs")
    host, house = install(code), Warehouse.open(place / "cinekit.duckdb")
    with house.writing() as con:
        con.execute("UPDATE meta.loads SET loaded_at = loaded_at - to_days($days::INTEGER)", {"days": days})
    run = house.query("SELECT run FROM meta.runs WHERE model = 'popular' AND verb = 'recommend'").item()
    (plugin,), info = host.plugins, run_info(house, run)
    assert host.run_started(plugin, info) == said
    (shown,) = host.run_finished(plugin, info)
    assert 0 < house.query(shown.sql, {"runs": [run]}).height <= 5

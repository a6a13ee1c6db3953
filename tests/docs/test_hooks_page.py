"""docs/hooks.md names every hook, and its source loads as it stands there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import ModuleType

import pluggy
import pytest

from tests.hooked import SOURCE, Install, install
from tests.toolkit.testing.failing import failing
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


def test_the_source_of_the_page_loads(warehouse: Warehouse, install: Install, tmp_path: Path) -> None:
    code = re.search(r"^## Sources.*?```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    host = install(SOURCE.replace("'odd', 'hooked_odd_source:Odd'", "'stars', 'hooked_odd_source:Stars'"))
    (tmp_path / "site" / "hooked_odd_source.py").write_text(code[1], encoding="utf-8")
    (tmp_path / "a.stars").write_text("ann,Heat (1995),5\nbob,Heat (1995),good\n")
    done = load(warehouse, "stars", tmp_path / "a.stars", plugin=host.source("stars"))
    assert (done.taken, done.refused) == (1, 1)
    assert warehouse.query("SELECT name, year, rating FROM raw.ratings JOIN raw.titles USING (title_key)").rows() == [
        ("Heat", 1995, 5.0)]  # fmt: skip


def test_the_source_of_the_page_keeps_its_contract(tmp_path: Path) -> None:
    code = re.search(r"^## Sources.*?```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    shown = ModuleType("shown")
    exec(code[1], vars(shown))
    contract = type("TestStars", (SourceContract,), {"source": shown.Stars, "file": "ann,Heat (1995),5\n"})
    assert failing(contract, tmp_path) == {}

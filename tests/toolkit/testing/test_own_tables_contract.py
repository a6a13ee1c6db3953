"""Models that write or read tables of their plugin keep their contracts, once the plugin is installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.hooked import Install, install
from tests.toolkit.test_own_tables import CODE, COUNTS, MODELS
from tests.toolkit.testing.failing import contract_of, failing, fails_alone
from toolkit.host import Host
from toolkit.testing import AnalyzerContract, RecommenderContract
from toolkit.testing.installed_plugins import installed_host

__all__ = ["install"]


@pytest.fixture
def host(install: Install, tmp_path: Path) -> Iterator[Host]:
    """A host of the plugin, which contracts find, too."""
    installed_host.cache_clear()
    found = install(CODE, schema=COUNTS)
    (tmp_path / "site" / "hooked_odd_source.py").write_text(MODELS)
    yield found
    installed_host.cache_clear()


def test_an_analyzer_that_fills_its_own_table_keeps_its_contract(host: Host, tmp_path: Path) -> None:
    contract = contract_of(AnalyzerContract, host.model("analyze", "counter"))
    assert failing(contract, tmp_path) == {}


def test_a_recommender_that_reads_its_own_table_keeps_its_contract(host: Host, tmp_path: Path) -> None:
    contract = contract_of(RecommenderContract, host.model("recommend", "reader"))
    assert failing(contract, tmp_path) == {}


def test_a_column_that_the_own_table_has_not_is_told(host: Host, tmp_path: Path) -> None:
    file = tmp_path / "site" / "hooked_odd_source.py"
    file.write_text(MODELS.replace('{"words":', '{"letters":'))
    contract = contract_of(AnalyzerContract, host.model("analyze", "counter"))
    says = r"plugin_odd.counts has: missing words; unknown letters; return the columns of the table but for run"
    assert fails_alone(contract, "test_it_returns_what_it_promises", says, tmp_path)


def test_own_tables_of_a_plugin_that_is_not_installed_are_told(host: Host, tmp_path: Path) -> None:
    file = tmp_path / "site" / "hooked_odd_source.py"
    file.write_text(MODELS.replace('writes = ("plugin_odd.counts",)', 'writes = ("plugin_even.counts",)'))
    model = import_module("hooked_odd_source").Counter
    says = r"no plugin that is installed owns plugin_even\.counts; install yours, .* pip install -e \."
    assert fails_alone(contract_of(AnalyzerContract, model), "test_it_returns_what_it_promises", says, tmp_path)


def test_a_table_that_the_plugin_does_not_define_is_told(host: Host, tmp_path: Path) -> None:
    file = tmp_path / "site" / "hooked_odd_source.py"
    file.write_text(MODELS.replace('reads = ("plugin_odd.counts",)', 'reads = ("plugin_odd.missing",)'))
    contract = contract_of(RecommenderContract, host.model("recommend", "reader"))()
    with pytest.raises(pytest.fail.Exception, match=r"'plugin_odd\.missing', which the warehouse does not"):
        contract.test_it_reads_only_what_it_declares(tmp_path)

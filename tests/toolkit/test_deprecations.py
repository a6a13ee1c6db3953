"""An old public name works on for two minor releases, says once what to use, and then has to go."""

from __future__ import annotations

import warnings
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

import toolkit
import toolkit.testing
from tests.entry_points import point_of
from toolkit import deprecations
from toolkit.deprecations import DEPRECATIONS, CinekitDeprecationWarning, Deprecation, version_of
from toolkit.host import Host
from toolkit.spec import Hooks, hookspec

OLD = Deprecation("Series", target="panel:Panel", since="0.3", gone="0.5", instead="toolkit.Panel")


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> None:
    """`toolkit.Series` is an old name of Panel."""
    monkeypatch.setattr(deprecations, "DEPRECATIONS", (OLD,))
    monkeypatch.setattr(deprecations, "_warned", set())


def test_no_entry_has_outlived_its_time_or_names_what_is_public() -> None:
    assert [entry.name for entry in DEPRECATIONS if entry.expired(version("cinekit"))] == []
    assert {entry.name for entry in DEPRECATIONS}.isdisjoint(
        [*toolkit.__all__, *(f"testing.{name}" for name in toolkit.testing.__all__)]
    )


def test_an_old_name_works_and_warns_once_where_it_is_used(old: None) -> None:
    with pytest.warns(CinekitDeprecationWarning, match=r"toolkit\.Series goes away with cinekit 0\.5; use") as caught:
        assert toolkit.Series is toolkit.Panel
    assert [warning.filename for warning in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert toolkit.Series is toolkit.Panel


def test_importing_an_old_name_warns_the_line_that_imports(old: None) -> None:
    with pytest.warns(CinekitDeprecationWarning) as caught:
        from toolkit import Series
    assert Series is toolkit.Panel
    assert caught[0].filename == __file__
    assert "Series" not in dir(toolkit)


def test_so_does_a_name_of_the_contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = replace(OLD, name="testing.Audience", target="testing:SmallAudience", instead="SmallAudience")
    monkeypatch.setattr(deprecations, "DEPRECATIONS", (entry,))
    monkeypatch.setattr(deprecations, "_warned", set())
    with pytest.warns(CinekitDeprecationWarning, match=r"toolkit\.testing\.Audience goes away .* use Small") as caught:
        from toolkit.testing import Audience
    assert Audience is toolkit.testing.SmallAudience
    assert caught[0].filename == __file__
    with pytest.raises(AttributeError, match=r"module 'toolkit\.testing' has no attribute 'Crowd'"):
        toolkit.testing.Crowd  # noqa: B018


def test_a_hook_that_goes_away_is_asked_and_warns_whoever_implements_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Spec(Hooks):
        @hookspec(warn_on_impl=CinekitDeprecationWarning("cinekit_old goes away with cinekit 0.5; use cinekit_models"))
        def cinekit_old(self) -> None: ...

    monkeypatch.setattr("toolkit.host.Hooks", Spec)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "hook_of_old.py").write_text("from toolkit import hookimpl\n@hookimpl\ndef cinekit_old(): ...\n")
    with pytest.warns(CinekitDeprecationWarning, match=r"goes away with cinekit 0\.5") as caught:
        host = Host(points=[point_of("cinekit-old", "old", "hook_of_old")])
    assert caught[0].filename.endswith("hook_of_old.py")
    assert [plugin.state for plugin in host.plugins] == ["loaded"]


def test_what_never_was_a_name_is_an_attribute_error(old: None) -> None:
    with pytest.raises(AttributeError, match="module 'toolkit' has no attribute 'Serie'"):
        toolkit.Serie  # noqa: B018


@pytest.mark.parametrize(("now", "expired"), [("0.3.0", False), ("0.4.7", False), ("0.5.0", True), ("1.0", True)])
def test_an_entry_expires_with_its_version(now: str, expired: bool) -> None:
    assert OLD.expired(now) is expired


@pytest.mark.parametrize(("since", "gone"), [("0.3", "0.4"), ("0.3", "0.3"), ("1.2", "1.3"), ("0.3", "soon")])
def test_less_than_two_minor_releases_are_refused(since: str, gone: str) -> None:
    with pytest.raises(ValueError, match=r"minor releases|no version"):
        Deprecation("Old", "panel:Panel", since, gone, "toolkit.Panel")


def test_a_major_release_may_end_it() -> None:
    assert Deprecation("Old", "panel:Panel", "1.9", "2.0", "toolkit.Panel").expired("2.0.0rc1")
    assert version_of("10.12.1") == (10, 12)

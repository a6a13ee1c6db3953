"""What the built-in recommenders say of where to search: `cinekit tune` relies on it."""

from __future__ import annotations

import pytest

from toolkit.host import OWN, Host
from toolkit.search import Between, searched

HOST = Host()
BUILT_IN = [
    entry.name for entry in HOST.models("recommend") if HOST.plugin_of("recommend", entry.name).distribution == OWN
]
TUNABLE = [name for name in BUILT_IN if searched(HOST.model("recommend", name))]


def test_those_with_settings_to_weigh_are_tunable() -> None:
    assert {"als", "ease", "hybrid", "item-knn", "slist"} <= set(TUNABLE)


@pytest.mark.parametrize("name", TUNABLE)
def test_the_default_lies_where_is_searched_and_the_ends_are_allowed(name: str) -> None:
    model = HOST.model("recommend", name)
    for setting, search in searched(model).items():
        assert search.holds(model.model_fields[setting].default), setting
        for value in (search.low, search.high) if isinstance(search, Between) else search.values:
            model(**{setting: value})

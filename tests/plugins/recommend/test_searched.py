"""What the built-in recommenders say of where to search: `cinekit tune` relies on it."""

from __future__ import annotations

import pytest

from toolkit.host import Host
from toolkit.search import Between, searched

TUNABLE = ["als", "bpr", "content", "ease", "item-knn", "rp3beta", "slist", "user-knn"]


@pytest.mark.parametrize("name", TUNABLE)
def test_the_default_lies_where_is_searched_and_the_ends_are_allowed(name: str) -> None:
    model = Host().model("recommend", name)
    space = searched(model)
    assert space
    for setting, search in space.items():
        assert search.holds(model.model_fields[setting].default), setting
        for value in (search.low, search.high) if isinstance(search, Between) else search.values:
            model(**{setting: value})

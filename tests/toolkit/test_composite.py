"""Recommenders made of others: their parts, what they read, and what cannot be made."""

from __future__ import annotations

import pytest

from toolkit.composite import catalogue_of, part_names, recommender, tables_of
from toolkit.errors import SettingsError, UnknownNameError, UsageError
from toolkit.host import Host


def test_parts_are_built_with_their_own_settings_and_recorded():
    model = recommender(Host(), "blend", {"blend": "ease=1,popular=1"}, {"ease": {"regularisation": 3.0}})
    assert model.settings()["parts"]["ease"]["regularisation"] == 3.0
    assert set(model.settings()["parts"]) == {"ease", "popular"}


def test_what_a_part_reads_and_sees_is_read_and_seen():
    host = Host()
    with_content = recommender(host, "blend", {"blend": "ease=1,content=1"}, {})
    assert "raw.genres" in tables_of(with_content)
    assert catalogue_of(with_content) == "all"
    plain = recommender(host, "blend", {"blend": "ease=1,popular=1"}, {})
    assert (tables_of(plain), catalogue_of(plain)) == ((), "interacted")
    assert tables_of(recommender(host, "content", {}, {}))


@pytest.mark.parametrize(("epsilon", "private"), [(3.0, True), (None, False)])
def test_with_a_private_part_it_is_private(epsilon, private):
    model = recommender(Host(), "blend", {"blend": "ease=1,popular=1"}, {"ease": {"epsilon": epsilon}})
    assert model.private is private


def test_names_of_parts():
    assert part_names(Host(), "blend", {"blend": "ease, popular"}) == ("ease", "popular")
    assert part_names(Host(), "ease", {}) == ()


def test_a_part_that_does_not_exist_or_is_a_blend_is_refused():
    host = Host()
    with pytest.raises(UnknownNameError, match="eese"):
        recommender(host, "blend", {"blend": "eese=1,popular=1"}, {})
    with pytest.raises(UsageError, match="made of other models itself"):
        recommender(host, "blend", {"blend": "blend=1,popular=1"}, {})
    with pytest.raises(SettingsError, match="regularisation"):
        recommender(host, "blend", {"blend": "ease=1,popular=1"}, {"ease": {"regularisation": 0}})

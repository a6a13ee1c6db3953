"""Years as people write them; filters themselves are tested through the front door."""

from __future__ import annotations

import pytest

from toolkit.errors import SettingsError
from toolkit.settings import build
from toolkit.title_filters import TitleFilters, filter_tables, years


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [("1995", 1995, 1995), ("1990..1999", 1990, 1999), ("1990..", 1990, 9999), (" ..1999 ", 0, 1999)],
)
def test_years(text: str, first: int, last: int) -> None:
    assert years(text) == (first, last)


@pytest.mark.parametrize("text", ["", "..", "1990-1999", "1990...1999", "19901999", "1990..1999..2000", "1999..1990"])
def test_other_texts_are_refused_by_the_options_name(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^--year: "):
        build(TitleFilters, {"year": text})


def test_only_what_is_asked_about_is_read() -> None:
    assert filter_tables(TitleFilters()) == ()
    assert filter_tables(TitleFilters(not_=("Heat",))) == ("raw.titles",)
    assert filter_tables(TitleFilters(not_genre=("Horror",))) == ("raw.genres", "raw.titles")

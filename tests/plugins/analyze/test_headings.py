"""Chinese scene headings, taken apart."""

import pytest

from plugins.analyze.headings import Heading, read_heading


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("内景 茶馆 - 夜", Heading("INT", "茶馆", "夜")),
        ("外景：车站，日", Heading("EXT", "车站", "日")),
        ("內景　茶館　黃昏", Heading("INT", "茶館", "黃昏")),
        ("内外景 汽车 清晨", Heading("INT/EXT", "汽车", "清晨")),
        ("外景 日", Heading("EXT", "日", "")),
        ("内景 老 茶馆", Heading("INT", "老 茶馆", "")),
    ],
)
def test_setting_place_and_time_are_told(text: str, heading: Heading) -> None:
    assert read_heading(text) == heading

"""Chinese screenplays: headings, cues and asides with marks of full width."""

from __future__ import annotations

import pytest

from toolkit.screenplay.cues import speaker_of
from toolkit.screenplay.fountain import parse_fountain
from toolkit.screenplay.marks import is_heading
from toolkit.screenplay.numbered_headings import split_heading
from toolkit.screenplay.plain_text import read_plain_text
from toolkit.screenplay.writing import write_fountain

FOUNTAIN = """内景 茶馆 - 夜

雨下个不停。

@林小雨（画外音）
（低声）
你终于回来了！
"""
PLAIN = """归来

1、内景 茶馆 夜

雨下个不停。茶已经凉了。

林小雨（低声）：你终于回来了！

陈大明：对不起。

（雨停了。）

2. 外景 车站 日

林小雨：再见。
【她走了】
"""


def told(elements):
    return [(element.kind, element.text) for element in elements]


@pytest.mark.parametrize("line", ["内景 茶馆", "外景：车站", "內景　茶館", "内外景，汽车"])
def test_headings_are_told_by_their_first_word(line: str) -> None:
    assert is_heading(line)


@pytest.mark.parametrize("line", ["内景", "外景地很远 走吧", "景 茶馆", "他说外景 好"])
def test_other_lines_are_no_headings(line: str) -> None:
    assert not is_heading(line)


def test_numbers_of_headings_stand_before_them() -> None:
    assert split_heading("12、内景 茶馆 夜") == ("内景 茶馆 夜", "12")
    assert split_heading("3. 外景 车站") == ("外景 车站", "3")


def test_fountain_is_read_and_written() -> None:
    elements = parse_fountain(FOUNTAIN)
    assert told(elements) == [
        ("scene heading", "内景 茶馆 - 夜"),
        ("action", "雨下个不停。"),
        ("character", "林小雨"),
        ("parenthetical", "（低声）"),
        ("dialogue", "你终于回来了！"),
    ]
    assert elements[2].extension == "（画外音）"
    assert told(parse_fountain(write_fountain(elements))) == told(elements)


def test_plain_text_with_colons_of_full_width_is_read() -> None:
    layout, elements = read_plain_text(PLAIN)
    assert layout == "play"
    assert told(elements) == [
        ("action", "归来"),
        ("scene heading", "内景 茶馆 夜"),
        ("action", "雨下个不停。茶已经凉了。"),
        ("character", "林小雨"),
        ("dialogue", "你终于回来了！"),
        ("character", "陈大明"),
        ("dialogue", "对不起。"),
        ("action", "（雨停了。）"),
        ("scene heading", "外景 车站 日"),
        ("character", "林小雨"),
        ("dialogue", "再见。"),
        ("parenthetical", "(她走了)"),
    ]
    assert [element.scene_number for element in elements if element.kind == "scene heading"] == ["1", "2"]


def test_all_spellings_of_a_cue_are_one_speaker() -> None:
    assert {speaker_of(cue) for cue in ("林小雨", "林小雨：", "林小雨（画外音）", "林小雨 (V.O.)")} == {"林小雨"}

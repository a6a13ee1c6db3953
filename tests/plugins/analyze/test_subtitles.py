"""Subtitles: times, speech rate, silence and speakers, and what is refused."""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.analyze.cues import clock, read_cues
from plugins.analyze.subtitles import Subtitles
from toolkit.document import Document, Workspace
from toolkit.errors import SourceError

SRT = """1
00:00:01,000 --> 00:00:03,000
<i>Hello there,</i>
{\\an8}old friend.

2
00:00:02,500 --> 00:00:04,500
RUTH: You came.

3
00:00:10,000 --> 00:00:12,000
[door slams]
"""


def analyzed(tmp_path: Path, text: str | bytes, name: str = "film.srt", **settings: Any) -> dict[str, pl.DataFrame]:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return dict(Subtitles(**settings).analyze(Document(file), Workspace(tmp_path)))


def refusal(tmp_path: Path, text: str | bytes, name: str = "film.srt", **settings: Any) -> str:
    with pytest.raises(SourceError) as caught:
        analyzed(tmp_path, text, name, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def stamp(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d},{rest:03d}"


def srt(*cues: tuple[int, int, str]) -> str:
    return "\n\n".join(
        f"{number}\n{stamp(start)} --> {stamp(end)}\n{text}" for number, (start, end, text) in enumerate(cues, 1)
    )


def test_hand_worked_cues(tmp_path: Path) -> None:
    cues = analyzed(tmp_path, SRT)["results.cues"]
    assert cues.rows() == [
        (1, 1.0, 3.0, "Hello there,\nold friend.", None, 4, 23, 11.5, 1.0),
        (2, 2.5, 4.5, "You came.", "RUTH", 2, 9, 4.5, 0.0),
        (3, 10.0, 12.0, "[door slams]", None, 2, 12, 6.0, 5.5),
    ]


def test_hand_worked_pacing(tmp_path: Path) -> None:
    (row,) = analyzed(tmp_path, SRT)["results.subtitle_pacing"].iter_rows(named=True)
    # shown from 1 to 4.5 and from 10 to 12: 5.5 of 12 seconds; 8 words in them
    assert row == {
        "format": "srt", "cues": 3, "words": 8, "seconds": 12.0, "spoken_seconds": 5.5,
        "silent_share": pytest.approx(6.5 / 12), "longest_silence": 5.5,
        "words_per_minute": pytest.approx(8 * 60 / 5.5), "letters_per_second": 6.0, "speakers": 1,
    }  # fmt: skip


def test_frames_have_the_types_of_their_tables(tmp_path: Path) -> None:
    frames = analyzed(tmp_path, SRT)
    whole, number, text = pl.Int32, pl.Float64, pl.String
    assert list(frames["results.cues"].schema.values()) == [
        whole, number, number, text, text, whole, whole, number, number,
    ]  # fmt: skip
    assert list(frames["results.subtitle_pacing"].schema.values()) == [
        text, whole, whole, number, number, number, number, number, number, whole,
    ]  # fmt: skip


def test_lines_are_what_is_spoken_with_its_time(tmp_path: Path) -> None:
    lines = Subtitles().lines(analyzed(tmp_path, SRT))
    assert lines is not None
    assert lines.rows() == [
        (1, "Hello there, old friend.", None, None, pytest.approx(2 / 12), 1.0),
        (2, "You came.", None, "RUTH", pytest.approx(3.5 / 12), 2.5),
    ]
    assert lines.schema["scene"] == pl.Int32


def test_webvtt_notes_styles_and_identifiers_are_nobodys_words(tmp_path: Path) -> None:
    text = """WEBVTT - a title

STYLE
::cue { color: red }

NOTE 00:00:09.000 to 00:00:10.000
is cut

intro
00:01.000 --> 00:02.500 align:start
<v.loud Esme>Hello <b>you</b> &amp; <00:00:01.200>me <00:00:01.400>now

second
00:00:03.000 --> 00:00:04.000
<v Anna Lee>Hi.</v>
<v Ben>Yes?</v>
"""
    frames = analyzed(tmp_path, text, "a.vtt")
    assert frames["results.cues"]["text"].to_list() == ["Hello you & me now", "Hi.\nYes?"]
    assert frames["results.cues"]["speaker"].to_list() == ["Esme", None]
    assert frames["results.subtitle_pacing"]["speakers"].item() == 3


def test_substation_drawings_comments_and_hidden_text_are_left_out_and_lines_sorted(tmp_path: Path) -> None:
    text = """[Script Info]
Title: a film
[V4+ Styles]
Style: Default,Arial,no number
[Events]
Dialogue: 0,0:00:05.00,0:00:06.00,Default,Ruth,0,0,0,,{\\i1}Later,{\\i0} it\\Nrains
Comment: 0,0:00:05.00,0:00:06.00,Default,Ruth,0,0,0,,nobody sees this
Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,Well, {note}now {\\p1}m 0 0 l 100 0{\\p0}then
Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0
"""
    cues = analyzed(tmp_path, text, "a.ass")["results.cues"]
    assert cues["text"].to_list() == ["Well, now then", "Later, it\nrains"]
    assert cues["speaker"].to_list() == [None, "Ruth"]


def test_microdvd_counts_frames(tmp_path: Path) -> None:
    with_rate = analyzed(tmp_path, "{1}{1}25\n{25}{50}Hello|you\n", "a.sub")["results.cues"]
    given_rate = analyzed(tmp_path, "{25}{50}Hello|you\n", "b.sub", frame_rate=25)["results.cues"]
    assert with_rate.rows() == given_rate.rows()
    assert with_rate.rows()[0][1:4] == (1.0, 2.0, "Hello\nyou")
    assert "--frame-rate" in refusal(tmp_path, "{25}{50}Hello|you\n", "c.sub")


@pytest.mark.parametrize(
    ("text", "speaker", "kept"),
    [
        ("RUTH: Come in.", "RUTH", "Come in."),
        ("- DR. O'HARA #2: No.", "DR. O'HARA #2", "- No."),
        (">> JOSÉ: Si.", "JOSÉ", ">> Si."),
        ("ПЁТР: да", "ПЁТР", "да"),
        ("- RUTH: What?\n- BEN: Nothing.", None, "- What?\n- Nothing."),
        ("- RUTH: What?\n- Nothing.", None, "- What?\n- Nothing."),
        ("Wait.\nRUTH: No.", None, "Wait.\nNo."),
        ("Listen: it rains.", None, "Listen: it rains."),
        ("12:30: it rains", None, "12:30: it rains"),
        ("http://example.org", None, "http://example.org"),
    ],
)
def test_speakers_are_names_in_capitals_before_a_colon(text: str, speaker: str | None, kept: str) -> None:
    (cue,), _ = read_cues(srt((0, 1000, text)), "film.srt")
    assert (cue.speaker, cue.text) == (speaker, kept)


def test_a_number_said_is_not_taken_for_the_number_of_a_cue() -> None:
    cues, _ = read_cues(srt((0, 1000, "Five:\n5"), (2000, 3000, "1969")), "film.srt")
    assert [cue.text for cue in cues] == ["Five:\n5", "1969"]


def test_cues_without_numbers_keep_theirs() -> None:
    text = "00:00:01,000 --> 00:00:02,000\nIn the year\n2525\n\n00:00:03,000 --> 00:00:04,000\n42\n"
    cues, _ = read_cues(text, "film.srt")
    assert [(cue.text, cue.line) for cue in cues] == [("In the year\n2525", 1), ("42", 5)]


def test_cues_out_of_order_are_refused_by_number_line_and_time(tmp_path: Path) -> None:
    text = srt((5000, 6000, "A"), (1000, 2000, "B"))
    message = refusal(tmp_path, text)
    assert "line 6: cue 2 begins at 00:00:01.000" in message
    assert "cue 1 at 00:00:05.000" in message
    assert "--sort" in message
    assert analyzed(tmp_path, text, sort=True)["results.cues"]["text"].to_list() == ["B", "A"]


def test_cues_may_overlap_and_begin_up_to_a_second_early(tmp_path: Path) -> None:
    cues = analyzed(tmp_path, srt((5000, 9000, "A"), (4000, 6000, "B"), (5500, 5600, "C")))["results.cues"]
    assert cues["text"].to_list() == ["B", "A", "C"]
    assert cues["silence_before"].to_list() == [4.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (srt((0, 1000, "A"), (5000, 4000, "B")), "line 6: cue 2 ends at 00:00:04.000, before it begins"),
        ("1\n100:00:05,000 --> 100:00:06,000\nA\n\n2\n00:00:01,000 --> 00:00:02,000\nB", "line 2: .* beyond 24 hours"),
        ("1\n-00:00:05,000 --> 00:00:06,000\nA", "line 2: .* no times of the form"),
        ("1\n00:00:05,000 --> 00:00:06,000\nA\n\n2\n00:00:07,000 --> 00:00:0x,000\nB", "line 6: .* no times"),
        ("1\n00:00:05,000 --> 00:00:06,000\n<i></i>\n", "holds no cue with words"),
        ("It was a dark and stormy night.\n", "holds no subtitles"),
        ("[Events]\nDialogue: 0,0:00:0a.00,0:00:06.00,Default,,0,0,0,,x", "line 2: .* has no times"),
        (b"", "is empty"),
        (b"PK\x03\x04\x00\x00", "zip archive"),
        (b"\x00\x00\x01\xba\x44\x00", "NUL bytes"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(tmp_path: Path, text: str | bytes, words: str) -> None:
    assert re.search(words, refusal(tmp_path, text))


def test_a_cue_that_is_shown_for_no_time_has_no_rate(tmp_path: Path) -> None:
    frames = analyzed(tmp_path, srt((0, 0, "A")))
    assert frames["results.cues"]["letters_per_second"].to_list() == [None]
    assert frames["results.subtitle_pacing"].select("words_per_minute", "silent_share").row(0) == (None, None)


def test_other_encodings_and_line_ends_are_read(tmp_path: Path) -> None:
    text = srt((0, 1000, "Où est José ?")).replace("\n", "\r\n")
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        cues = analyzed(tmp_path, text.encode(encoding), f"{encoding}.srt")["results.cues"]
        assert cues["text"].to_list() == ["Où est José ?"]


@given(
    st.lists(
        st.tuples(st.integers(0, 7_000_000), st.integers(0, 9_000), st.sampled_from(["Yes.", "No, no.", "Why?\nHow?"])),
        min_size=1,
        max_size=20,
    )
)
@settings(deadline=None)
def test_silence_and_speech_fill_the_time_and_nothing_is_lost(cues: list[tuple[int, int, str]]) -> None:
    ordered = sorted(cues)
    with tempfile.TemporaryDirectory() as folder:
        frames = analyzed(Path(folder), srt(*((start, start + length, text) for start, length, text in ordered)))
    pacing, frame = frames["results.subtitle_pacing"].row(0, named=True), frames["results.cues"]
    shown = {
        moment for start, length, _ in ordered if length for moment in (start, start + length - 1)
    }  # milliseconds in which some cue is shown
    assert pacing["cues"] == frame.height == len(cues)
    assert pacing["spoken_seconds"] + frame["silence_before"].sum() == pytest.approx(pacing["seconds"], abs=1e-6)
    assert pacing["spoken_seconds"] * 1000 >= len(shown) - 1e-6
    assert frame["starts_at"].is_sorted()
    assert (frame["silence_before"] >= 0).all()


PIECES = st.sampled_from(
    [
        "WEBVTT", "\n", "\n\n", "00:00:01,000 --> 00:00:02,000", "00:00:01.000 --> 00:00:02.000", "-->", "00:61:00,0",
        "{1}{1}", "{25}{50}", "Dialogue: 0,", "0:00:01.00,", "{\\p1}", "{\\p0}", "{{", "<v Ann>", "<", ">", "NOTE",
        "RUTH: ", "- ", "&amp;", "99999999999999999999", "é",
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join))
@settings(deadline=None)
def test_whatever_it_is_it_is_read_or_refused(text: str) -> None:
    try:
        cues, _ = read_cues(text, "film.srt", 25)
    except SourceError as error:
        message = str(error)
        cues = []
    else:
        message = ""
    assert "\n" not in message
    assert bool(cues) != bool(message)
    assert all(cue.text and 0 <= cue.start <= cue.end for cue in cues)


def test_a_long_cue_of_brackets_takes_no_time() -> None:
    for mark in ("{", "{\\p1", "<v ", "<", "{\\p1}", "A "):
        text = f"[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,x {mark * 100_000}"
        read_cues(text, "film.ass")
        read_cues(srt((0, 1000, "x " + mark * 100_000)), "film.srt")


def test_clock() -> None:
    assert clock(3723.0456) == "01:02:03.046"


@pytest.mark.slow
def test_real_subtitles(real_data: Path, tmp_path: Path) -> None:
    files = sorted(real_data.glob("video/**/*.srt"))
    assert files
    for file in files:
        frames = Subtitles().analyze(Document(file), Workspace(tmp_path))
        pacing = frames["results.subtitle_pacing"].row(0, named=True)
        assert pacing["cues"] == file.read_text(encoding="utf-8-sig").count("-->")
        assert 50 < pacing["words_per_minute"] < 250


def test_drawings_end_where_they_are_told_to(tmp_path: Path) -> None:
    events = (
        "a{\\p1}m 0 0{\\an8}l 1 1{\\p0}b{\\pos(1,2)}c",
        "{\\p1}m 0{\\p0}a{\\p2}m 0{\\p0\\b1}b",
        "{\\p1\\p0}m 0{\\b1\\p0\\p3}m 1",
        "a{\\p1",
    )
    text = (
        "[Script Info]\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    )
    text += "".join(
        f"Dialogue: 0,0:00:0{n}.00,0:00:0{n}.50,Default,,0,0,0,,{event}\n" for n, event in enumerate(events)
    )
    assert analyzed(tmp_path, text, "film.ass")["results.cues"]["text"].to_list() == ["abc", "ab", "a{\\p1"]


@pytest.mark.parametrize(
    ("name", "unit", "first"),
    [("film.vtt", "<v a", ""), ("film.vtt", "<v.", ""), ("film.vtt", " ", "<v"), ("film.ass", "\\p1", "{"),
     ("film.ass", "\\p0", "{\\p1}{"), ("film.srt", " ", "1")],
)  # fmt: skip
def test_a_cue_of_a_megabyte_of_marks_takes_moments(tmp_path: Path, name: str, unit: str, first: str) -> None:
    line = first + unit * (1_000_000 // len(unit)) + "1"
    heads = {
        "film.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n",
        "film.srt": "1\n00:00:01,000 --> 00:00:02,000\nHi\n",
        "film.ass": "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Hi\\N",
    }
    began = time.process_time()
    assert analyzed(tmp_path, heads[name] + line + "\n", name)["results.cues"]["text"].item().startswith("Hi")
    assert time.process_time() - began < 4


def test_times_that_are_none_are_told_and_no_cue_is_dropped(tmp_path: Path) -> None:
    text = "1\n00:00:aa,000 --> 00:00:04,000\nLost.\n\n2\n00:00:05,000 --> 00:00:06,000\nKept.\n"
    (tmp_path / "badtime.srt").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"badtime\.srt, line 2: .* are no times of the form"):
        Subtitles().analyze(Document(tmp_path / "badtime.srt"), Workspace(tmp_path))

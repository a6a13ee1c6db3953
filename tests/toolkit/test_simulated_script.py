"""The screenplay of our own, and its subtitles: whole Fountain, one story, cues that fit the clip."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from toolkit.screenplay.fountain import parse_fountain
from toolkit.simulated_clip import FRAME_RATE, clip_truth
from toolkit.simulated_script import MEN, TRAILER, WOMEN, draw_script, draw_subtitles

SEEDS = range(25)
COUNTS = {
    "title page": 5, "scene heading": 11, "character": 47, "dialogue": 46, "parenthetical": 9, "lyric": 1, "note": 1,
    "transition": 4, "section": 3, "synopsis": 3, "centred": 2,
}  # fmt: skip
HEADING = re.compile(r"^(?:INT|EXT)\. .+ - [A-Z]+$", re.MULTILINE)
CUE = re.compile(r"([A-Z][A-Z ]*?)((?: \([^)\n]*\))?)( \^)?\n((?:.+\n?)+)")
BLOCK = re.compile(r"(\d+)\n(\S+) --> (\S+)\n([A-Z]+): (.+)\n?")


def cues(script: str) -> list[re.Match[str]]:
    """Paragraphs that begin with a name in capitals."""
    return [cue for paragraph in script.split("\n\n") if (cue := CUE.fullmatch(paragraph))]


def spoken(script: str) -> list[tuple[str, str]]:
    """Who speaks and what, without parentheticals."""
    return [
        (cue[1], " ".join(line for line in cue[4].splitlines() if not line.startswith("("))) for cue in cues(script)
    ]


def frame(stamp: str) -> float:
    hours, minutes, seconds, milliseconds = (int(part) for part in re.split("[:,]", stamp))
    return (3600 * hours + 60 * minutes + seconds + milliseconds / 1000) * FRAME_RATE


@pytest.mark.parametrize("seed", SEEDS)
def test_every_seed_tells_the_same_story_with_names_that_differ(seed: int) -> None:
    script = draw_script(seed)
    assert not re.search(r"[{}\\]| $|\n\n\n", script)
    assert len(HEADING.findall(script)) == 11
    lines = spoken(script)
    assert len({who for who, _ in lines}) == 7
    assert 35 < len(lines) < 70
    assert sum(name in {who.title() for who, _ in lines} for name in WOMEN) == 3
    assert sum(name in {who.title() for who, _ in lines} for name in MEN) == 2


def test_it_has_what_fountain_has() -> None:
    script = draw_script(0)
    assert script.startswith("Title:\n    ")
    marks = (
        r"\(V\.O\.\)$", r"\(O\.S\.\)$", r"\(CONT'D\)$", r"^[A-Z]+ \^$", r"^\(whispering, .+\)$", r"^CUT TO:$",
        r"^> FADE IN:$", r"^# Act Three$", r"^= ", r"^\[\[.+\]\]$", r"^~", r"^> THE END <$", r"_\*\*.+\*\*_",
    )  # fmt: skip
    for mark in marks:
        assert re.search(mark, script, re.MULTILINE), mark


@pytest.mark.parametrize("seed", SEEDS)
def test_the_parser_finds_every_scene_speaker_and_pair_of_dual_dialogue(seed: int) -> None:
    elements = parse_fountain(draw_script(seed))
    counts = Counter(element.kind for element in elements)
    assert {element.kind: counts[element.kind] for element in elements if element.kind in COUNTS} == COUNTS
    cues = [element for element in elements if element.kind == "character"]
    assert len({cue.text for cue in cues}) == 7
    assert [cue.dual for cue in cues if cue.dual] == ["left", "right"] * 2


def test_a_continued_cue_is_of_who_spoke_last() -> None:
    last = ""
    for cue in cues(draw_script(3)):
        if "CONT'D" in cue[2]:
            assert cue[1] == last
        last = cue[1]


def test_seeds_vary_names_and_places_and_are_repeated() -> None:
    assert draw_script(1) == draw_script(1)
    assert len({draw_script(seed) for seed in SEEDS}) > 20


def test_the_story_begins_well_falls_and_rises() -> None:
    textblob = pytest.importorskip("textblob")
    polarity = [
        textblob.TextBlob(" ".join(what for _, what in spoken(act))).sentiment.polarity
        for act in re.split("^# Act .*$", draw_script(0), flags=re.MULTILINE)[1:]
    ]
    assert len(polarity) == 3
    assert polarity[0] > 0.2
    assert polarity[1] < -0.1
    assert polarity[2] > 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_subtitles_are_lines_of_the_script_each_within_its_shot(seed: int) -> None:
    blocks = [BLOCK.fullmatch(block) for block in draw_subtitles(seed).split("\n\n")]
    said = [line for line in TRAILER if line is not None]
    assert len(blocks) == len(said) == 9
    acts = [spoken(act) for act in re.split("^# Act .*$", draw_script(seed), flags=re.MULTILINE)[1:]]
    lines = [(who, what, act) for act, lines in enumerate(acts) for who, what in lines]
    shots = [shot for shot, line in zip(clip_truth(seed).shots, TRAILER, strict=True) if line is not None]
    told = []
    for number, (block, (first, until)) in enumerate(zip(blocks, shots, strict=True), 1):
        assert block is not None
        assert int(block[1]) == number
        begins, ends = frame(block[2]), frame(block[3])
        assert first < begins < ends < until
        assert len(block[5]) / ((ends - begins) / FRAME_RATE) < 21
        told.append(next(act for who, what, act in lines if who == block[4] and block[5] in what))
    assert told == [0, 0, 0, 0, 1, 1, 2, 2, 2]


def test_subtitles_are_read_by_a_library() -> None:
    pysubs2 = pytest.importorskip("pysubs2")
    events = pysubs2.SSAFile.from_string(draw_subtitles(7), format_="srt").events
    assert [event.plaintext.partition(": ")[2] for event in events][:2] == [
        "Is it open tonight?",
        "Every seat is taken. Look at them!",
    ]
    assert events[0].start == 167

from __future__ import annotations

import pytest

from toolkit.screenplay.cues import fold_speakers, speaker_of, speakers_in


@pytest.mark.parametrize(
    "cue",
    [
        *("BOB", "Bob", " BOB  ", "BOB (V.O.)", "bob(v.o.)", "BOB (O. S.) (CONT'D)", "BOB (CONT’D)", "BOB (on air)"),
        *("BOB V.O.", "BOB O.S.", "BOB CONT'D", "BOB - VO", "BOB:", "BOB (V.O.):", "BOB ^", "BOB (Dual) ^"),
    ],
)
def test_all_spellings_of_a_cue_are_one_name(cue: str) -> None:
    assert speaker_of(cue) == "BOB"


@pytest.mark.parametrize(
    ("cue", "name"),
    [
        ("Dr. No", "DR. NO"),
        ("BOB'S VOICE", "BOB'S VOICE"),
        ("BOB’S VOICE", "BOB'S VOICE"),
        ("OLD  MAN #2", "OLD MAN #2"),
        ("VO", "VO"),
        ("McCLANE", "MCCLANE"),
        ("Иван (З.К.)", "ИВАН"),
        ("田中", "田中"),
        ("JEAN-LUC", "JEAN-LUC"),
        ("", ""),
    ],
)
def test_a_name_is_no_more_than_that(cue: str, name: str) -> None:
    assert speaker_of(cue) == name


def test_folding_a_folded_name_changes_nothing() -> None:
    for cue in ("Bob (V.O.)", "BOB VO VO", "A & B (CONT'D)", "(X)"):
        assert speaker_of(speaker_of(cue)) == speaker_of(cue)


def test_several_speakers_are_told_apart_only_where_each_has_a_cue_alone() -> None:
    names = ["BOB", "Ann (V.O.)", "BOB & ANN", "ann and bob", "BOB/ANN (CONT'D)", "MOM AND POP", "BOB AND CY", "SANDY"]
    assert fold_speakers(names) == {
        "BOB": "BOB",
        "Ann (V.O.)": "ANN",
        "BOB & ANN": "BOB & ANN",
        "ann and bob": "BOB & ANN",
        "BOB/ANN (CONT'D)": "BOB & ANN",
        "MOM AND POP": "MOM AND POP",
        "BOB AND CY": "BOB AND CY",
        "SANDY": "SANDY",
    }
    assert speakers_in("BOB, ANN AND CY", {"BOB", "ANN", "CY"}) == ("BOB", "ANN", "CY")
    assert speakers_in("MOM AND POP", {"MOM"}) == ("MOM AND POP",)

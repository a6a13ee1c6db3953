from __future__ import annotations

import textwrap

import pytest

from toolkit.screenplay.plain_text import parse_plain_text, read_plain_text

SCRIPT = """
                              THE LONG NIGHT

                                Written by

                                 Ada Vale

                                                        Rev. 3/4/99

          FADE IN:

  1       EXT. HARBOUR - NIGHT                                          1

          Fog. MARA, 40, stands at the rail and looks
          down into *black* water.

                              MARA
                        (to herself,
                         very low)
                    Not tonight. Not this
                    year either.

          She turns.

                              TOM (O.S.)
                    Mara!

                                                       CUT TO:

                                                       (CONTINUED)
THE LONG NIGHT - Rev. 3/4/99                                             2.

  1       CONTINUED: (2)                                                1

                              MARA (cont'd)
                    What could not wait until
                                  (MORE)

                                                       3.

                    the morning?
                        (beat)
                    Well?

THE LONG NIGHT - Rev. 3/4/99                                             4.

  A2      INT. CABIN - LATER                                           A2

          A lamp. 42 letters on the table.

                              TOM
                    42.

THE LONG NIGHT - Rev. 3/4/99                                             5.

                              THE END
"""
WANTED = [
    ("title page", "THE LONG NIGHT"),
    ("title page", "Written by"),
    ("title page", "Ada Vale"),
    ("title page", "Rev. 3/4/99"),
    ("transition", "FADE IN:"),
    ("scene heading", "EXT. HARBOUR - NIGHT"),
    ("action", "Fog. MARA, 40, stands at the rail and looks down into *black* water."),
    ("character", "MARA"),
    ("parenthetical", "(to herself, very low)"),
    ("dialogue", "Not tonight. Not this year either."),
    ("action", "She turns."),
    ("character", "TOM"),
    ("dialogue", "Mara!"),
    ("transition", "CUT TO:"),
    ("character", "MARA"),
    ("dialogue", "What could not wait until"),
    ("dialogue", "the morning?"),
    ("parenthetical", "(beat)"),
    ("dialogue", "Well?"),
    ("scene heading", "INT. CABIN - LATER"),
    ("action", "A lamp. 42 letters on the table."),
    ("character", "TOM"),
    ("dialogue", "42."),
    ("action", "THE END"),
]


def kinds(text: str) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in parse_plain_text(text)]


def test_columns_tell_cues_dialogue_and_action_and_what_pages_add_is_dropped() -> None:
    assert kinds(SCRIPT) == WANTED
    elements = parse_plain_text(SCRIPT)
    assert [element.scene_number for element in elements if element.kind == "scene heading"] == ["1", "A2"]
    assert [element.extension for element in elements if element.kind == "character"] == ["", "(O.S.)", "(cont'd)", ""]
    assert elements[5].line == 12
    assert elements[6].markup.endswith(r"\*black\* water.")


@pytest.mark.parametrize("shift", [0, 1, 7])
def test_the_columns_are_those_of_the_file(shift: int) -> None:
    moved = textwrap.indent(SCRIPT, " " * shift).replace(" " * 8, "\t" if shift == 0 else " " * 8)
    assert kinds(moved.replace("\n", "\r\n")) == WANTED


def test_every_other_column_width_is_found() -> None:
    text = "INT. A\n\nHe waits.\n\n      BOB\n   Hi.\n\nHe sits.\n\n      ANN\n   (low)\n   Hi.\nShe goes.\n"
    assert kinds(text) == [
        ("scene heading", "INT. A"),
        ("action", "He waits."),
        ("character", "BOB"),
        ("dialogue", "Hi."),
        ("action", "He sits."),
        ("character", "ANN"),
        ("parenthetical", "(low)"),
        ("dialogue", "Hi."),
        ("action", "She goes."),
    ]


def test_a_script_that_begins_with_a_speech_has_no_title_page() -> None:
    text = "      BOB\n   Hi.\n\nHe waits.\n\n      ANN\n   Hi.\n\nINT. A\n\nRain.\n"
    assert [kind for kind, _ in kinds(text)] == [
        *("character", "dialogue", "action", "character", "dialogue", "scene heading", "action"),
    ]


def test_a_number_of_the_place_is_no_scene_number() -> None:
    text = "INT. ROOM 12\n\nHe waits.\n\n      BOB\n   Hi.\n\n      ANN\n   Hi.\n\n7 INT. ROOM  3\n\nRain.\n"
    headings = [(one.text, one.scene_number) for one in parse_plain_text(text) if one.kind == "scene heading"]
    assert headings == [("INT. ROOM 12", ""), ("INT. ROOM 3", "7")]


def test_a_text_without_columns_is_read_as_fountain() -> None:
    layout, elements = read_plain_text("Title: A\n\nINT. HALL\n\nBOB\n*Hi*.\n\n[[note]]")
    assert layout == "fountain"
    assert [(element.kind, element.text) for element in elements] == [
        ("title page", "A"),
        ("scene heading", "INT. HALL"),
        ("character", "BOB"),
        ("dialogue", "Hi."),
        ("note", "note"),
    ]


def test_a_stage_play_whose_names_stand_alone() -> None:
    text = """ACT I

SCENE I. Rome. A street.

Enter a company of
citizens.

First Citizen:
Before we proceed any further,
hear me speak. He said: wait.
[Aside]
Alas.

All:
Speak, speak.

First Citizen (within):
You are all resolved?

Ghost:
"""
    assert read_plain_text(text)[0] == "play"
    assert kinds(text) == [
        ("section", "ACT I"),
        ("scene heading", "SCENE I. Rome. A street."),
        ("action", "Enter a company of citizens."),
        ("character", "First Citizen"),
        ("dialogue", "Before we proceed any further,\nhear me speak. He said: wait."),
        ("parenthetical", "(Aside)"),
        ("dialogue", "Alas."),
        ("character", "All"),
        ("dialogue", "Speak, speak."),
        ("character", "First Citizen"),
        ("dialogue", "You are all resolved?"),
        ("character", "Ghost"),
    ]


def test_a_stage_play_whose_names_stand_beside_the_words() -> None:
    text = "ANNA: Hello.\nHow are you?\nBEN: Well.\n\nANNA: Note this: rain.\n\nThe light: out.\n"
    assert kinds(text) == [
        ("character", "ANNA"),
        ("dialogue", "Hello.\nHow are you?"),
        ("character", "BEN"),
        ("dialogue", "Well."),
        ("character", "ANNA"),
        ("dialogue", "Note this: rain."),
        ("action", "The light: out."),
    ]


def test_nothing_gives_no_elements() -> None:
    assert parse_plain_text("") == parse_plain_text("\n \f\n") == ()

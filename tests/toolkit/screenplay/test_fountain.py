from __future__ import annotations

import pytest

from toolkit.screenplay.elements import Element
from toolkit.screenplay.fountain import parse_fountain
from toolkit.screenplay.inline import plain


def kinds(text: str) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in parse_fountain(text)]


def only(text: str) -> Element:
    (element,) = parse_fountain(text)
    return element


@pytest.mark.parametrize(
    "line",
    [
        "INT. HOUSE - DAY",
        "EXT HOUSE",
        "est. house",
        "INT./EXT. CAR",
        "INT/EXT CAR",
        "I/E. CAR",
        "Ext. Brick's pool - day",
    ],
)
def test_scene_headings_begin_with_a_word_of_the_list_in_any_case(line: str) -> None:
    assert kinds(f"{line}\n\nRain.") == [("scene heading", line), ("action", "Rain.")]


@pytest.mark.parametrize("line", ["INTERIOR DESIGN", "ESTABLISHING", "Integers", ". NOT ONE", "..."])
def test_other_lines_are_no_scene_headings(line: str) -> None:
    assert kinds(line) == [("action", line)]


def test_a_period_before_a_letter_forces_a_scene_heading_and_an_ellipsis_does_not() -> None:
    assert kinds(".SNIPER POV\n\n...where it is parked.") == [
        ("scene heading", "SNIPER POV"),
        ("action", "...where it is parked."),
    ]


@pytest.mark.parametrize("number", ["1", "1A", "1a", "A1", "I-1-A", "1.", "110A"])
def test_scene_numbers_are_kept_apart_from_the_heading(number: str) -> None:
    heading = only(f"INT. HOUSE - DAY - FLASHBACK (1944) #{number}#")
    assert (heading.text, heading.scene_number) == ("INT. HOUSE - DAY - FLASHBACK (1944)", number)


def test_a_scene_heading_may_be_followed_at_once_and_needs_an_empty_line_before() -> None:
    assert kinds("INT. HALL\nHe waits.") == [("scene heading", "INT. HALL"), ("action", "He waits.")]
    assert kinds("He waits.\nINT. HALL") == [("action", "He waits.\nINT. HALL")]
    assert kinds("INT. A\nEXT. B") == [("action", "INT. A\nEXT. B")]


def test_action_keeps_indentation_line_breaks_and_empty_lines() -> None:
    text = "He reads:\n\n\n\n\tScott --\n          1:00 pm  \nDone."
    assert kinds(text) == [("action", "He reads:"), ("action", "\n\n    Scott --\n          1:00 pm\nDone.")]


def test_forced_action_is_not_a_cue() -> None:
    assert kinds("!SCANNING THE AISLES...\nWhere is he?") == [("action", "SCANNING THE AISLES...\nWhere is he?")]


@pytest.mark.parametrize(
    "name", ["STEEL", "R2D2", "3CPO", "ÅSA", "ИВАН", "ΆΝΝΑ", "MÜLLER & SOHN", "GROßMUTTER", "JIM😆"]
)
def test_cues_are_capitals_of_any_script(name: str) -> None:
    assert kinds(f"{name}\nYes.") == [("character", name), ("dialogue", "Yes.")]


@pytest.mark.parametrize("name", ["Steel", "23", "23 (O.S.)", "田中", "אבי", "(JACK)", "AND ^ (Dual)"])
def test_other_lines_are_no_cues(name: str) -> None:
    assert kinds(f"{name}\nYes.") == [("action", f"{name}\nYes.")]


@pytest.mark.parametrize("name", ["McCLANE", "田中", "אבי", "23"])
def test_an_at_sign_forces_a_cue(name: str) -> None:
    assert kinds(f"@{name}\nYes.") == [("character", name), ("dialogue", "Yes.")]


def test_a_cue_needs_an_empty_line_before_and_none_after() -> None:
    assert kinds("BOB\n\nHello.") == [("action", "BOB"), ("action", "Hello.")]
    assert kinds("He turns.\nBOB\nHello.") == [("action", "He turns.\nBOB\nHello.")]


def test_extensions_are_kept_as_written_and_apart_from_the_name() -> None:
    cue = parse_fountain("HANS (on the radio) (CONT'D)\nWhat?")[0]
    assert (cue.text, cue.extension) == ("HANS", "(on the radio) (CONT'D)")


def test_a_speech_has_parentheticals_dialogue_and_lyrics() -> None:
    text = "\t\tBOB\n\t\t\t(slowly)\n\tTrying\n\tthis.\n\t(loud)\n\t~La la\n\t~la\nAnd this."
    assert kinds(text) == [
        ("character", "BOB"),
        ("parenthetical", "(slowly)"),
        ("dialogue", "Trying\nthis."),
        ("parenthetical", "(loud)"),
        ("lyric", "La la\nla"),
        ("dialogue", "And this."),
    ]


def test_two_blanks_keep_an_empty_line_in_dialogue_and_an_empty_line_ends_it() -> None:
    text = "DEALER\nTen.\n  \nHit or stand?\n\nMONKEY\nHm."
    assert [element.text for element in parse_fountain(text)] == ["DEALER", "Ten.\n\nHit or stand?", "MONKEY", "Hm."]


def test_a_caret_makes_two_speeches_dual_even_with_a_note_between() -> None:
    elements = parse_fountain("BRICK\n(softly)\nYes.\n\n[[together]]\n\nSTEEL^\nNo.\n\nBRICK\nWell.")
    assert [element.dual for element in elements] == ["left", "left", "left", "", "right", "right", "", ""]
    assert elements[4].text == "STEEL"


def test_a_caret_without_a_speech_before_it_means_nothing() -> None:
    assert [element.dual for element in parse_fountain("Rain.\n\nSTEEL ^\nNo.")] == ["", "", ""]
    duals = [element.dual for element in parse_fountain("A\na\n\nB ^\nb\n\nC ^\nc")]
    assert duals == ["left", "left", "right", "right", "", ""]


def test_transitions_are_capitals_that_end_in_to_or_are_forced() -> None:
    assert kinds("CUT TO:\n\n    SMASH CUT TO:\n\n> Burn to White.") == [
        ("transition", "CUT TO:"),
        ("transition", "SMASH CUT TO:"),
        ("transition", "Burn to White."),
    ]


def test_a_blank_after_the_colon_makes_a_transition_action() -> None:
    assert kinds("CUT TO: \n\nFADE OUT.\n\nboop TO:") == [
        ("action", "CUT TO:"),
        ("action", "FADE OUT."),
        ("action", "boop TO:"),
    ]


def test_centred_lines_that_stand_together_are_one_element() -> None:
    assert kinds("> BRICK\t<\n>& STEEL<\n\n>THE END<") == [("centred", "BRICK\n& STEEL"), ("centred", "THE END")]


def test_sections_synopses_and_page_breaks_need_no_empty_lines() -> None:
    elements = parse_fountain("# Act\n### Scene\n=It begins.\n====\nINT. HALL\n= More.\nHe waits.")
    assert [(element.kind, element.text, element.depth) for element in elements] == [
        ("section", "Act", 1),
        ("section", "Scene", 3),
        ("synopsis", "It begins.", 0),
        ("page break", "", 0),
        ("scene heading", "INT. HALL", 0),
        ("synopsis", "More.", 0),
        ("action", "He waits.", 0),
    ]


def test_notes_follow_what_they_stand_in_and_leave_no_line_behind() -> None:
    text = "DAN[[who?]]\nOne\n[[on its own\n  two lines]]\ntwo.\n\nA[[x]]. B.\n\n[[alone]]\n\nC."
    assert kinds(text) == [
        ("character", "DAN"),
        ("dialogue", "One\ntwo."),
        ("note", "who?"),
        ("note", "on its own\ntwo lines"),
        ("action", "A. B."),
        ("note", "x"),
        ("note", "alone"),
        ("action", "C."),
    ]


def test_a_note_goes_over_a_line_of_two_blanks_but_not_over_an_empty_one() -> None:
    assert kinds("A [[b\n  \nc]] d") == [("action", "A  d"), ("note", "b\n\nc")]
    assert kinds("A [[b\n\nc]] d") == [("action", "A [[b"), ("action", "c]] d")]


def test_a_boneyard_goes_over_anything_and_is_text_where_it_is_never_closed() -> None:
    assert kinds("CUT TO:\n/*\nBOB\n\nHi [[x\n*/\nEXT. SEA\n\nA /* b") == [
        ("transition", "CUT TO:"),
        ("boneyard", "BOB\n\nHi [[x"),
        ("scene heading", "EXT. SEA"),
        ("action", "A /* b"),
    ]


def test_a_backslash_keeps_openings_of_notes_and_boneyards() -> None:
    assert kinds("a \\[[b]] \\/* c */") == [("action", "a [[b]] /* c */")]


def test_the_title_page_has_values_beside_and_below_its_keys() -> None:
    text = "Title:\n\t_**BRICK & STEEL**_\n    FULL: RETIRED\nDraft date: 1/20/2012\nSource:\nNo entry.\n\nTitle: no"
    entries = parse_fountain(text)
    assert [(entry.key, entry.text) for entry in entries[:3]] == [
        ("Title", "BRICK & STEEL\nFULL: RETIRED"),
        ("Draft date", "1/20/2012"),
        ("Source", ""),
    ]
    assert entries[0].markup == "_**BRICK & STEEL**_\nFULL: RETIRED"
    assert [(element.kind, element.text) for element in entries[3:]] == [
        ("action", "No entry."),
        ("action", "Title: no"),
    ]


@pytest.mark.parametrize("text", ["FADE IN:\n\nRain.", "INT. HOUSE - 3:00 PM", "Bob:\nHello."])
def test_a_script_without_a_title_page_has_none(text: str) -> None:
    assert all(element.kind != "title page" for element in parse_fountain(text))


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("*italics* **bold** ***both*** _under_", "italics bold both under"),
        ("_Steel's face FILLS the *Leupold Mark 4* scope_.", "Steel's face FILLS the Leupold Mark 4 scope."),
        (r"the keypad: **\*9765\***", "the keypad: *9765*"),
        ("He dialed *69 and then *23, and hung up.", "He dialed *69 and then *23, and hung up."),
        ("He dialed *69 and then 23*, and hung up.", "He dialed 69 and then 23, and hung up."),
        (r"He dialed *69 and then 23\*, and hung up.", "He dialed *69 and then 23*, and hung up."),
        ("He dialed _69 and then 23 _, and hung up.", "He dialed _69 and then 23 _, and hung up."),
        ("share *a look.\nBAD.*", "share *a look.\nBAD.*"),
        (r"C:\new \\ \_x_", r"C:\new \ _x_"),
        ("***a* b** and **a *b***", "a b and a b"),
        ("*a _b* c_", "a _b c_"),
        ("Name: ____ and 2 * 3", "Name: ____ and 2 * 3"),
    ],
)
def test_marks_of_emphasis_are_no_words(markup: str, words: str) -> None:
    assert plain(markup) == words


def test_emphasis_is_kept_in_markup_and_only_where_there_is_some() -> None:
    elements = parse_fountain("DAN\n(*loud*)\n_Never_.\n\nRain.")
    assert [(element.text, element.markup) for element in elements] == [
        ("DAN", ""),
        ("(loud)", "(*loud*)"),
        ("Never.", "_Never_."),
        ("Rain.", ""),
    ]


def test_lines_are_those_of_the_file_whatever_was_taken_out() -> None:
    text = "Title: X\r\n\r\n/* a\r\nb */\r\nINT. HALL\r\n\r\nA [[n\r\nm]] b\r\n\r\nBOB\r\n(x)\r\nHi."
    assert [(element.kind, element.line) for element in parse_fountain(text)] == [
        ("title page", 1),
        ("boneyard", 3),
        ("scene heading", 5),
        ("action", 7),
        ("note", 7),
        ("character", 10),
        ("parenthetical", 11),
        ("dialogue", 12),
    ]


def test_nothing_gives_no_elements() -> None:
    assert parse_fountain("") == parse_fountain("\n  \n\t\n") == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A [[b\n \nc]]", [("action", "A [[b"), ("action", "c]]")]),
        ("Winny aims a\n.38 pistol.", [("action", "Winny aims a\n.38 pistol.")]),
        ("**EXT./INT. CAR**", [("scene heading", "EXT./INT. CAR")]),
        ("EST BUCKET #😆#", [("scene heading", "EST BUCKET #😆#")]),
        ("FADE IN:\n\nCUT TO:\nRain.", [("action", "FADE IN:"), ("action", "CUT TO:\nRain.")]),
        ("Bob: hello", [("title page", "hello")]),
        ("BOB\nHi.\n# one\n===", [("character", "BOB"), ("dialogue", "Hi.\n# one\n===")]),
        ("ACT ONE\n===", [("action", "ACT ONE"), ("page break", "")]),
        ("a snake_case_name", [("action", "a snakecasename")]),
        ("BOB\n/* x */\nHi.", [("action", "BOB"), ("boneyard", "x"), ("action", "Hi.")]),
        ("BOB\n[[x]]\nHi.", [("character", "BOB"), ("dialogue", "Hi."), ("note", "x")]),
    ],
)
def test_disputed_cases_are_read_as_the_docs_say(text: str, wanted: list[tuple[str, str]]) -> None:
    assert kinds(text) == wanted

"""Files of three other parsers' test suites, where they lie beside the repository."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from toolkit.document import Document
from toolkit.screenplay.elements import SPOKEN, Element, Screenplay
from toolkit.screenplay.fountain import parse_fountain
from toolkit.screenplay.reading import read_screenplay
from toolkit.screenplay.writing import write_fountain


@pytest.fixture
def suites(real_data: Path) -> Path:
    folder = real_data / "screenplays"
    if not folder.is_dir():
        pytest.skip(f"the suites are not at {folder}")
    return folder


def read(path: Path) -> Screenplay:
    return read_screenplay(Document(path))


def story(screenplay: Screenplay) -> list[object]:
    """What a script and its export to another format share: scenes, cues, dialogue words and the lines around them."""
    elements = screenplay.elements
    return [
        [(one.text, one.scene_number) for one in elements if one.kind == "scene heading"],
        [(one.text, one.extension, one.dual) for one in elements if one.kind == "character"],
        " ".join(one.text for one in elements if one.kind in SPOKEN).split(),
        [one.text for one in elements if one.kind in ("parenthetical", "transition", "centred")],
    ]


def bare(elements: tuple[Element, ...]) -> list[Element]:
    return [replace(element, line=0) for element in elements]


def test_every_file_of_the_suites_is_read_and_written_without_loss(suites: Path) -> None:
    files = [path for path in suites.rglob("*") if path.suffix in (".fountain", ".fdx")]
    assert len(files) == 74
    for path in files:
        elements = [replace(element, line=0, revision="") for element in read(path).elements]
        assert elements, path
        assert bare(parse_fountain(write_fountain(elements))) == elements, path


def test_a_script_in_two_formats_tells_the_same_story(suites: Path) -> None:
    pairs = [
        (path, path.with_suffix(".fdx")) for path in suites.rglob("*.fountain") if path.with_suffix(".fdx").exists()
    ]
    assert len(pairs) == 13
    for fountain, final_draft in pairs:
        assert story(read(fountain)) == story(read(final_draft)), fountain


def test_exports_of_other_programs_tell_the_same_story_but_for_scene_numbers(suites: Path) -> None:
    folder = next(suites.glob("wildwinter*")) / "tests"
    wanted = story(read(folder / "TestFDX-FD.fountain"))
    for path in folder.glob("TestFDX-FD-Write-*.fdx"):
        headings, *rest = story(read(path))
        assert [heading for heading, _ in headings] == [heading for heading, _ in wanted[0]]  # type: ignore[attr-defined]
        assert rest == wanted[1:]


def test_the_output_that_a_suite_ships_has_the_elements_of_its_input(suites: Path) -> None:
    folder = next(suites.glob("wildwinter*")) / "tests"
    once, again = (
        [(one.kind, one.text, one.scene_number) for one in read(folder / name).elements]
        for name in ("UTF8.fountain", "UTF8-output.fountain")
    )
    assert once == again


def kinds(path: Path) -> list[str]:
    return [element.kind for element in read(path).elements]


def test_what_the_notes_files_show_is_decided_by_the_text_of_1_1(suites: Path) -> None:
    notes = [one.text for one in read(next(suites.glob("wildwinter*")) / "tests" / "Notes.fountain").elements]
    assert "Testing a note without spaces[[This\ndoesn't have spaces. Shouldn't work." in notes
    assert notes[-1].startswith("Definitely shouldn't. Because of that blank line.]] He looks around.")
    elements = read(next(suites.glob("vilcans*")) / "tests" / "files" / "notes.fountain").elements
    assert [one.text for one in elements if one.kind == "note"] == [
        "some notes",
        "multiline\nnote\nhere",
        "multiline\nnote\n\nwith a blank line",
        "notes",
        "line",
        "Note as its own paragraph does not generate an empty paragraph",
        "Note as its own paragraph\non several lines\ndoes not generate an empty paragraph",
    ]
    assert [one.text for one in elements if "proper" in one.text] == ["This is not [[\na proper note"]


def test_headings_transitions_and_dialogue_are_told_as_their_files_say(suites: Path) -> None:
    folder = next(suites.glob("nyousefi*")) / "FountainTests"
    assert kinds(folder / "SceneHeaders.fountain") == ["scene heading"] * 15 + ["action"] * 3 + ["scene heading"]
    assert kinds(folder / "Transitions.fountain") == [
        *("transition", "transition", "action", "transition", "action", "transition", "transition"),
    ]
    assert kinds(folder / "CenteredText.fountain") == ["centred", "transition", "centred", "centred"]
    numbers = [one.scene_number for one in read(folder / "SceneNumbers.fountain").elements]
    assert numbers == ["1", "1A", "1a", "A1", "I-1-A", "1.", "110A"]


@pytest.mark.slow
def test_a_stage_play_gives_each_speaker_a_cue(real_data: Path) -> None:
    path = real_data / "plays" / "shakespeare.txt"
    screenplay = read(path)
    lines = path.read_text(encoding="utf-8").split("\n")
    named = [line for place, line in enumerate(lines) if line.endswith(":") and not (place and lines[place - 1])]
    cues = [element.text for element in screenplay.elements if element.kind == "character"]
    assert len(cues) == len(named) > 7000
    assert cues[0] == "First Citizen"
    words = sum(len(element.text.split()) for element in screenplay.elements if element.kind == "dialogue")
    assert words > 0.9 * sum(len(line.split()) for line in lines)

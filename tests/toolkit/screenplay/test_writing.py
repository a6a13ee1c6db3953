from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.screenplay.elements import Element, Kind
from toolkit.screenplay.fountain import parse_fountain
from toolkit.screenplay.inline import literal, marked
from toolkit.screenplay.writing import write_fountain

PIECES = st.sampled_from(
    [
        *(
            "/*",
            "*/",
            "[[",
            "]]",
            "[",
            "]",
            "/",
            "*",
            "_",
            "\\",
            "\n",
            "\n\n",
            "\n\n\n",
            "\n  \n",
            " ",
            "  ",
            "\t",
            "~",
        ),
        *(
            "!",
            ".",
            "@",
            ">",
            "<",
            "#",
            "=",
            "===",
            "^",
            "(",
            ")",
            "(x)",
            "INT. ",
            "EXT. A",
            "CUT TO:",
            "BOB",
            "Bob",
            "a",
        ),
        *("Ann: hi", "Title: ", "   v", ":", "1", "#1#", "ß", "\x0b", "\u2028", "é", "中", "\r\n", "\ufeff"),
        *("\n\nBOB\nHi", "\n\nANN ^\nYo", "[[n]]", "/* b */"),
    ]
)


def bare(elements: Sequence[Element]) -> list[Element]:
    return [replace(element, line=0) for element in elements]


def assert_same_after_writing(text: str) -> None:
    elements = bare(parse_fountain(text))
    assert bare(parse_fountain(write_fountain(elements))) == elements


@settings(max_examples=700, deadline=None)
@given(st.lists(PIECES, max_size=24).map("".join))
def test_writing_what_was_read_from_pieces_of_fountain_and_reading_it_changes_nothing(text: str) -> None:
    assert_same_after_writing(text)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_writing_what_was_read_from_any_text_and_reading_it_changes_nothing(text: str) -> None:
    assert_same_after_writing(text)


# Words with every sign that means something to Fountain; a line begins and ends with neither a blank nor a bracket.
LINE = st.text("aB9 *_\\[]/#=!.@~<>:(){}^é中", min_size=1, max_size=20).map(lambda words: f"x{words}x")
ANY_LINE = st.text("aB9 *_\\[]/#=!.@~<>:(){}^é中", min_size=1, max_size=12).map(str.rstrip).filter(bool)
SPOKEN_LINE = ANY_LINE.map(str.strip).filter(lambda line: line[0] not in "~(")
LINES = st.lists(LINE, min_size=1, max_size=3).map("\n".join)
NAME = st.text("AB9 *_\\[/#é中", max_size=12).map(lambda name: f"Z{name}Z")


def element(
    kind: Kind, words: st.SearchStrategy[str], **fields: st.SearchStrategy[object]
) -> st.SearchStrategy[Element]:
    return st.builds(lambda text, given: literal(kind, text, **given), words, st.fixed_dictionaries(fields))  # type: ignore[arg-type]


def spoken(dual: str) -> st.SearchStrategy[list[Element]]:
    """A speech: a cue, then dialogue and lyrics in turn, parentheticals between any of them."""
    parts = st.lists(st.sampled_from(("dialogue", "lyric", "parenthetical")), max_size=4).map(
        lambda parts: [p for place, p in enumerate(parts) if not place or p == "parenthetical" or p != parts[place - 1]]
    )

    def build(name: str, extension: str, kinds: list[Kind], words: list[str]) -> list[Element]:
        said = [
            literal(kind, f"({text})" if kind == "parenthetical" else text, dual=dual)
            for kind, text in zip(kinds, words, strict=False)
        ]
        return [literal("character", name, extension=extension, dual=dual), *said]

    extensions = st.sampled_from(["", "(V.O.)", "(O.S.) (CONT'D)", "(on the radio)"])
    return st.builds(build, NAME, extensions, parts, st.lists(SPOKEN_LINE, min_size=4, max_size=4))


BLOCK = st.one_of(
    st.one_of(
        element("action", st.lists(ANY_LINE, min_size=1, max_size=3).map("\n".join)),
        element("scene heading", LINE, scene_number=st.sampled_from(["", "1", "12A", "I-1.", "é"])),
        element("transition", LINE),
        element("centred", LINES),
        element("synopsis", LINE),
        element("section", LINE, depth=st.integers(1, 9)),
        st.just(Element("page break")),
        st.builds(lambda text: marked("action", f"**{text}** *x* _y_"), st.sampled_from(["a", "B 9", "é中"])),
        st.builds(lambda text: Element("note", text), LINES.filter(lambda text: "]]" not in text)),
        st.builds(lambda text: Element("boneyard", text), LINES.filter(lambda text: "*/" not in text)),
    ).map(lambda one: [one]),
    spoken(""),
    st.tuples(spoken("left"), spoken("right")).map(lambda pair: [*pair[0], *pair[1]]),
)
TITLE_PAGE = st.lists(
    st.builds(
        lambda key, text: literal("title page", text, key=key),
        st.sampled_from(["Title", "Author", "Draft date"]),
        LINES,
    ),
    max_size=3,
)
SCRIPT = st.tuples(TITLE_PAGE, st.lists(BLOCK, max_size=6)).map(
    lambda parts: [*parts[0], *(one for block in parts[1] for one in block)]
)


@settings(max_examples=500, deadline=None)
@given(SCRIPT)
def test_any_elements_are_read_as_they_were_written(elements: list[Element]) -> None:
    assert bare(parse_fountain(write_fountain(elements))) == elements


def test_elements_are_forced_only_where_they_have_to_be() -> None:
    elements = [
        Element("title page", "A\nB", key="Title"),
        Element("scene heading", "INT. HALL", scene_number="3"),
        Element("scene heading", "LATER"),
        Element("action", "BOB\nwaits."),
        Element("action", "\nHe waits."),
        Element("character", "BOB", extension="(V.O.)", dual="left"),
        Element("dialogue", "One\n\ntwo.", dual="left"),
        Element("character", "McCoy", dual="right"),
        Element("lyric", "La\nla", dual="right"),
        Element("transition", "CUT TO:"),
        Element("transition", "Fade."),
        Element("centred", "THE END"),
        Element("section", "Act", depth=2),
        Element("synopsis", "Fog."),
        Element("page break"),
        Element("note", "a\n\nb"),
        Element("boneyard", "gone"),
    ]
    text = """Title:
    A
    B

INT. HALL #3#

.LATER

!BOB
waits.


He waits.

BOB (V.O.)
One
..
two.

@McCoy ^
~La
~la

CUT TO:

> Fade.

> THE END <

## Act

= Fog.

===

[[a
..
b]]

/* gone */
""".replace("..\n", "  \n")
    assert write_fountain(elements) == text
    assert bare(parse_fountain(text)) == elements


def test_words_survive_where_fountain_has_no_way_to_say_what_they_are() -> None:
    orphans = [Element("dialogue", "BOB\nwho *said* that"), Element("scene heading", "'NAM - DAY")]
    assert bare(parse_fountain(write_fountain(orphans))) == [
        Element("action", "BOB\nwho *said* that", r"BOB" + "\n" + r"who \*said\* that"),
        Element("action", "'NAM - DAY"),
    ]

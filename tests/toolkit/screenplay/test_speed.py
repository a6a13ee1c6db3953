from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

import pytest

from toolkit.screenplay.cues import speaker_of
from toolkit.screenplay.elements import Element
from toolkit.screenplay.fountain import parse_fountain
from toolkit.screenplay.plain_text import parse_plain_text
from toolkit.screenplay.writing import write_fountain

COLUMNS = "            BOB\n      hi\n\nact\n\n" * 3
# fmt: off
UNITS = [
    "*", "_", "*_", "* ", "*a ", "*a* ", "_a*b", "\\", "\\*", "[[", "[[]]", "[[a]]\n", "[[\n\n", "[[\n", "/*", "*/",
    "/**/", "/*/", "(", "()", "(a) ", ")", "\n", " \n", "  \n", "A\na\n\n", "A ^\na\n\n", "@a (", ".", ">", "~a\n", "#",
    "# a\n", "=", "INT. A\n", "INT. A #1#\n\n", "#1", "Title: a\n", "a: b\n", "A:\nb\n\n", "A: b\n", "\t", " ", "\r",
    "^ ", "1.\n\n", COLUMNS, "CONTINUED:\n", "\f", "a   1\n", "      (a\n",
]
# fmt: on


def seconds(work: Callable[[], object], runs: int = 1) -> float:
    """The least processor time of some runs."""
    spent = []
    for _ in range(runs):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def script(words: int) -> str:
    """A screenplay in Fountain of about so many words."""
    dice, count, parts = random.Random(1), 0, []
    vocabulary = [
        "the",
        "of",
        "and",
        "a",
        "to",
        "in",
        "he",
        "she",
        "have",
        "*it*",
        "that",
        "_for_",
        "they",
        "with",
        "as",
        "not",
        "on",
        "at",
        "this",
        "but",
        "his",
        "by",
    ]
    while count < words:
        parts.append(f"INT. ROOM {len(parts)} - DAY #{len(parts)}#")
        for _ in range(dice.randint(3, 10)):
            said = " ".join(dice.choices(vocabulary, k=dice.randint(3, 40)))
            parts += [said, f"BOB (V.O.)\n(softly)\n{said}"]
            count += 2 * said.count(" ") + 2
    return "\n\n".join(parts)


def test_a_screenplay_of_120_pages_is_read_in_a_fifth_of_a_second() -> None:
    text = script(25_000)
    assert seconds(lambda: parse_fountain(text), runs=3) < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("parse", [parse_fountain, parse_plain_text])
@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_half_a_megabyte_takes_no_more_than_linear_time(unit: str, parse: Callable[[str], Sequence[Element]]) -> None:
    short, long = (f"A\na{unit * (size // len(unit))}" for size in (125_000, 500_000))
    elements: list[Element] = []
    spent = seconds(lambda: elements.extend(parse(long)))
    assert spent < 20 * max(seconds(lambda: parse(short), runs=2), 0.2)  # four times the text
    assert seconds(lambda: write_fountain(elements)) < 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", [f"INT. A{' ' * 500_000}b1", f"MORE{' ' * 500_000}x", f"a{' ' * 500_000}1", "(" * 500_000]
)
def test_long_lines_among_columns_take_no_time(line: str) -> None:
    assert seconds(lambda: parse_plain_text(COLUMNS + line)) < 1


@pytest.mark.parametrize("unit", ["A VO", "A-", "- ", "A & ", "(", "()", " ", "A (x) "])
def test_no_cue_takes_more_than_linear_time(unit: str) -> None:
    assert seconds(lambda: speaker_of(unit * 100_000)) < 1

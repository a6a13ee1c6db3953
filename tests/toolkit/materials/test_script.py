"""Pages of scripts: how a corpus is read and parted, what can be wished for, and what makes one a copy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from toolkit import polarity
from toolkit.errors import ModelError, UnknownNameError, UsageError
from toolkit.materials.script import ScriptPages, ScriptRequest, Scripts
from toolkit.materials.script_measures import distinct, is_valid, kind_distance
from toolkit.materials.script_reading import elements_of, versions
from toolkit.materials.script_text import nearest_scripts, share_found
from toolkit.screenplay.elements import Element
from toolkit.testing.made_scripts import played
from warehouse import Warehouse

PAGES = ScriptPages()


def loaded(warehouse: Warehouse, scripts: Mapping[str, str]) -> None:
    """Put Fountain scripts into a warehouse."""
    with warehouse.writing() as con:
        for key, (name, content) in enumerate(scripts.items(), 1):
            con.execute("INSERT INTO raw.scripts VALUES (?, ?, 'fountain', ?, ?, 1)", [key, name, content, str(key)])


def action(text: str) -> Element:
    return Element("action", text)


def read(warehouse: Warehouse) -> Scripts:
    with warehouse.reading() as con:
        rows = PAGES.read(con)
    return PAGES.corpus(rows, ScriptRequest())


def test_nothing_loaded_is_an_empty_corpus(warehouse: Warehouse) -> None:
    assert not len(read(warehouse))


def test_too_few_words_are_refused_in_one_line(warehouse: Warehouse) -> None:
    loaded(warehouse, {"short.fountain": "INT. A - DAY\n\nShe waits.\n"})
    with pytest.raises(ModelError, match=r"have 2 words in all, and 2,000 are needed.*cinekit load scripts") as error:
        read(warehouse)
    assert "\n" not in str(error.value)


def test_with_and_without_textblob_there_are_other_moods_and_other_fits(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("textblob")
    loaded(warehouse, {"long.fountain": played(80)})
    there = read(warehouse).mood_names, PAGES.shapes(ScriptRequest())
    monkeypatch.setattr(polarity, "_lexicon", polarity._lexicon.__wrapped__)
    monkeypatch.setattr(polarity, "find_spec", lambda name: None)
    gone = read(warehouse).mood_names, PAGES.shapes(ScriptRequest())
    assert (there[0], gone[0]) == (("dark", "even", "bright"), ())
    assert there[1] != gone[1]


def test_parts_of_one_long_script_are_blocks_one_after_another(warehouse: Warehouse) -> None:
    loaded(warehouse, {"long.fountain": played(300)})
    corpus = read(warehouse)
    parts = PAGES.parts(corpus)
    together = np.concatenate([parts.train, parts.valid, parts.test])
    assert together.tolist() == list(range(len(corpus)))
    assert all(len(part) for part in (parts.train, parts.valid, parts.test))


def test_of_two_versions_of_a_script_the_longer_is_learnt_from() -> None:
    long, other = (elements_of("x", "fountain", played(scenes, seed)) for scenes, seed in ((30, 0), (5, 1)))
    assert versions([long[:40], other, long]) == [1, 2]


def test_cues_are_spelt_alike_and_asides_are_left_out() -> None:
    text = "Title: A\n\n# One\n\nINT. A - DAY\n\n[[why?]]\n\nRUTH (V.O.)\n(low)\nYes.\n\n@Ruth\n~La la\n"
    kinds = ["scene heading", "character", "parenthetical", "dialogue", "character", "dialogue"]
    elements = elements_of("x", "fountain", text)
    assert [element.kind for element in elements] == kinds
    assert [element.text for element in elements if element.kind == "character"] == ["RUTH", "RUTH"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"scene": "Lighthouse at night"}, "is no scene heading"),
        ({"scene": "INT. A\n\nB"}, "is no scene heading"),
        ({"character": (" ",)}, "is no name"),
    ],
)  # fmt: skip
def test_what_fountain_would_read_otherwise_is_refused(asked: dict[str, object], message: str) -> None:
    corpus = Scripts((), (), (), (), ())
    with pytest.raises(UsageError, match=message):
        PAGES.wishes(ScriptRequest.model_validate(asked), corpus)


def test_moods_that_are_not_there_are_refused() -> None:
    corpus = Scripts((), (), (), (), ())
    with pytest.raises(UnknownNameError, match="there are dark, even, bright"):
        PAGES.wishes(ScriptRequest(mood="darq"), corpus)
    with pytest.raises(UsageError, match="leave it out"):
        PAGES.wishes(ScriptRequest(mood="dark"), corpus)


def test_distance_is_the_share_of_runs_of_six_words_that_are_new() -> None:
    # eight words make three runs, of which the first is in the second script
    sample = (action("one two three four five six seven eight"),)
    scripts = [(action("nothing of it"),), (action("zero one two three four five six nine"),)]
    places, distances = nearest_scripts([sample], scripts)
    assert places.tolist() == [1]
    assert distances.tolist() == pytest.approx([2 / 3])
    assert share_found([sample], scripts) == pytest.approx(1 / 3)


def test_a_copy_is_at_distance_0_whatever_its_capitals_and_marks() -> None:
    places, distances = nearest_scripts(
        [(action("It’s LATE, she said; go home!"),)], [(action("it's late she said go home"),)]
    )
    assert (places.tolist(), distances.tolist()) == ([0], [0.0])


def test_measures_by_hand() -> None:
    heading = Element("scene heading", "INT. A")
    assert kind_distance([(heading, action("x"))], [(action("x"),)]) == pytest.approx(0.5)
    assert distinct([(action("the sea the sea"),)]) == pytest.approx(2 / 3)
    assert is_valid((heading, action("x")))
    assert not is_valid((heading, Element("character", "RUTH")))
    assert not is_valid((heading, Element("dialogue", "Nobody says it.")))


def test_rows_and_files_are_the_same_text(tmp_path: Path) -> None:
    page = (Element("scene heading", "INT. A - DAY"), Element("character", "RUTH"), Element("dialogue", "Yes."))
    request = ScriptRequest()
    wishes = PAGES.wishes_to_judge(Scripts((), (), (), (), ()))
    frame = PAGES.rows([page, page], wishes, request, tmp_path, "run/")["results.generations"]
    assert frame["file"].to_list() == ["run/page-001.fountain", "run/page-002.fountain"]
    assert frame["content"][0] == "INT. A - DAY\n\nRUTH\nYes.\n"
    assert (tmp_path / "page-002.fountain").read_text(encoding="utf-8") == frame["content"][1]

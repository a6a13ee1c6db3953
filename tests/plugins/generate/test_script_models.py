"""Generators of scripts: pages that are valid whatever is drawn, wishes that are heeded, the same seed the same."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.generate.script_drawing import draw_pages
from plugins.generate.script_elements import element_of
from plugins.generate.script_gru import ScriptGru
from plugins.generate.script_ngram import ScriptNgram
from plugins.generate.script_stream import CHARACTERS, RECENT, encoded
from toolkit.errors import ModelError
from toolkit.generator import ScriptGenerator
from toolkit.learning import Training
from toolkit.materials.script import Scripts, ScriptWishes
from toolkit.materials.script_measures import is_valid
from toolkit.materials.script_reading import MOODS
from toolkit.screenplay.elements import Element
from toolkit.screenplay.fountain import parse_fountain
from toolkit.screenplay.pages import lay_out
from toolkit.screenplay.writing import write_fountain
from toolkit.testing.made_scripts import made_scripts

pytestmark = pytest.mark.slow

HOSTILE = "aB1 \n()~!@.>#<=*_\\[]/:^&é"


@cache
def ngram() -> ScriptNgram:
    model = ScriptNgram()
    model.fit(made_scripts(60, 0), made_scripts(10, 1), Training())
    return model


@cache
def gru() -> ScriptGru:
    model = ScriptGru(units=8, epochs=2)
    model.fit(made_scripts(20, 0), made_scripts(5, 1), Training())
    return model


class Scattered:
    """A source that gives any token any probability."""

    def __init__(self, n: int, size: int, seed: int) -> None:
        self._rng, self._shape = np.random.default_rng(seed), (n, size)

    def distribution(self) -> np.ndarray:
        return self._rng.dirichlet(np.full(self._shape[1], 0.3), self._shape[0])

    def advance(self, tokens: np.ndarray) -> None:
        assert tokens.shape == self._shape[:1]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31 - 1), st.sampled_from([0.2, 1.0, 3.0]))
def test_whatever_a_model_draws_is_read_as_what_was_meant(seed: int, temperature: float) -> None:
    alphabet = "".join(sorted(HOSTILE))
    size = CHARACTERS + 1 + len(alphabet)
    seen = np.zeros((RECENT, size), dtype=np.bool_)
    seen[1:, CHARACTERS + 1 :] = True
    wishes = ScriptWishes(pages=0.5, temperature=temperature)
    for page in draw_pages(Scattered(2, size, seed), 2, wishes, seed, alphabet, seen):
        assert is_valid(page), write_fountain(page)
        assert lay_out(page, 28)[2] <= 1


@given(
    st.sampled_from(["scene heading", "action", "transition", "parenthetical", "dialogue", "character"]),
    st.text(HOSTILE, max_size=20),
)
def test_any_text_of_an_element_is_read_again(kind: str, text: str) -> None:
    element = element_of(kind, text)
    if element is None:
        return
    before = {"dialogue": ["character"], "parenthetical": ["character"]}.get(kind, [])
    after = {"character": ["dialogue"], "parenthetical": ["dialogue"]}.get(kind, [])
    texts = {"character": Element("character", "RUTH"), "dialogue": Element("dialogue", "Yes.")}
    page = [Element("scene heading", "INT. A"), *(texts[k] for k in before), element, *(texts[k] for k in after)]
    found = parse_fountain(write_fountain(page))
    assert [(one.kind, one.text) for one in found] == [(one.kind, one.text) for one in page]


@pytest.mark.parametrize("made", [ngram, pytest.param(gru, marks=pytest.mark.slow)])
def test_heading_and_speakers_are_those_that_are_wished_for(made: object) -> None:
    model: ScriptGenerator = made()  # type: ignore[operator]
    for page in model.sample(3, ScriptWishes("INT. MOON BASE 7 - DAY", ("ZOË", "HAL"), 0), 4):
        assert page[0] == Element("scene heading", "INT. MOON BASE 7 - DAY")
        speakers = {element.text for element in page if element.kind == "character"}
        assert speakers
        assert speakers <= {"ZOË", "HAL"}
        assert is_valid(page)
        assert lay_out(page)[2] == 1


@pytest.mark.parametrize("made", [ngram, gru])
def test_the_same_seed_gives_the_same_pages(made: object) -> None:
    model: ScriptGenerator = made()  # type: ignore[operator]
    wishes = ScriptWishes(pages=0.5)
    first, again, other = (model.sample(2, wishes, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_losses_are_those_of_the_distribution_that_is_drawn_from() -> None:
    for model in (ngram(), gru()):
        held_out = made_scripts(3, 2)
        streams = encoded(held_out, model._alphabet)
        unknown = Scripts(held_out.scripts, tuple((-1,) * len(moods) for moods in held_out.moods), MOODS, ("x",), (0,))
        source, loss = model._source(1, None), 0.0
        for token in streams.tokens.tolist():
            loss -= np.log(source.distribution()[0, token])
            loss += np.log(0x110000) * (token == CHARACTERS)
            source.advance(np.array([token]))
        assert model.losses(unknown)[0] == pytest.approx(loss, rel=1e-4)


@pytest.mark.parametrize("made", [ngram, gru])
def test_a_character_that_was_not_learnt_costs_the_choice_among_all_of_unicode(made: object) -> None:
    model: ScriptGenerator = made()  # type: ignore[operator]
    losses = []
    for letter in ("\u00e4", "\u00e4\u00e4"):
        text = (Element("scene heading", "INT. A"), Element("action", f"The sea{letter}."))
        losses.append(model.losses(Scripts((text,), ((-1, -1),), MOODS, ("x",), (0,)))[0])
    assert losses[1] - losses[0] > np.log(0x110000)


def test_what_was_learnt_is_likelier_than_noise() -> None:
    model, held_out = ngram(), made_scripts(3, 2)
    characters = sum(len(element.text) + 1 for element in held_out.scripts[0])
    assert model.losses(held_out)[0] / np.log(2) / characters < 2.5 < np.log2(len(model._alphabet))


def test_scripts_in_which_nobody_speaks_are_refused() -> None:
    silent = (Element("scene heading", "INT. A"), Element("action", "Nothing."))
    with pytest.raises(ModelError, match="nobody speaks"):
        ScriptNgram().fit(Scripts((silent,), ((-1, -1),), (), ("x",), (0,)), made_scripts(2, 1), Training())

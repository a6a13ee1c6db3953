"""Titles by n-grams: distributions, wishes, and what is saved."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.generate.title_characters import Characters
from plugins.generate.titles_ngram import TitlesNgram
from toolkit.errors import ModelError
from toolkit.learning import Training
from toolkit.materials.titles import Titles, TitleWishes
from toolkit.saving import restore, save
from toolkit.testing.made_titles import DARK, GENRES, LIGHT, halves, made_titles

HORROR = np.array([True, False])


@pytest.fixture(scope="module")
def fitted() -> TitlesNgram:
    model = TitlesNgram(order=4)
    model.fit(*halves(made_titles()), Training(0))
    return model


def unknown(texts: tuple[str, ...]) -> Titles:
    return Titles(texts, np.zeros((len(texts), 2), dtype=np.bool_), GENRES, np.full(len(texts), -1))


@settings(max_examples=30)
@given(st.text("DdNighte é", max_size=6), st.tuples(st.booleans(), st.booleans()), st.sampled_from([-1, 1980, 1990]))
def test_probabilities_of_what_follows_sum_to_one_whatever_is_known(fitted, text, genres, decade):
    found = fitted.next_distribution([text], np.array([genres]), np.array([decade]))
    assert found.min() > 0
    np.testing.assert_allclose(found.sum(), 1)


def test_the_loss_of_a_title_is_minus_the_logarithm_of_what_it_is_drawn_with(fitted):
    titles = made_titles().select(np.array([0, 7, 40]))
    characters = Characters.of(halves(made_titles())[0].texts)
    for place in range(len(titles)):
        one = titles.select(np.array([place]))
        tokens, _ = characters.encode(one.texts)
        chances = [
            fitted.next_distribution([one.texts[0][:step]], one.genres, one.decades)[0, token]
            for step, token in enumerate(tokens)
        ]
        np.testing.assert_allclose(fitted.losses(one), -np.log(chances).sum())


def test_samples_come_as_often_as_their_losses_say(fitted):
    every = dataclasses.replace(unknown(("Dark Night",)), genres=np.array([[True, False]]), decades=np.array([1980]))
    wishes = TitleWishes(genres=HORROR, decade=1980)
    times = Counter(fitted.sample(4_000, wishes, seed=3))
    expected = float(np.exp(-fitted.losses(every))[0])
    assert times["Dark Night"] / 4_000 == pytest.approx(expected, abs=4 * np.sqrt(expected / 4_000))


def test_a_genre_that_is_wished_for_is_heard(fitted):
    def share(wishes: TitleWishes, firsts: tuple[str, ...]) -> float:
        return float(np.mean([text.startswith(firsts) for text in fitted.sample(300, wishes, seed=1)]))

    assert share(TitleWishes(genres=HORROR), DARK) > 2 * share(TitleWishes(genres=HORROR), LIGHT)
    assert share(TitleWishes(decade=1990), LIGHT) > 2 * share(TitleWishes(decade=1990), DARK)


def test_a_wish_that_no_title_fulfils_is_heard_all_the_same(fitted):
    assert len(fitted.sample(5, TitleWishes(genres=np.array([True, True]), decade=1990), seed=0)) == 5


def test_conditions_make_titles_likelier_that_go_with_them(fitted):
    held_out = halves(made_titles())[1]
    known = held_out.select(np.flatnonzero(held_out.genres.any(axis=1)))
    assert fitted.losses(known).mean() < fitted.losses(unknown(known.texts)).mean()


def test_the_same_seed_gives_the_same_titles_and_another_others(fitted):
    drawn = fitted.sample(20, TitleWishes(), seed=5)
    assert fitted.sample(20, TitleWishes(), seed=5) == drawn
    assert fitted.sample(20, TitleWishes(), seed=6) != drawn


def test_a_low_temperature_gives_the_likeliest_character_each_time(fitted):
    wishes = TitleWishes(genres=HORROR, decade=1980, temperature=1e-6)
    (text,) = set(fitted.sample(8, wishes, seed=0))
    characters = Characters.of(halves(made_titles())[0].texts)
    for step, token in enumerate(characters.encode([text])[0]):
        found = fitted.next_distribution([text[:step]], HORROR[None], np.array([1980]))[0]
        assert found[token] == pytest.approx(found.max())


def test_a_character_that_was_never_seen_costs_what_it_takes_to_say_which(fitted):
    plain, rare = fitted.losses(unknown(("Dark", "D\u0444rk")))
    assert rare > plain + np.log(1_114_112) - 5
    assert np.isfinite(rare)


def test_what_is_saved_is_the_whole_model(fitted, tmp_path):
    save(fitted, tmp_path)
    again = TitlesNgram(order=4)
    restore(again, {file.name: file for file in tmp_path.iterdir()})
    titles = made_titles()
    np.testing.assert_array_equal(again.losses(titles), fitted.losses(titles))
    assert again.sample(10, TitleWishes(), seed=2) == fitted.sample(10, TitleWishes(), seed=2)


def test_too_few_titles_are_refused():
    titles = made_titles().select(np.arange(3))
    with pytest.raises(ModelError, match="titles-ngram needs 20 titles to learn from, and has 3; load more"):
        TitlesNgram().fit(titles, titles, Training(0))


def test_titles_of_which_nothing_else_is_known_will_do():
    titles = made_titles()
    bare = Titles(titles.texts, np.zeros((len(titles), 0), dtype=np.bool_), (), np.full(len(titles), -1))
    model = TitlesNgram(order=3)
    model.fit(bare, bare.select(np.arange(0)), Training(0))
    assert len(model.sample(4, TitleWishes(), seed=0)) == 4
    assert np.isfinite(model.losses(bare)).all()

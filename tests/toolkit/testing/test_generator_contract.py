"""Good generators of every kind keep their contract; one that breaks one thing fails the check of it, and no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.toolkit.testing.failing import contract_of, failing, fails_alone
from toolkit import (
    EffectsGenerator,
    MetadataGenerator,
    ModelError,
    MusicGenerator,
    ScriptGenerator,
    TitleGenerator,
    setting,
)
from toolkit.generator import Generator
from toolkit.materials import MATERIALS
from toolkit.testing import GeneratorContract, small_corpus


class Lasts(TitleGenerator):
    """The beginning of one title, and the end of another."""

    name = "titles-lasts"
    makes = "titles"
    joint: str = setting(" ", "What stands between")
    _firsts: list[str]
    _lasts: list[str]
    _weight: float

    def fit(self, corpus, held_out, training):
        if len(corpus) < 2:
            raise ModelError("lasts needs two titles; load more")
        self._firsts, self._lasts = map(list, zip(*(text.split() for text in corpus.texts), strict=True))
        self._weight = float(np.random.default_rng(training.seed).random())

    def sample(self, n, wishes, seed):
        places = np.random.default_rng(seed).integers(len(self._firsts), size=(n, 2))
        return [self._firsts[first] + self.joint + self._lasts[last] for first, last in places]

    def losses(self, corpus):
        return np.array([self._weight * len(text) for text in corpus.texts])


class Fewer(Lasts):
    """One too few."""

    name = "titles-fewer"

    def sample(self, n, wishes, seed):
        return super().sample(n - 1, wishes, seed)


class Numbers(Lasts):
    """What are no titles."""

    name = "titles-numbers"
    _tries: int = 0

    def sample(self, n, wishes, seed):
        return "".join(super().sample(n, wishes, seed))


class Broken(Lasts):
    """Titles with line breaks."""

    name = "titles-broken"

    def sample(self, n, wishes, seed):
        return [text.replace(" ", "\n") for text in super().sample(n, wishes, seed)]


class Lossy(Lasts):
    """One loss for all."""

    name = "titles-lossy"

    def losses(self, corpus):
        return super().losses(corpus).mean()


class Random(Lasts):
    """Does not heed the seed of the fit."""

    name = "titles-random"

    def fit(self, corpus, held_out, training):
        super().fit(corpus, held_out, training)
        self._weight = float(np.random.default_rng().random())


class Drifting(Lasts):
    """Changes when it draws."""

    name = "titles-drifting"

    def sample(self, n, wishes, seed):
        self._lasts = [*self._lasts[1:], self._lasts[0]]
        return super().sample(n, wishes, seed)


class Stubborn(Lasts):
    """The same whatever the seed."""

    name = "titles-stubborn"

    def sample(self, n, wishes, seed):
        return super().sample(n, wishes, 0)


class Greedy(Lasts):
    """Cannot do without items that are held out."""

    name = "titles-greedy"

    def fit(self, corpus, held_out, training):
        super().fit(corpus, held_out, training)
        self._weight = 1 / len(held_out)


class Tupled(Lasts):
    """Learns tuples, which JSON does not have."""

    name = "titles-tupled"
    _pairs: list[tuple[str, str]]

    def fit(self, corpus, held_out, training):
        super().fit(corpus, held_out, training)
        self._pairs = list(zip(self._firsts, self._lasts, strict=True))


class Marking(Lasts):
    """Marks genres in the corpus that it is given."""

    name = "titles-marking"

    def fit(self, corpus, held_out, training):
        super().fit(corpus, held_out, training)
        corpus.genres[:] = True


class Talking(Lasts):
    """Prints."""

    name = "titles-talking"

    def fit(self, corpus, held_out, training):
        print("epoch 1")
        super().fit(corpus, held_out, training)


BROKEN = [
    (Fewer, "test_it_returns_what_it_promises", "2 items where 3 were asked for"),
    (Broken, "test_it_returns_what_it_promises", "with a line break"),
    (Lossy, "test_it_returns_what_it_promises", r"losses returned float64 of shape \(\)"),
    (Random, "test_the_same_seed_gives_the_same", r"differ in \[1\]"),
    (Drifting, "test_asking_does_not_change_it", r"answers differently in \[0\]"),
    (Stubborn, "test_another_seed_draws_others", "5 seeds draw the same 3 items"),
    (Greedy, "test_it_survives_empty_and_tiny_input", "with nothing held out: it raised ZeroDivisionError"),
    (Tupled, "test_it_comes_back_as_it_was_saved", "JSON has no tuples"),
    (Marking, "test_it_does_not_change_its_input", "changes train.genres"),
    (Talking, "test_it_prints_nothing", "epoch 1"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("model", "check", "says"), BROKEN, ids=[model.__name__ for model, _, _ in BROKEN])
def test_each_check_fails_where_it_is_broken_and_nowhere_else(
    model: type, check: str, says: str, tmp_path: Path
) -> None:
    assert fails_alone(contract_of(GeneratorContract, model), check, says, tmp_path)


def test_a_text_is_no_list_of_titles(tmp_path: Path) -> None:
    contract = contract_of(GeneratorContract, Numbers)()
    with pytest.raises(pytest.fail.Exception, match="sample returned str; return a list of texts"):
        contract.test_it_returns_what_it_promises(tmp_path)


def copier(kind: type[Generator], what: str, spoil=lambda items: items) -> type[Generator]:
    """A generator that draws what it has learnt from, which no attribute holds: it is too much to save."""
    learnt: list[object] = []

    def fit(self, corpus, held_out, training):
        if not len(corpus):
            raise ModelError("there is nothing to copy; load more")
        learnt[:] = [corpus]

    def sample(self, n, wishes, seed):
        corpus = learnt[0]
        items = corpus.select(np.random.default_rng(seed).integers(len(corpus), size=n))
        if what == "effects":
            items = replace(items, sequences=np.arange(n))
        return spoil(list(items.scripts) if what == "script" else items)

    said = {"__doc__": "Copies.", "name": f"{what}-copier", "makes": what, "fit": fit, "sample": sample}
    return type("Copier", (kind,), {"__module__": __name__, **said})


KINDS = {
    "effects": EffectsGenerator,
    "metadata": MetadataGenerator,
    "music": MusicGenerator,
    "script": ScriptGenerator,
}


def test_a_good_generator_of_titles_keeps_its_contract(tmp_path: Path) -> None:
    assert failing(contract_of(GeneratorContract, Lasts, settings={"joint": " of "}), tmp_path) == {}


@pytest.mark.parametrize("makes", sorted(set(KINDS) - {"script"}))
def test_good_generators_of_the_other_kinds_keep_their_contract(makes: str, tmp_path: Path) -> None:
    assert failing(contract_of(GeneratorContract, copier(KINDS[makes], makes)), tmp_path) == {}


def test_a_generator_that_copies_the_only_script_always_draws_the_same(tmp_path: Path) -> None:
    found = failing(contract_of(GeneratorContract, copier(ScriptGenerator, "script")), tmp_path)
    assert list(found) == ["test_another_seed_draws_others"]


@pytest.mark.parametrize(
    ("makes", "spoil", "says"),
    [
        ("effects", lambda items: replace(items, pixels=items.pixels * 2), "return them from 0 to 1"),
        ("effects", lambda items: replace(items, pixels=items.pixels[:, :4, :4]), r"return \(8, 8, 4\)"),
        ("effects", lambda items: items.pixels, "sample returned ndarray; return Images"),
        ("metadata", lambda items: replace(items, number_names=items.number_names[::-1]), "the columns of what"),
        ("metadata", lambda items: replace(items, numbers=items.numbers[:, :1]), "numbers and labels of shape"),
        ("music", lambda items: replace(items, steps_per_beat=2), "another grid"),
        ("music", lambda items: replace(items, chords=tuple(c[:, :2] for c in items.chords)), r"\(steps, 3\)"),
        ("script", lambda items: ["FADE IN:"], "return a list of tuples of"),
    ],
)
def test_samples_that_are_none_of_their_kind_are_told(makes: str, spoil: object, says: str, tmp_path: Path) -> None:
    contract = contract_of(GeneratorContract, copier(KINDS[makes], makes, spoil))()
    with pytest.raises(pytest.fail.Exception, match=says):
        contract.test_it_returns_what_it_promises(tmp_path)


@pytest.mark.parametrize("makes", MATERIALS)
def test_there_is_a_corpus_of_every_kind_with_something_held_out(makes: str) -> None:
    corpus = small_corpus(makes)
    assert len(corpus.train) > 0
    assert len(corpus.held_out) > 0

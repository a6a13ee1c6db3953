"""A good recommender keeps its contract; one that breaks one thing fails the check of it, and no other."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import field_validator
from scipy.sparse import csr_array

from tests.toolkit.testing.failing import contract_of, failing, fails_alone
from toolkit import ModelError, Recommender, setting
from toolkit.testing import RecommenderContract


class Liked(Recommender):
    """How many liked a title, and how old it is."""

    name = "liked"
    reads = ("raw.titles",)
    weight: float = setting(1.0, "How much a like counts", gt=0)
    words: tuple[str, ...] = setting(("a", "b"), "Words that mean nothing")
    loud: bool = setting(True, "Nothing at all")
    limit: int | None = setting(None, "Nothing either", ge=1)

    _scores: np.ndarray
    _noise: np.ndarray

    def fit(self, interactions, tables, seed):
        if not interactions.liked.nnz or tables["raw.titles"].is_empty():
            raise ModelError("liked has nothing to learn from; load watches")
        counts = np.asarray(interactions.liked.sum(axis=0))
        self._noise = np.random.default_rng(seed).random(counts.size) / 10
        self._scores = np.asarray(self.weight * counts + self._noise, dtype=np.float32)

    def score(self, history):
        return np.tile(self._scores, (history.shape[0], 1))


class Undocumented(Liked):
    name = "undocumented"


class Helpless(Liked):
    """A setting without help."""

    name = "helpless"
    more: int = setting(1, "")


class Nameless(Liked):
    """A setting with the name of an option of the command."""

    name = "nameless"
    top: int = setting(1, "Hides --top")


class Block(Liked):
    """Its section is the list of blocked plugins."""

    name = "block"


class Doubling(Liked):
    """A setting that is another one each time that it is read."""

    name = "doubling"

    @field_validator("weight")
    @classmethod
    def doubled(cls, value: float) -> float:
        return 2 * value


class Unrecorded(Liked):
    """Settings that JSON cannot hold."""

    name = "unrecorded"

    def settings(self) -> dict[str, Any]:
        return {"weight": timedelta(1)}


class Curious(Liked):
    """Asks for a table that it does not declare."""

    name = "curious"

    def fit(self, interactions, tables, seed):
        super().fit(interactions, tables, seed)
        tables.get("raw.genres")


class Cheating(Liked):
    """Declares the truth."""

    name = "cheating"
    reads = ("raw.titles", "raw.simulated_titles")


class Mistaken(Liked):
    """Declares a table that there is not."""

    name = "mistaken"
    reads = ("raw.titles", "raw.tittles")


class Wide(Liked):
    """One score too many."""

    name = "wide"

    def score(self, history):
        return np.pad(super().score(history), ((0, 0), (0, 1)))


class Double(Liked):
    """Scores of twice the size."""

    name = "double"

    def score(self, history):
        return super().score(history).astype(np.float64)


class Listed(Liked):
    """Scores in a list."""

    name = "listed"

    def score(self, history):
        return list(super().score(history))


class Silent(Liked):
    """Scores that say nothing."""

    name = "silent"

    def score(self, history):
        return np.zeros(history.shape, dtype=np.float32)


class Excused(Liked):
    """Reasons of another shape."""

    name = "excused"

    def contributions(self, history, rows, columns):
        return csr_array((len(rows), 1))


class Dense(Liked):
    """Weights between titles that are not sparse."""

    name = "dense"

    def title_weights(self, count):
        return np.zeros((self._scores.size, self._scores.size))


class Random(Liked):
    """Does not heed the seed."""

    name = "random"

    def fit(self, interactions, tables, seed):
        super().fit(interactions, tables, np.random.default_rng().integers(2**31))


class Counting(Liked):
    """Counts how often it was asked."""

    name = "counting"
    _asked: int = 0

    def score(self, history):
        self._asked += 1
        return super().score(history) + np.float32(self._asked)


class Fragile(Liked):
    """Divides by what may be nothing."""

    name = "fragile"

    def fit(self, interactions, tables, seed):
        1 // interactions.values.nnz
        super().fit(interactions, tables, seed)


class Wordy(Liked):
    """An error of several lines."""

    name = "wordy"

    def fit(self, interactions, tables, seed):
        if not interactions.liked.nnz:
            raise ModelError("nothing\nto learn from")
        super().fit(interactions, tables, seed)


class Strict(Liked):
    """Knows only whom it was fitted on."""

    name = "strict"

    def score(self, history):
        if (history.rows < 0).any():
            raise KeyError("stranger")
        return super().score(history)


class Forgetful(Liked):
    """Keeps what it learns where it is not saved."""

    name = "forgetful"

    def fit(self, interactions, tables, seed):
        super().fit(interactions, tables, seed)
        object.__setattr__(self, "_kept", self._scores)

    def score(self, history):
        return np.tile(object.__getattribute__(self, "_kept"), (history.shape[0], 1))


class Unsaved(Liked):
    """Learns what cannot be saved."""

    name = "unsaved"
    _kept: set[int]

    def fit(self, interactions, tables, seed):
        super().fit(interactions, tables, seed)
        self._kept = {1}


class Partial(Liked):
    """Saves a part of what it learns, in lower precision."""

    name = "partial"
    _kept: np.ndarray

    def fit(self, interactions, tables, seed):
        super().fit(interactions, tables, seed)
        self._kept = self._scores
        object.__setattr__(self, "_bonus", np.float32(1))

    def score(self, history):
        return super().score(history) + self.__dict__.get("_bonus", np.float32(0))


class Spoiling(Liked):
    """Writes into what it is given."""

    name = "spoiling"

    def fit(self, interactions, tables, seed):
        interactions.values.data *= 2
        super().fit(interactions, tables, seed)


class Adding(Liked):
    """Adds a column to a table that others read too."""

    name = "adding"

    def fit(self, interactions, tables, seed):
        super().fit(interactions, tables, seed)
        tables["raw.titles"].insert_column(0, tables["raw.titles"]["name"].alias("again"))


class Talking(Liked):
    """Prints."""

    name = "talking"

    def score(self, history):
        print("scoring")
        return super().score(history)


BROKEN = [
    (Undocumented, "test_it_is_documented", "has no docstring"),
    (Helpless, "test_it_is_documented", "the setting more has no help"),
    (
        Nameless,
        "test_settings_come_through_the_command_line",
        r"the setting 'top' is already an option of the command; rename it$",
    ),
    (Block, "test_settings_come_through_the_config_file", "block"),
    (Doubling, "test_settings_come_through_the_record_of_runs", "weight was 1.0, and is 2.0"),
    (Unrecorded, "test_settings_come_through_the_record_of_runs", "not JSON serializable"),
    (Curious, "test_it_reads_only_what_it_declares", "asks for raw.genres, .* add it to reads"),
    (Cheating, "test_it_reads_only_what_it_declares", "the truth"),
    (Mistaken, "test_it_reads_only_what_it_declares", "raw.tittles"),
    (Wide, "test_it_returns_what_it_promises", r"score returned the shape \(18, 107\)"),
    (Double, "test_it_returns_what_it_promises", "score returned float64; return np.float32"),
    (Listed, "test_it_returns_what_it_promises", "what score returned is of the type list; return a NumPy array"),
    (Silent, "test_it_returns_what_it_promises", "nothing is recommended"),
    (Excused, "test_it_returns_what_it_promises", r"contributions returned .*_array of shape \(3, 1\)"),
    (Dense, "test_it_returns_what_it_promises", "title_weights returned ndarray"),
    (Random, "test_the_same_seed_gives_the_same", "differ in the values"),
    (Counting, "test_asking_does_not_change_it", "only fit may set private attributes"),
    (Fragile, "test_it_survives_empty_and_tiny_input", "watched anything: it raised ZeroDivisionError"),
    (Wordy, "test_it_survives_empty_and_tiny_input", "its ModelError has 2 lines"),
    (Strict, "test_it_survives_empty_and_tiny_input", "KeyError"),
    (Forgetful, "test_it_comes_back_as_it_was_saved", "brought back, it raises AttributeError"),
    (Unsaved, "test_it_comes_back_as_it_was_saved", "cannot be saved"),
    (Partial, "test_it_comes_back_as_it_was_saved", "answers differently"),
    (Spoiling, "test_it_does_not_change_its_input", "interactions.values"),
    (Adding, "test_it_does_not_change_its_input", "tables.raw.titles"),
    (Talking, "test_it_prints_nothing", "prints 'scoring"),
]


def test_a_good_recommender_keeps_its_contract(tmp_path: Path) -> None:
    said = {"weight": 0.25, "words": ("two words", "c"), "loud": False, "limit": 3}
    assert failing(contract_of(RecommenderContract, Liked, settings=said), tmp_path) == {}


@pytest.mark.slow
@pytest.mark.parametrize(("model", "check", "says"), BROKEN, ids=[model.__name__ for model, _, _ in BROKEN])
def test_each_check_fails_where_it_is_broken_and_nowhere_else(
    model: type, check: str, says: str, tmp_path: Path
) -> None:
    assert fails_alone(contract_of(RecommenderContract, model), check, says, tmp_path)


HOOKS = {
    "light_plugin": "from toolkit import ModelEntry, hookimpl\n",
    "heavy_plugin": "import polars\n",
    "broken_plugin": "raise RuntimeError('not today')\n",
}


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("light_plugin", None),
        ("heavy_plugin", r"heavy_plugin imports polars, .*in \d\.\d\d s; import these in the module of the model"),
        ("broken_plugin", "broken_plugin cannot be imported: RuntimeError: not today"),
    ],
)
def test_a_hook_that_is_heavy_or_broken_is_named(
    module: str, says: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / f"{module}.py").write_text(HOOKS[module])
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    found = failing(contract_of(RecommenderContract, Liked, entry_point=module), tmp_path)
    assert list(found) == ([] if says is None else ["test_it_is_cheap_to_import"])
    assert says is None or re.search(says, found["test_it_is_cheap_to_import"])


class NoRecommender(Liked):
    """Lacks what a recommender must have."""

    name = "none"
    score = Recommender.score


class Partnerless(Liked):
    """A setting of one that is not there."""

    name = "partnerless"
    more: float = setting(1.0, "How much more", of="mroe")


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (NoRecommender, "does not define score"),
        (Partnerless, "its setting more is of 'mroe'; name another"),
        ("no-such-model", "no-such-model"),
        (dict, "no subclass of toolkit.Model"),
    ],
)
def test_what_is_no_recommender_is_said_in_one_line(model: object, says: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=says) as failure:
        contract_of(RecommenderContract, model)().test_it_is_documented()
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("said", [{"weight": -1}, {"wieght": 1}])
@pytest.mark.parametrize("check", ["command_line", "config_file", "record_of_runs"])
def test_settings_that_the_model_cannot_have_are_one_line_without_a_traceback(
    said: dict[str, object], check: str, tmp_path: Path
) -> None:
    contract = contract_of(RecommenderContract, Liked, settings=said)()
    given = [tmp_path] if check == "config_file" else []
    with pytest.raises(pytest.fail.Exception, match=r"^liked: .*; correct settings of the test") as failure:
        getattr(contract, f"test_settings_come_through_the_{check}")(*given)
    assert (failure.value.pytrace, failure.value.__suppress_context__) == (False, True)

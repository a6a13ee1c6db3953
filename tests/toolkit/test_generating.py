"""Runs of generate: fitted once, brought back, taken up again; samples with their nearest item, rows and lineage."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from toolkit.errors import ModelError, UnknownNameError, UsageError
from toolkit.evaluating_generators import EvaluateGeneratorsRequest, as_table, evaluate_generators
from toolkit.generating import Generated, generate
from toolkit.generator import EffectsGenerator, TitleGenerator
from toolkit.materials import material_of
from toolkit.model import setting
from toolkit.spec import ModelEntry
from toolkit.training import Schedule
from warehouse import Warehouse

ADJECTIVES = ("Red", "Lost", "Last", "Long", "Dark", "Cold", "High", "Wild", "Blue", "Lone")
NOUNS = ("River", "Night", "Island", "Garden", "Winter", "Station", "Letter", "Summer", "Hunter", "Mountain")


class Words(TitleGenerator):
    """Titles out of the words that there are; each word as likely as it is frequent."""

    name: ClassVar[str] = "titles-words"
    words: int = setting(3, "Words of a title", ge=1)

    _known: list[str]

    def fit(self, corpus: Any, held_out: Any, training: Any) -> None:
        self._known = sorted(word for text in corpus.texts for word in text.split())

    def sample(self, n: int, wishes: Any, seed: int) -> list[str]:
        drawn = np.random.default_rng(seed).choice(self._known, size=(n, self.words))
        return [" ".join(row) for row in drawn]

    def losses(self, corpus: Any) -> Any:
        return np.array([np.log(len(self._known)) * len(text.split()) for text in corpus.texts])


class Counting:
    """A learner whose loss falls by 1 an epoch, and that is interrupted after some."""

    def __init__(self, stop: int | None) -> None:
        self.count, self.stop = np.zeros(1), stop

    def epoch(self, number: int) -> float:
        if self.stop is not None and number > self.stop:
            raise KeyboardInterrupt
        self.count = self.count + 1
        return 100.0 - number

    def judged(self) -> float:
        return 100.0 - float(self.count[0])

    def state(self) -> dict[str, Any]:
        return {"count": self.count}

    def restore(self, state: Any) -> None:
        self.count = state["count"]

    def weights(self) -> dict[str, Any]:
        return {"count": self.count}

    def use(self, weights: Any) -> None:
        self.count = weights["count"]


class Learning(Words):
    """As words, after a training that does nothing but count its epochs."""

    name: ClassVar[str] = "titles-learning"
    trained: ClassVar[bool] = True
    stop: ClassVar[int | None] = None
    began: ClassVar[list[int]] = []

    _epochs: float

    def fit(self, corpus: Any, held_out: Any, training: Any) -> None:
        super().fit(corpus, held_out, training)
        learner = Counting(self.stop)
        history = training.run(learner, Schedule(epochs=6))
        self.began.append(history.resumed)
        self._epochs = float(learner.count[0])


class Flat(EffectsGenerator):
    """Makes images."""

    name: ClassVar[str] = "effects-flat"

    def fit(self, corpus: Any, held_out: Any, training: Any) -> None:
        """Learn nothing."""

    def sample(self, n: int, wishes: Any, seed: int) -> Any:
        return None


MODELS = {kind.name: kind for kind in (Words, Learning, Flat)}


@pytest.fixture
def host() -> Any:
    return SimpleNamespace(
        models=lambda verb: [ModelEntry(verb, name, f"tests:{name}", name) for name in MODELS],
        model=lambda verb, name: MODELS[name],
        plugin_of=lambda verb, name: SimpleNamespace(distribution="tests", version="1"),
    )


@pytest.fixture
def titles(warehouse: Warehouse) -> Warehouse:
    with warehouse.writing() as con:
        con.executemany(
            "INSERT INTO raw.titles (title_key, title_id, name, year) VALUES (?, ?, ?, 1990)",
            [(10 * a + b + 1, f"{a}-{b}", f"{x} {y}") for a, x in enumerate(ADJECTIVES) for b, y in enumerate(NOUNS)],
        )
    return warehouse


def make(warehouse: Warehouse, host: Any, name: str | None = "words", own: Any = None, **asked: Any) -> Generated:
    kind = material_of("titles").request
    return generate(warehouse, host, "titles", name, {f"titles-{name}": own or {}}, kind(**asked))


def test_samples_have_rows_with_loss_nearest_item_and_lineage(titles: Warehouse, host: Any) -> None:
    done = make(titles, host, count=8, seed=3)
    assert (done.model, done.asked, done.made, done.chosen, done.folder) == ("titles-words", 8, 8, "", None)
    rows = titles.query("SELECT * FROM results.generations WHERE run = $run ORDER BY sample", {"run": done.run})
    assert rows["sample"].to_list() == list(range(1, 9))
    assert all(len(text.split()) == 3 for text in rows["content"])
    names = set(titles.query("SELECT name FROM raw.titles")["name"])
    assert set(rows["nearest"]) <= names
    assert rows["distance"].min() > 0
    assert (rows["loss"] > 0).all()
    summary = titles.query("SELECT * FROM results.generation_runs WHERE run = $run", {"run": done.run}).row(
        0, named=True
    )
    assert (summary["asked"], summary["made"], summary["makes"]) == (8, 8, "titles")
    assert summary["drawn"] == 8 + summary["verbatim"] + summary["near_copies"] + summary["repeated"]
    fit = titles.query("SELECT * FROM models.fitted WHERE run = $run", {"run": summary["fitted_by"]}).row(0, named=True)
    assert (fit["makes"], fit["model"], fit["finished"]) == ("titles", "titles-words", True)
    assert fit["items"] < 100
    assert fit["loss"] > 0
    runs = titles.query("SELECT verb, model, status, seed FROM meta.runs ORDER BY run").rows()
    assert runs == [("fit", "titles-words", "done", 0), ("generate", "titles-words", "done", 3)]
    read = titles.query("SELECT DISTINCT table_name FROM meta.run_reads")["table_name"].to_list()
    assert "raw.titles" in read


def test_no_sample_is_a_title_that_was_learnt_from(titles: Warehouse, host: Any) -> None:
    done = make(titles, host, own={"words": 2}, count=20)
    rows = titles.query("SELECT content FROM results.generations WHERE run = $run", {"run": done.run})
    names = {name.casefold() for name in titles.query("SELECT name FROM raw.titles")["name"]}
    held = {text.casefold() for text in rows["content"]} & names
    # Titles that were held out may come up; copies of those that were learnt from may not.
    test = 100 - titles.query("SELECT items FROM models.fitted").item()
    assert len(held) <= test
    assert done.rejected != "none"


def test_the_same_seed_gives_the_same_and_another_one_costs_no_fit(titles: Warehouse, host: Any) -> None:
    first, again, other = make(titles, host), make(titles, host), make(titles, host, seed=1)
    contents = [
        titles.query("SELECT content FROM results.generations WHERE run = $run ORDER BY sample", {"run": done.run})
        for done in (first, again, other)
    ]
    assert contents[0].equals(contents[1])
    assert not contents[0].equals(contents[2])
    assert first.ready.how.startswith("fitted on")
    assert again.ready.how == other.ready.how == "brought back, as its data have not changed"
    assert titles.query("SELECT count(*) FROM models.fitted").item() == 1


def test_other_settings_another_fit_seed_and_refit_fit_again(titles: Warehouse, host: Any) -> None:
    make(titles, host)
    for own, asked in (({"words": 4}, {}), ({}, {"fit_seed": 1}), ({}, {"refit": True})):
        assert make(titles, host, own=own, **asked).ready.how.startswith("fitted on")
    assert titles.query("SELECT count(*) FROM models.fitted").item() == 4


def test_training_that_was_interrupted_goes_on_where_it_was(
    titles: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Learning, "began", [])
    monkeypatch.setattr(Learning, "stop", 4)
    with pytest.raises(KeyboardInterrupt):
        make(titles, host, "learning")
    assert titles.query("SELECT status FROM meta.runs").rows() == [("failed",)]
    monkeypatch.setattr(Learning, "stop", None)
    done = make(titles, host, "learning")
    assert Learning.began == [4]
    assert "6 epochs, 4 of them before it was stopped" in done.ready.how
    assert not (titles.artifacts.folder / "checkpoints").exists()


def test_a_model_that_its_minutes_stopped_is_used_and_goes_on_with_more(
    titles: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Learning, "began", [])
    short = make(titles, host, "learning", minutes=1e-9)
    assert not short.ready.finished
    assert "1 epochs; stopped by its minutes" in short.ready.how
    as_it_is = make(titles, host, "learning")
    assert "stopped by its minutes after 1 epochs" in as_it_is.ready.how
    assert Learning.began == [0]
    longer = make(titles, host, "learning", minutes=5)
    assert longer.ready.finished
    assert Learning.began == [0, 1]
    assert make(titles, host, "learning", minutes=5).ready.how == "brought back, as its data have not changed"


def test_the_model_that_was_best_is_taken_unless_one_is_named(titles: Warehouse, host: Any) -> None:
    make(titles, host, "learning")
    done = make(titles, host, None)
    assert done.model == "titles-learning"
    assert done.chosen.startswith("the best of those fitted on these titles")
    request = EvaluateGeneratorsRequest(samples=60)
    settings = {"titles-words": {"words": 2}, "titles-learning": {"words": 2}}
    evaluate_generators(titles, host, "titles", ["words", "learning"], settings, request)
    assert make(titles, host, None).chosen.startswith("the best of those judged on these titles")


def test_generators_are_judged_on_what_none_has_learnt_from(titles: Warehouse, host: Any) -> None:
    done = evaluate_generators(titles, host, "titles", [], {}, EvaluateGeneratorsRequest(samples=60))
    assert done.failed == {}
    assert done.train + done.held_out <= 100
    metrics = titles.query("SELECT DISTINCT model, task, split FROM results.metrics ORDER BY model").rows()
    assert metrics == [(name, "titles", "held-out") for name in ("titles-learning", "titles-words")]
    loss = done.metrics.filter(model="titles-words", metric="bits_per_character").row(0, named=True)
    assert loss["low"] <= loss["value"] <= loss["high"]
    known = set(done.metrics["metric"])
    assert {"verbatim", "near_copies"} <= known
    assert as_table(done.metrics, "titles").columns[0] == "model"


def test_too_little_is_a_line_that_says_how_much_is_needed(warehouse: Warehouse, host: Any) -> None:
    with pytest.raises(ModelError, match=r"titles: there is nothing to learn from; load more, such as: cinekit load"):
        make(warehouse, host)
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO raw.titles (title_key, title_id, name) VALUES (1, 'a', 'A'), (2, 'b', 'B'), (3, 'c', 'C')"
        )
    with pytest.raises(ModelError, match=r"titles: there is only 3 of the \d+ that are needed"):
        make(warehouse, host)
    assert warehouse.query("SELECT count(*) FROM meta.runs").item() == 0


def test_what_is_not_there_is_named_with_what_is(titles: Warehouse, host: Any) -> None:
    with pytest.raises(UnknownNameError, match="of titles there are words, learning"):
        make(titles, host, "wrods")
    with pytest.raises(UsageError, match="effects-flat makes effects, not titles"):
        make(titles, host, "effects-flat")
    with pytest.raises(UnknownNameError, match="material"):
        material_of("title")
    with pytest.raises(UsageError, match="once"):
        evaluate_generators(titles, host, "titles", ["words", "titles-words"], {}, EvaluateGeneratorsRequest())


def test_a_fit_that_fails_leaves_nothing(titles: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Words, "losses", lambda self, corpus: np.zeros(1))
    with pytest.raises(Exception, match="losses of shape"):
        make(titles, host)
    assert titles.query("SELECT count(*) FROM models.fitted").item() == 0
    assert not titles.artifacts.folder.exists() or not list(Path(titles.artifacts.folder).iterdir())

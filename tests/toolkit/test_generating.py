"""Runs of generate: fitted once, brought back, taken up again; samples with their nearest item, rows and lineage."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from toolkit import generate_command, generating, generator_fitting
from toolkit.errors import ModelError, PluginError, UnknownNameError, UsageError
from toolkit.evaluating_generators import EvaluateGeneratorsRequest, as_table, evaluate_generators
from toolkit.generating import Generated, generate
from toolkit.generator import EffectsGenerator, TitleGenerator
from toolkit.materials import material_of
from toolkit.materials.titles import TitleNames, Titles
from toolkit.model import setting
from toolkit.progress import Bar
from toolkit.spec import ModelEntry
from toolkit.training import Schedule
from warehouse import Warehouse

pytestmark = pytest.mark.slow

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


class Loading(Words):
    """Words; while it learns, somebody loads one more title."""

    name: ClassVar[str] = "titles-loading"
    warehouse: ClassVar[Warehouse | None] = None

    def fit(self, corpus: Any, held_out: Any, training: Any) -> None:
        super().fit(corpus, held_out, training)
        if self.warehouse is not None:
            add_title(self.warehouse)


class Between(Words):
    """Words, and it says that it interpolates."""

    name: ClassVar[str] = "titles-between"
    interpolates: ClassVar[bool] = True


class Nothing(Words):
    """What it gives are no titles."""

    name: ClassVar[str] = "titles-nothing"
    given: ClassVar[Any] = None

    def sample(self, n: int, wishes: Any, seed: int) -> Any:
        return self.given


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


def add_title(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO raw.titles (title_key, title_id, name, year) "
            "SELECT max(title_key) + 1, max(title_key) + 1, 'Another ' || max(title_key), 1991 FROM raw.titles"
        )


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
    material = material_of("titles")
    with titles.reading() as con:
        loaded = material.read(con)
    corpus = material.corpus(loaded, material.request())
    # Titles that were held out may come up; copies of those that were learnt from may not.
    learnt = {corpus.names[place].casefold() for place in material.parts(corpus).train.tolist()}
    assert len(learnt) == titles.query("SELECT items FROM models.fitted").item()
    assert not {text.casefold() for text in rows["content"]} & learnt
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


def test_each_stage_is_shown_as_it_begins(titles: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def recorded(what: str) -> Any:
        shown.append(what)
        return nullcontext(Bar(describe=shown.append))

    for module in (generating, generator_fitting):
        monkeypatch.setattr(module, "bar", recorded)
    around = ["reading titles", "preparing titles"], ["drawing titles"]
    for how in (["fitting titles-words", "judging titles-words"], ["bringing back titles-words"]):
        shown.clear()
        make(titles, host)
        assert shown == [*around[0], *how, *around[1]]


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


def test_a_refit_that_was_interrupted_goes_on_and_the_next_one_begins_anew(
    titles: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Learning, "began", [])
    make(titles, host, "learning", minutes=1e-9)  # leaves its checkpoint, which is no refit's
    monkeypatch.setattr(Learning, "stop", 4)
    with pytest.raises(KeyboardInterrupt):
        make(titles, host, "learning", refit=True)
    monkeypatch.setattr(Learning, "stop", None)
    done = make(titles, host, "learning", refit=True)
    assert "6 epochs, 4 of them before it was stopped" in done.ready.how
    again = make(titles, host, "learning", refit=True)
    assert again.ready.how.endswith("6 epochs")
    assert Learning.began == [0, 4, 0]
    assert not (titles.artifacts.folder / "checkpoints").exists()


def test_a_model_that_its_minutes_stopped_is_used_and_goes_on_with_more(
    titles: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Learning, "began", [])
    short = make(titles, host, "learning", minutes=1e-9)
    assert not short.ready.finished
    assert "1 epoch; stopped by its minutes" in short.ready.how
    as_it_is = make(titles, host, "learning")
    assert "stopped by its minutes after 1 epoch" in as_it_is.ready.how
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
    evaluate_generators(titles, host, "titles", ["words", "learning"], {}, request)
    assert make(titles, host, None).chosen.startswith("the best of those judged on these titles")


def test_the_choice_is_among_fits_that_would_be_brought_back(titles: Warehouse, host: Any) -> None:
    make(titles, host, own={"words": 2})
    request = EvaluateGeneratorsRequest(samples=60)
    evaluate_generators(titles, host, "titles", ["learning"], {"titles-learning": {"words": 4}}, request)
    others = make(titles, host, None)
    assert others.chosen.startswith("as none was judged")
    assert others.ready.how.startswith("fitted on")
    # The fit of the choice itself is one that would be brought back, but not on other data, or with another seed.
    assert make(titles, host, None).chosen.startswith("the best of those fitted")
    assert make(titles, host, None, fit_seed=1).chosen.startswith("as none was judged")
    add_title(titles)
    assert make(titles, host, None).chosen.startswith("as none was judged")


def test_the_first_model_is_taken_where_the_default_is_blocked(
    titles: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert make(titles, host, None).model == "titles-words"
    monkeypatch.setattr(host, "models", lambda verb: [])
    with pytest.raises(ModelError, match="no model makes titles"):
        make(titles, host, None)


def test_a_load_while_a_model_learns_is_not_what_it_learnt_from(
    titles: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODELS, Loading.name, Loading)
    monkeypatch.setattr(Loading, "warehouse", titles)
    request = EvaluateGeneratorsRequest(samples=60)
    done = evaluate_generators(titles, host, "titles", ["loading", "words"], {}, request)
    assert done.failed == {}
    rows = titles.query("SELECT row_count FROM meta.run_reads WHERE table_name = 'raw.titles'")["row_count"]
    assert rows.to_list() == [100, 100, 100]
    monkeypatch.setattr(Loading, "warehouse", None)
    # Neither that evaluation nor its fits are of the 101 titles that there are now.
    assert make(titles, host, None).chosen.startswith("as none was judged")
    assert make(titles, host, "loading").ready.how.startswith("fitted on")


def test_others_can_write_while_the_corpus_is_made(
    titles: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus_of = TitleNames.corpus

    def loading(self: TitleNames, rows: Any, request: Any) -> Titles:
        add_title(titles)
        return corpus_of(self, rows, request)

    monkeypatch.setattr(TitleNames, "corpus", loading)
    assert make(titles, host).made == 10
    assert titles.query("SELECT count(*) FROM raw.titles").item() == 101


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


@pytest.mark.parametrize("given", [None, [], [None] * 60])
def test_what_is_no_sample_is_blamed_on_its_model_and_stops_no_other(
    titles: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch, given: Any
) -> None:
    monkeypatch.setitem(MODELS, Nothing.name, Nothing)
    monkeypatch.setattr(Nothing, "given", given)
    request = EvaluateGeneratorsRequest(samples=60)
    done = evaluate_generators(titles, host, "titles", ["nothing", "words"], {}, request)
    assert set(done.metrics["model"]) == {"titles-words"}
    assert isinstance(done.failed["titles-nothing"], PluginError)
    assert "titles-nothing" in str(done.failed["titles-nothing"])
    with pytest.raises(ModelError if given == [] else PluginError, match="titles-nothing"):
        make(titles, host, "nothing")


def test_what_is_near_given_items_is_recorded_with_the_threshold_that_it_had(
    titles: Warehouse, host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODELS, Between.name, Between)
    asked = {"between": ("Red River", "Lost Night"), "near": 0.4}
    done = make(titles, host, "between", **asked)
    assert titles.query("SELECT near FROM results.generation_runs").item() == 0
    recorded = titles.query("SELECT settings FROM meta.runs WHERE run = $run", {"run": done.run}).item()
    assert json.loads(recorded)["near"] == 0
    with pytest.raises(UsageError, match="titles-words does not interpolate; take titles-between, or"):
        make(titles, host, "words", **asked)
    assert make(titles, host, None, **asked).model == "titles-between"


def test_the_size_of_images_is_asked_of_effects_alone_and_as_they_have_it(titles: Warehouse, host: Any) -> None:
    request = EvaluateGeneratorsRequest(samples=60, size=32)
    with pytest.raises(UsageError, match="--size is of other materials"):
        evaluate_generators(titles, host, "titles", ["words"], {}, request)
    ours, theirs = EvaluateGeneratorsRequest.model_fields["size"], material_of("effects").request.model_fields["size"]
    assert ours.metadata == theirs.metadata


def test_the_config_of_models_that_make_something_else_stops_nobody(titles: Warehouse, host: Any) -> None:
    def settings(verb: str, name: str) -> dict[str, Any]:
        if name == "effects-flat":
            raise PluginError(f"{name} cannot be imported")
        return {}

    session: Any = SimpleNamespace(host=host, settings=settings, warehouse=lambda: titles)
    assert generate_command.call(session, "titles", {"count": 2}, "json", None) == 0
    assert generate_command.evaluate(session, ["titles", "words"], {"samples": 60}, "json", None) == 0


def test_too_little_is_a_line_that_says_how_much_is_needed(warehouse: Warehouse, host: Any) -> None:
    with pytest.raises(ModelError, match=r"titles: there is nothing to learn from; load more, such as: cinekit load"):
        make(warehouse, host)
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO raw.titles (title_key, title_id, name) VALUES (1, 'a', 'A'), (2, 'b', 'B'), (3, 'c', 'C')"
        )
    with pytest.raises(ModelError, match=r"titles: there are only 3 of the \d+ that are needed"):
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

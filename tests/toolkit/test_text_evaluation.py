"""Evaluation on texts: out of sample, the same folds for all, and named where it cannot be done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from pydantic import PrivateAttr

from toolkit.errors import CinekitError, ModelError, PluginError, UsageError
from toolkit.sentiment import BoolArray, SentimentModel
from toolkit.text_evaluation import METRICS, evaluate_texts

TEXTS = [f"{'good' if n % 2 else 'bad'} film {n}" for n in range(40)]
POSITIVE = np.arange(40) % 2 == 1


class Memory(SentimentModel):
    """Knows by heart what it was fitted on, and nothing else."""

    name = "memory"
    fits: ClassVar[list[tuple[str, ...]]] = []
    _known: dict[str, bool] = PrivateAttr(default_factory=dict)

    def fit(self, texts: Sequence[str], positive: BoolArray, seed: int) -> None:
        # A model that remembers earlier folds must not profit.
        self._known |= dict(zip(texts, positive.tolist(), strict=True))
        self.fits.append(tuple(texts))

    def score(self, texts: Sequence[str], kind: str) -> NDArray[np.float64]:
        assert kind == "review"
        return np.array([self._known.get(text, np.nan) for text in texts], dtype=np.float64)


class Folded(Memory):
    """The same, whatever the case and the blanks around."""

    name = "folded"

    def fit(self, texts: Sequence[str], positive: BoolArray, seed: int) -> None:
        super().fit([text.strip().casefold() for text in texts], positive, seed)

    def score(self, texts: Sequence[str], kind: str) -> NDArray[np.float64]:
        return super().score([text.strip().casefold() for text in texts], kind)


@pytest.fixture
def fits() -> list[tuple[str, ...]]:
    """What memories were fitted on."""
    Memory.fits.clear()
    return Memory.fits


class Reader(Memory):
    """Looks for the word good, but does not read film 3."""

    name = "reader"

    def score(self, texts: Sequence[str], kind: str) -> NDArray[np.float64]:
        return np.array([np.nan if text.endswith(" 3") else 0.8 if "good" in text else 0.2 for text in texts])


class Unfit(Memory):
    """Cannot be fitted."""

    name = "unfit"

    def fit(self, texts: Sequence[str], positive: BoolArray, seed: int) -> None:
        raise ModelError("there are too few reviews; load more")


class Loud(Memory):
    """Gives no probabilities."""

    name = "loud"

    def score(self, texts: Sequence[str], kind: str) -> NDArray[np.float64]:
        return np.full(len(texts), 2.0)


def test_no_model_is_judged_by_texts_that_it_was_fitted_on() -> None:
    frame = evaluate_texts({"memory": Memory()}, TEXTS, POSITIVE, folds=4)
    assert dict(frame.select("metric", "value").iter_rows())["answered"] == 0


def test_texts_that_are_alike_are_held_out_together() -> None:
    spelt = [*TEXTS, *(text.upper() for text in TEXTS), *(f" {text}\n" for text in TEXTS)]
    frame = evaluate_texts({"memory": Folded()}, spelt, np.tile(POSITIVE, 3), folds=4)
    assert dict(frame.select("metric", "value").iter_rows())["answered"] == 0


def test_hand_worked() -> None:
    frame = evaluate_texts({"reader": Reader()}, TEXTS, POSITIVE, folds=4)
    values = dict(frame.select("metric", "value").iter_rows())
    # Film 3, which is not read, is positive; half of its training texts are, which calls it so.
    assert values["accuracy"] == 1
    assert values["answered"] == pytest.approx(39 / 40)
    assert values["accuracy_answered"] == 1
    assert values["brier"] == pytest.approx((39 * 0.04 + 0.25) / 40)
    assert values["balanced_accuracy"] == values["f1"] == values["auc"] == 1
    assert values["ece"] == pytest.approx((39 * 0.2 + 0.5) / 40)


def test_the_frame_has_the_columns_of_the_results() -> None:
    done: list[int] = []
    frame = evaluate_texts({"a": Reader(), "b": Reader()}, TEXTS, POSITIVE, folds=5, progress=done.append)
    assert frame.schema == {
        **dict.fromkeys(("model", "split", "metric", "task", "grouping", "viewer_group"), pl.String),
        "k": pl.Int32,
        **dict.fromkeys(("value", "low", "high"), pl.Float64),
        **dict.fromkeys(("viewers", "texts", "series", "examples"), pl.Int32),
    }  # fmt: skip
    assert sorted(frame["metric"]) == sorted(2 * METRICS)
    assert set(frame["k"]) == {5}
    assert set(frame["texts"]) == {40}
    assert set(frame["split"]) == {"folds"}
    assert frame["viewers"].null_count() == frame.height
    whole = frame.filter(pl.col("metric").is_in(["balanced_accuracy", "f1", "auc", "ece"]))
    assert whole["low"].null_count() == whole["high"].null_count() == 8
    rest = frame.filter(~pl.col("metric").is_in(whole["metric"].unique().to_list()))
    assert rest.filter((pl.col("low") <= pl.col("value")) & (pl.col("value") <= pl.col("high"))).height == 10
    assert frame.filter(model="a").drop("model").equals(frame.filter(model="b").drop("model"))
    assert done == [1] * 10


def test_folds_are_the_same_for_every_model_and_drawn_by_the_seed(fits: list[tuple[str, ...]]) -> None:
    evaluate_texts({"one": Memory(), "two": Memory()}, TEXTS, POSITIVE, folds=4, seed=1)
    one, two = fits[:4], fits[4:]
    fits.clear()
    evaluate_texts({"other": Memory()}, TEXTS, POSITIVE, folds=4, seed=2)
    assert one == two != fits
    assert [sum("good" in text for text in texts) for texts in one] == [15] * 4
    held_out = [set(TEXTS) - set(texts) for texts in one]
    assert sorted(text for texts in held_out for text in texts) == sorted(TEXTS)


def test_a_failing_model_raises_unless_its_error_is_wanted() -> None:
    with pytest.raises(ModelError, match=r"^there are too few reviews; load more$"):
        evaluate_texts({"mine": Unfit()}, TEXTS, POSITIVE, folds=4)
    failed: dict[str, CinekitError] = {}
    done: list[int] = []
    frame = evaluate_texts(
        {"mine": Unfit(), "other": Reader()}, TEXTS, POSITIVE, folds=4, failed=failed, progress=done.append
    )
    assert frame["model"].unique().to_list() == ["other"]
    assert {name: str(error) for name, error in failed.items()} == {"mine": "there are too few reviews; load more"}
    assert sum(done) == 8


def test_what_is_no_probability_is_the_models_fault() -> None:
    with pytest.raises(PluginError, match="model loud gave probabilities outside 0 to 1"):
        evaluate_texts({"loud": Loud()}, TEXTS, POSITIVE, folds=4)


def test_folds_must_be_filled() -> None:
    with pytest.raises(UsageError, match="at least 2 folds"):
        evaluate_texts({"a": Reader()}, TEXTS, POSITIVE, folds=1)
    with pytest.raises(ModelError, match=r"20 positive and 20 negative different reviews do not fill 21 folds"):
        evaluate_texts({"a": Reader()}, TEXTS, POSITIVE, folds=21)
    with pytest.raises(ModelError, match=r"0 positive and 40 negative"):
        evaluate_texts({"a": Reader()}, TEXTS, np.zeros(40, dtype=bool))

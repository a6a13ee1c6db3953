"""A good model of sentiment keeps its contract; one that breaks one thing fails the check of it, and no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.toolkit.testing.failing import contract_of, failing, fails_alone
from toolkit import ModelError, SentimentModel, setting
from toolkit.testing import SentimentContract

PROMISE = "test_it_returns_what_it_promises"


class Words(SentimentModel):
    """As positive as the texts that begin alike."""

    name = "words"
    grin: float = setting(0.5, "What is said of others", ge=0, le=1)

    _known: dict[str, float]

    def fit(self, texts, positive, seed):
        if len(set(positive.tolist())) < 2:
            raise ModelError("words needs texts of both kinds")
        self._known = {text[:3]: float(good) for text, good in zip(texts, positive, strict=True)}

    def score(self, texts, kind):
        return np.array([self._known.get(text[:3], self.grin) if text else np.nan for text in texts], dtype=float)


class Untrained(Words):
    """Refuses to learn."""

    name = "untrained"
    trained = False

    def fit(self, texts, positive, seed):
        self._known = {}
        raise ModelError("untrained learns nothing")


class Stars(Words):
    """From 1 to 5."""

    name = "stars"

    def score(self, texts, kind):
        return 1 + 4 * super().score(texts, kind)


class Tall(Words):
    """A column."""

    name = "tall"

    def score(self, texts, kind):
        return super().score(texts, kind)[:, None]


class Mute(Words):
    """Knows nothing."""

    name = "mute"

    def score(self, texts, kind):
        return super().score(texts, kind) * np.nan


class Fragile(Words):
    """Fails on a text without a letter."""

    name = "fragile"

    def score(self, texts, kind):
        if "" in texts:
            raise IndexError("no letter")
        return super().score(texts, kind)


@pytest.mark.parametrize("model", [Words, Untrained, "textblob"])
def test_a_good_model_keeps_its_contract(model: object, tmp_path: Path) -> None:
    assert failing(contract_of(SentimentContract, model), tmp_path) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "check", "says"),
    [
        (Stars, PROMISE, "scores go from 1 to 5; return probabilities from 0 to 1"),
        (Tall, PROMISE, r"float64 of shape \(\d+, 1\) for \d+ texts .*; return floats of shape"),
        (Mute, PROMISE, "every score is NaN; give texts that it reads"),
        (Fragile, "test_it_survives_empty_and_tiny_input", "asked for an empty text: it raised IndexError: no letter"),
    ],
)
def test_each_check_fails_where_it_is_broken_and_nowhere_else(
    model: type[SentimentModel], check: str, says: str, tmp_path: Path
) -> None:
    assert fails_alone(contract_of(SentimentContract, model), check, says, tmp_path)

"""What snownlp makes of Chinese, and what becomes of it in a warehouse."""

from __future__ import annotations

import time

import numpy as np
import pytest
import snownlp

from cinekit_snownlp.library import log_odds
from cinekit_snownlp.model import SnowNlp
from toolkit import ModelError
from toolkit.testing import SentimentContract

GOOD = ["这部电影太好看了，演员非常棒！", "非常感人，推荐大家去看。", "画面精美，音乐动人。"]
BAD = ["真是浪费时间，剧情无聊透顶。", "差劲，失望极了，不值票价。", "烂片，千万别看。"]


class TestSnowNlp(SentimentContract):
    model = "snownlp"
    settings = {"fewest": 2}
    positive = GOOD
    negative = BAD


def test_good_reviews_are_positive_and_bad_ones_negative():
    scores = SnowNlp().score([*GOOD, *BAD], "review")
    assert (scores[:3] > 0.5).all()
    assert (scores[3:] < 0.5).all()


@pytest.mark.parametrize("text", [*GOOD, *BAD, "对不起，我让你失望了。"])
def test_the_numbers_are_those_of_snownlp(text):
    assert SnowNlp().score([text], "script")[0] == pytest.approx(snownlp.SnowNLP(text).sentiments)


def test_traditional_characters_are_read_as_simplified_ones():
    assert log_odds(["這部電影太好看了"]) == log_odds(["这部电影太好看了"]) > 0


def test_a_text_without_a_word_that_is_known_has_no_score():
    assert np.isnan(SnowNlp().score(["", "！！！", "。", "xyzzy", "的"], "script")).all()
    assert SnowNlp().score([], "review").shape == (0,)


def test_texts_that_repeat_get_the_same_score():
    scores = SnowNlp().score([GOOD[0], BAD[0], GOOD[0]], "review")
    assert scores[0] == scores[2] != scores[1]


def test_the_time_grows_with_the_length_and_no_faster():
    began = time.process_time()
    log_odds(["好看" * 200])
    short = time.process_time() - began
    began = time.process_time()
    log_odds(["好看" * 2000])
    assert time.process_time() - began < 40 * max(short, 0.05)


def test_calibration_holds_for_reviews_alone():
    model, positive = SnowNlp(fewest=2), np.array([True, True, True, False, False, False])
    before = model.score(GOOD, "script")
    model.fit([*GOOD, *BAD], positive, seed=0)
    np.testing.assert_array_equal(model.score(GOOD, "script"), before)
    scores = model.score([*GOOD, *BAD], "review")
    assert (scores[:3] > scores[3:].max()).all()
    assert not np.allclose(scores[:3], before)


def test_too_few_reviews_or_labels_the_wrong_way_round_are_refused():
    positive = np.array([True, True, True, False, False, False])
    with pytest.raises(ModelError, match="3 positive and 3 negative reviews, and needs 20 of each"):
        SnowNlp().fit([*GOOD, *BAD], positive, seed=0)
    with pytest.raises(ModelError, match="wrong way round"):
        SnowNlp(fewest=2).fit([*GOOD, *BAD], ~positive, seed=0)

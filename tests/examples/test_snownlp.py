"""cinekit-snownlp, installed and run as a stranger would, on a Chinese script and Chinese reviews."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.examples.environment import Environment

pytestmark = pytest.mark.slow
NAME = "cinekit-snownlp"
SCRIPT = """Title: 归来

内景 茶馆 - 夜

雨下个不停。林小雨一个人坐在窗边，茶已经凉了。

@林小雨
（低声）
谢谢你，我很幸福。

@陈大明
对不起，我让你失望了。

外景 车站 - 日

人群拥挤。

@林小雨
滚！我讨厌你，你是骗子。
"""
REVIEWS = """id,review
1,这部电影太好看了，演员非常棒！
2,真是浪费时间，剧情无聊透顶。
3,非常感人，推荐大家去看。
4,差劲，失望极了，不值票价。
5,A lovely film with a wonderful cast.
"""


def rows(environment: Environment, folder: Path, sql: str) -> list[list[str]]:
    """What SQL finds in the warehouse of a folder."""
    printed = environment.run("cinekit", "sql", sql, "--format", "csv", cwd=folder).stdout
    return list(csv.reader(io.StringIO(printed)))[1:]


def test_its_own_tests_pass(environment: Environment) -> None:
    environment.run("python", "-m", "pytest", "-q", cwd=environment.install(NAME))


def test_its_types_are_sound(environment: Environment) -> None:
    environment.run("python", "-m", "mypy", cwd=environment.install(NAME))


def test_a_chinese_script_is_read_and_scored(environment: Environment, tmp_path: Path) -> None:
    environment.install(NAME)
    (tmp_path / "归来.fountain").write_text(SCRIPT, encoding="utf-8")
    told = environment.run("cinekit", "analyze", "script", "归来.fountain", cwd=tmp_path).stderr
    assert "is in 'zh', which textblob does not read" in told
    assert "--sentiment textblob,snownlp would" in told
    environment.run("cinekit", "analyze", "script", "归来.fountain", "--sentiment", "textblob,snownlp", cwd=tmp_path)
    assert rows(environment, tmp_path, "SELECT language, sentiment_model FROM analyses") == [["zh", "snownlp"]]
    settings = rows(environment, tmp_path, "SELECT setting, place, time_of_day FROM scenes ORDER BY scene")
    assert settings == [["INT", "茶馆", "夜"], ["EXT", "车站", "日"]]
    lines = rows(
        environment,
        tmp_path,
        "SELECT scene, character, sentiment > 0 FROM sentiment WHERE level = 'line' ORDER BY place, scene",
    )
    assert sorted(lines) == sorted([["1", "林小雨", "true"], ["1", "陈大明", "false"], ["2", "林小雨", "false"]])


def test_chinese_reviews_are_scored_and_others_marked(environment: Environment, tmp_path: Path) -> None:
    environment.install(NAME)
    (tmp_path / "reviews.csv").write_text(REVIEWS, encoding="utf-8")
    environment.run("cinekit", "load", "reviews", "reviews.csv", cwd=tmp_path)
    told = environment.run("cinekit", "analyze", "sentiment", "--model", "snownlp", cwd=tmp_path).stderr
    assert "1 are in a language that snownlp does not read" in told
    labels = rows(environment, tmp_path, "SELECT review_id, label, language FROM review_sentiment ORDER BY ALL")
    good, bad = ["positive", "zh"], ["negative", "zh"]
    assert labels == [["1", *good], ["2", *bad], ["3", *good], ["4", *bad], ["5", "", "en"]]

"""A stranger's plugin for the verb analyze: an analyzer of lines and a model of sentiment, as small as they can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.entry_points import point_of
from toolkit.host import Host

REGISTER = """
from toolkit import ModelEntry, hookimpl

@hookimpl
def cinekit_models():
    return [
        ModelEntry("analyze", "lines", "strange_models:Lines", "Lines of text."),
        ModelEntry("analyze", "stamps", "strange_models:Stamps", "Sizes of files, many together."),
        ModelEntry("analyze", "smiles", "strange_models:Smiles", "Sentiment by smiles."),
        ModelEntry("analyze", "marks", "strange_models:Marks", "Sentiment of German by marks."),
    ]
"""
MODELS = '''
from typing import ClassVar

import numpy as np
import polars as pl

from toolkit import Analyzer, ModelError, SentimentModel, Shown, SourceError, setting

EMPTY = {"words": pl.Int32}


class Lines(Analyzer):
    """Lines of text."""

    name: ClassVar[str] = "lines"
    kind: ClassVar[str] = "script"
    suffixes: ClassVar[tuple[str, ...]] = (".lines",)
    writes: ClassVar[tuple[str, ...]] = ("results.themes",)
    shows: ClassVar[tuple[Shown, ...]] = (
        Shown("Lines", "SELECT word, weight FROM results.themes WHERE run IN (SELECT unnest($runs))", ("weight",)),
    )
    most: int = setting(100, "Most lines", ge=1)

    def analyze(self, document, workspace):
        lines = document.text().splitlines()
        if len(lines) > self.most:
            raise ModelError(f"{document.name} has {len(lines)} lines, more than {self.most}")
        if lines[0] == "crash":
            raise ZeroDivisionError("by nothing")
        if lines[0] == "wrong":
            return {"results.scenes": pl.DataFrame({"a": [1]})}
        if lines[0] == "odd":
            rows = {"theme": ["one"], "place": [1], "word": ["a"], "weight": ["heavy"]}
            return {"results.themes": pl.DataFrame(rows)}
        if lines[0] == "picture":
            (workspace.folder / "picture.png").write_bytes(b"png")
        return {"results.themes": pl.DataFrame({
            "theme": [1] * len(lines), "place": range(1, len(lines) + 1), "word": lines,
            "weight": [float(len(line)) for line in lines],
        })}

    def lines(self, frames):
        lines = frames["results.themes"]
        if lines["word"][0] == "no lines":
            return lines.select("place")
        share = pl.Series("share", np.linspace(0, 1, lines.height))
        return lines.select(
            pl.col("place").cast(pl.Int32), pl.col("word").alias("text"), pl.lit(1, pl.Int32).alias("scene"),
            pl.col("word").str.slice(0, 1).alias("character"), share, pl.lit(None, pl.Float64).alias("seconds"),
        )


class Stamps(Analyzer):
    """Sizes of files, many together."""

    name: ClassVar[str] = "stamps"
    kind: ClassVar[str] = "image"
    suffixes: ClassVar[tuple[str, ...]] = (".stamp",)
    writes: ClassVar[tuple[str, ...]] = ("results.themes",)
    together: ClassVar[int] = 3
    titled_by: ClassVar[str] = "folder"

    def analyze(self, document, workspace):
        size = document.path.stat().st_size
        if not size:
            raise SourceError(f"{document.name} is empty")
        if document.text() == "bad":
            (workspace.folder / "left.png").write_bytes(b"png")
            return {"results.themes": pl.DataFrame({"theme": [None], "place": ["x"], "word": [1], "weight": [1.0]})}
        return {"results.themes": pl.DataFrame({"theme": [1], "place": [1], "word": ["size"], "weight": [float(size)]})}


class Smiles(SentimentModel):
    """Sentiment by smiles: as positive as the share of positive texts that smile as much."""

    name: ClassVar[str] = "smiles"
    languages: ClassVar[frozenset[str]] = frozenset({"en"})
    grin: float = setting(1.0, "How much a smile counts", gt=0)
    _happy: float

    def fit(self, texts, positive, seed):
        if len(set(positive.tolist())) < 2:
            raise ModelError("smiles needs both kinds of reviews")
        smiling = np.array([":)" in text for text in texts])
        self._happy = float(positive[smiling].mean())

    def score(self, texts, kind):
        known = np.array([":)" in text or ":(" in text for text in texts], dtype=bool)
        return np.where(known, [self._happy if ":)" in text else 1 - self._happy for text in texts], np.nan)


class Marks(SentimentModel):
    """Sentiment of German: whoever shouts is happy."""

    name: ClassVar[str] = "marks"
    languages: ClassVar[frozenset[str]] = frozenset({"de"})
    trained: ClassVar[bool] = False
    shouting: float = setting(0.75, "How happy", ge=0, le=1)

    def fit(self, texts, positive, seed):
        raise ModelError("marks learns nothing")

    def score(self, texts, kind):
        return np.array([self.shouting if "!" in text else 0.5 for text in texts])
'''


@pytest.fixture
def strange_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A host that knows the stranger's plugin alone."""
    folder = tmp_path / "strange"
    folder.mkdir()
    (folder / "strange_plugin.py").write_text(REGISTER)
    (folder / "strange_models.py").write_text(MODELS)
    monkeypatch.syspath_prepend(str(folder))
    for name in ("strange_plugin", "strange_models"):
        monkeypatch.delitem(__import__("sys").modules, name, raising=False)
    return Host(points=[point_of("cinekit-strange", "strange", "strange_plugin", "0.3")])

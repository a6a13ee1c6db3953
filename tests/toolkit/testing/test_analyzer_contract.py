"""A good analyzer keeps its contract; one that breaks one thing fails the check of it, and no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.toolkit.testing.failing import contract_of, failing, fails_alone
from toolkit import Analyzer, Shown, SourceError, setting
from toolkit.testing import AnalyzerContract, write_small_document


class Lines(Analyzer):
    """Lines of text."""

    name = "lines"
    kind = "script"
    suffixes = (".lines", ".txt")
    writes = ("results.themes",)
    shows = (Shown("Lines", "SELECT word FROM results.themes WHERE run IN (SELECT unnest($runs))"),)
    least: int = setting(1, "Letters of a line", ge=1)

    def analyze(self, document, workspace):
        lines = [line for line in document.text().splitlines() if len(line) >= self.least]
        if not lines:
            raise SourceError(f"{document.name} has no lines; give another file")
        order = np.random.default_rng(workspace.seed).permutation(len(lines)) + 1
        (workspace.folder / "lines.json").write_text("[]")
        rows = {"theme": 1, "place": order, "word": lines, "weight": 1.0}
        return {"results.themes": pl.DataFrame(rows)}

    def lines(self, frames):
        themes = frames["results.themes"]
        empty = {"scene": pl.Int32, "character": pl.String, "seconds": pl.Float64}
        return themes.select(
            "place",
            pl.col("word").alias("text"),
            pl.lit(0.5).alias("share"),
            *(pl.lit(None, kind).alias(name) for name, kind in empty.items()),
        )


class Undeclared(Lines):
    """Fills a table that it does not declare."""

    name = "undeclared"
    writes = ()


class Other(Lines):
    """A column too many."""

    name = "other"

    def analyze(self, document, workspace):
        return {table: frame.with_columns(more=1) for table, frame in super().analyze(document, workspace).items()}


class Textual(Lines):
    """A weight that is no number."""

    name = "textual"

    def analyze(self, document, workspace):
        frames = super().analyze(document, workspace)
        return {table: frame.with_columns(weight=pl.lit("heavy")) for table, frame in frames.items()}


class Nothing(Lines):
    """No frames at all."""

    name = "nothing"

    def analyze(self, document, workspace):
        return super().analyze(document, workspace) and {}

    def lines(self, frames):
        return None


class Speechless(Lines):
    """Lines without texts."""

    name = "speechless"

    def lines(self, frames):
        return super().lines(frames).drop("text")


class Shownless(Lines):
    """SQL that asks for what is not there."""

    name = "shownless"
    shows = (Shown("Lines", "SELECT phrase FROM results.themes WHERE run IN (SELECT unnest($runs))"),)


class Random(Lines):
    """Does not heed the seed, and does not change either."""

    name = "random"
    _order: int = 0

    def analyze(self, document, workspace):
        if not self._order:
            self._order = int(np.random.default_rng().integers(1, 2**31))
        workspace.seed = self._order
        return super().analyze(document, workspace)


class Counting(Lines):
    """Counts its documents."""

    name = "counting"
    _seen: int = 0

    def analyze(self, document, workspace):
        self._seen += 1
        frames = super().analyze(document, workspace)
        return {table: frame.with_columns(weight=pl.lit(float(self._seen))) for table, frame in frames.items()}


class Naive(Lines):
    """Takes it that there is a second line."""

    name = "naive"

    def analyze(self, document, workspace):
        document.text().splitlines()[1]
        return super().analyze(document, workspace)


class Littering(Lines):
    """Writes beside the document."""

    name = "littering"

    def analyze(self, document, workspace):
        document.path.with_suffix(".notes").write_text("seen")
        return super().analyze(document, workspace)


class Talking(Lines):
    """Prints."""

    name = "talking"

    def lines(self, frames):
        print("lines")
        return super().lines(frames)


BROKEN = [
    (Undeclared, "test_it_returns_what_it_promises", "returned results.themes, which it does not declare; add it"),
    (Other, "test_it_returns_what_it_promises", "unknown more; return the columns of the table"),
    (Textual, "test_it_returns_what_it_promises", "rows that do not fit results.themes"),
    (Nothing, "test_it_returns_what_it_promises", "no frames"),
    (Speechless, "test_it_returns_what_it_promises", "its lines have no column text"),
    (Shownless, "test_it_returns_what_it_promises", "the SQL of 'Lines' in shows fails"),
    (Random, "test_the_same_seed_gives_the_same", "differ in"),
    (Counting, "test_asking_does_not_change_it", "answers differently"),
    (Naive, "test_it_survives_empty_and_tiny_input", "given a file that is one word: it raised IndexError"),
    (Littering, "test_it_does_not_change_its_input", "small.notes"),
    (Talking, "test_it_prints_nothing", "prints 'lines"),
]


@pytest.mark.parametrize("document", [None, "One\nTwo\n", b"One\nTwo\nThree\n"])
def test_a_good_analyzer_keeps_its_contract(document: str | bytes | None, tmp_path: Path) -> None:
    assert failing(contract_of(AnalyzerContract, Lines, settings={"least": 2}, document=document), tmp_path) == {}


@pytest.mark.slow
@pytest.mark.parametrize(("model", "check", "says"), BROKEN, ids=[model.__name__ for model, _, _ in BROKEN])
def test_each_check_fails_where_it_is_broken_and_nowhere_else(
    model: type, check: str, says: str, tmp_path: Path
) -> None:
    assert fails_alone(contract_of(AnalyzerContract, model), check, says, tmp_path)


def test_a_document_may_be_a_file_of_the_author_s(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("Mine\n")
    given = contract_of(AnalyzerContract, Lines, document=file)().given(tmp_path)
    assert (given.document.suffix, given.document.text()) == (".txt", "Mine\n")


def test_an_analyzer_that_cannot_read_the_small_document_asks_for_another(tmp_path: Path) -> None:
    contract = contract_of(AnalyzerContract, Lines, settings={"least": 10_000})()
    with pytest.raises(pytest.fail.Exception, match="give it another: document = "):
        contract.test_it_prints_nothing(tmp_path)


@pytest.mark.parametrize("ending", [".srt", ".fountain", ".png"])
def test_a_small_document_is_what_its_ending_says(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"small{ending}"
    write_small_document(path)
    begins = path.read_bytes()[:4]
    assert begins == {".srt": b"1\n00", ".png": b"\x89PNG"}.get(ending, begins)
    assert path.stat().st_size > 500

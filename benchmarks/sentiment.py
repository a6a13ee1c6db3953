"""Models of sentiment on film review snippets that people scored: ten folds, the same for all, none in its own fit.

TF-IDF with logistic regression, our words and pairs of words, is given the best C of the grid on the very folds that it
is judged by. TextBlob at 0 calls positive what is above 0. Each model runs in a process of its own.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from measure import Measured, Report, Row, alternate, machine, phase, serve
from pydantic import PrivateAttr

from plugins.analyze.lexicon import TextBlobLexicon
from plugins.analyze.nb_svm import WORDS, NbSvm
from toolkit.calibration import platt
from toolkit.document import Document
from toolkit.labels import labels_of
from toolkit.language import languages_of
from toolkit.model import setting
from toolkit.polarity import polarity
from toolkit.screenplay.elements import SPOKEN
from toolkit.screenplay.reading import read_screenplay
from toolkit.sentiment import BoolArray, SentimentModel
from toolkit.text_evaluation import evaluate_texts

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
REVIEWS = DATA / "reviews" / "movieReviewSnippets_GroundTruth.txt"
PLAYS = DATA / "plays" / "shakespeare.txt"
SCREENPLAYS = DATA / "screenplays"
GRID = (1, 3, 10, 30, 100)
FOLDS = 10
# Points of accuracy that nb-svm may be behind, which are fewer than none; % of calibration error and of languages.
TFIDF_BAR, LEXICON_BAR, ECE_BAR, LANGUAGE_BAR = -1.0, -12.0, 5.0, 0.1
LEXICON = "textblob at 0"


class AtZero(SentimentModel):
    """TextBlob as it comes: positive above 0, and there is no calibration."""

    name: ClassVar[str] = "textblob-at-0"
    trained: ClassVar[bool] = False

    def fit(self, texts: Sequence[str], positive: BoolArray, seed: int) -> None:
        """Nothing to do."""

    def score(self, texts: Sequence[str], kind: str) -> np.ndarray[Any, Any]:
        """Polarity from -1 to 1 as a number from 0 to 1; negative where it is 0 or no word is known."""
        del kind
        scores = (np.nan_to_num(polarity(texts)) + 1) / 2
        return np.where(scores > 0.5, scores, np.minimum(scores, np.nextafter(0.5, 0)))


class TfIdf(SentimentModel):
    """TF-IDF of words and pairs of words, with logistic regression."""

    name: ClassVar[str] = "tf-idf"

    c: float = setting(1.0, "C of scikit-learn", gt=0)
    _pipeline: Any = PrivateAttr(default=None)

    def fit(self, texts: Sequence[str], positive: BoolArray, seed: int) -> None:
        """Fit both."""
        del seed
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORDS)
        self._pipeline = make_pipeline(words, LogisticRegression(C=self.c, solver="liblinear")).fit(texts, positive)

    def score(self, texts: Sequence[str], kind: str) -> np.ndarray[Any, Any]:
        """Its own probabilities."""
        del kind
        scores: np.ndarray[Any, Any] = self._pipeline.predict_proba(texts)[:, 1]
        return scores


MODELS: dict[str, type[SentimentModel]] = {
    LEXICON: AtZero, "textblob": TextBlobLexicon, "tf-idf": TfIdf, "nb-svm": NbSvm,
}  # fmt: skip


def snippets() -> tuple[list[str], np.ndarray[Any, Any]]:
    """Texts and scores."""
    rows = [line.split("\t") for line in REVIEWS.read_text(encoding="utf-8").strip("\n").split("\n")]
    return [row[2] for row in rows], np.array([float(row[1]) for row in rows])


def labelled() -> tuple[list[str], BoolArray, int]:
    """Texts that are not neutral, which are positive, and how many were left out."""
    texts, scores = snippets()
    positive, kept = labels_of(scores)
    return [texts[place] for place in np.flatnonzero(kept)], positive[kept], int((~kept).sum())


def judge(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: one model in ten folds."""
    texts, positive, left_out = labelled()
    model = MODELS[arguments["model"]](**arguments.get("settings", {}))
    with phase("folds"):
        frame = evaluate_texts({"it": model}, texts, positive, FOLDS)
    found = {row["metric"]: [row["value"], row["low"], row["high"]] for row in frame.iter_rows(named=True)}
    return {**found, "texts": len(texts), "positive": float(positive.mean()), "left out": left_out}


def constants(_: dict[str, Any]) -> dict[str, Any]:
    """Task: what TextBlob's slope and intercept are on all snippets, and where plays lie."""
    texts, positive, _ = labelled()
    polarity(["good"])
    with phase("score"):
        scores = polarity(texts)
    known = ~np.isnan(scores)
    slope, intercept = platt(scores[known], positive[known])
    speeches = [part.partition(":\n")[2] for part in PLAYS.read_text(encoding="utf-8").split("\n\n")]
    # Most of the scripts are there twice, as Fountain and as Final Draft.
    lines = dict.fromkeys(line for file in sorted(SCREENPLAYS.rglob("*.f*")) for line in _spoken(file))
    spoken = polarity(list(lines))
    return {
        "slope": slope, "intercept": intercept, "texts": len(texts), "none known": float(1 - known.mean()),
        "not below 0": float((np.nan_to_num(scores) >= 0).mean()), "reviews": float(np.nanmean(scores)),
        "plays": float(np.nanmedian(polarity(speeches))), "screenplays": float(np.nanmedian(spoken)),
        "lines": int((~np.isnan(spoken)).sum()),
    }  # fmt: skip


def _spoken(file: Path) -> list[str]:
    """What is spoken in a Fountain or Final Draft file."""
    if file.suffix not in (".fountain", ".fdx"):
        return []
    return [one.text for one in read_screenplay(Document(file)).elements if one.kind in SPOKEN]


def languages(_: dict[str, Any]) -> dict[str, Any]:
    """Task: in which languages the snippets, all of them English, are found to be."""
    texts, _ = snippets()
    with phase("load"):
        languages_of(["Some words to begin with."])
    with phase("all"):
        found = languages_of(texts)
    wrong = [text for text, language in zip(texts, found, strict=True) if language not in ("en", None)]
    return {"texts": len(texts), "wrong": wrong, "untold": found.count(None)}


TASKS = {"judge": judge, "constants": constants, "languages": languages}


def accuracy(report: Report) -> None:
    """Section 1: all models, and the bars of nb-svm."""
    runs: dict[str, tuple[str, dict[str, Any]]] = {
        name: ("judge", {"model": name}) for name in MODELS if name != "tf-idf"
    }
    tuned = {f"tf-idf, C = {c}": ("judge", {"model": "tf-idf", "settings": {"c": c}}) for c in GRID}
    measured = alternate(__file__, runs | tuned)
    best = max(tuned, key=lambda name: measured[name].found["accuracy"][0])
    found = measured["nb-svm"].found
    rows = [Row(name, done.phases["folds"], done.peak_mb, _described(done)) for name, done in measured.items()]
    for other, bar in ((best, TFIDF_BAR), (LEXICON, LEXICON_BAR)):
        behind = 100 * (measured[other].found["accuracy"][0] - found["accuracy"][0])
        rows.append(Row("nb-svm: accuracy behind", against=other, held=behind, bar=bar, unit="points"))
    rows.append(Row("nb-svm: calibration error", held=100 * found["ece"][0], bar=ECE_BAR, unit="%"))
    heading = f"1. {found['texts']:,} snippets, {found['positive']:.1%} positive; {found['left out']} neutral left out"
    report.section(heading, rows)


def _described(done: Measured) -> str:
    value, low, high = done.found["accuracy"]
    right = done.found["accuracy_answered"][0]
    rest = {"AUC": "auc", "F1": "f1", "log loss": "log_loss", "Brier": "brier", "ECE": "ece"}
    parts = [f"accuracy {value:.4f} [{low:.4f}, {high:.4f}]"]
    parts += [f"{name} {done.found[key][0]:.4f}" for name, key in rest.items()]
    answered = done.found["answered"][0]
    return ", ".join([*parts, f"answered {answered:.2%}, of which right {right:.4f}"])


def shipped(report: Report) -> None:
    """Section 2: TextBlob's constants."""
    done = alternate(__file__, {"it": ("constants", {})})["it"]
    found = done.found
    note = (
        f"slope {found['slope']:.2f}, intercept {found['intercept']:.2f}: ½ at a polarity of "
        f"{-found['intercept'] / found['slope']:.3f}; no word known in {found['none known']:.1%}"
    )
    rows = [
        Row(f"polarity of {found['texts']:,} snippets", done.phases["score"], done.peak_mb, note),
        Row("of them not below 0", note=f"{found['not below 0']:.1%}"),
        Row("mean polarity where words are known", note=f"snippets {found['reviews']:.3f}"),
        Row(
            "median polarity of dialogue in screenplays and plays",
            note=f"{found['lines']:,} different lines {found['screenplays']:.3f}, plays {found['plays']:.3f}",
        ),
    ]
    report.section("2. TextBlob's threshold", rows)


def told(report: Report) -> None:
    """Section 3: English that is taken for something else."""
    done = alternate(__file__, {"it": ("languages", {})})["it"]
    found = done.found
    wrong, texts = found["wrong"], found["texts"]
    share = 100 * len(wrong) / texts
    note = f"{len(wrong)} of {texts:,}; not told in {found['untold']:,}: {' · '.join(wrong)}"
    rows = [
        Row("load the model of languages", done.phases["load"], done.peak_mb),
        Row("English taken for another", done.phases["all"], None, note, "", share, LANGUAGE_BAR, "%"),
    ]
    report.section("3. Languages", rows)


SECTIONS = {"accuracy": accuracy, "constants": shipped, "languages": told}


def main() -> int:
    """Measure, print, and say by the exit code whether the bars hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    options = parser.parse_args()
    if not REVIEWS.is_file() or not PLAYS.is_file():
        parser.error(f"there are no {REVIEWS} and {PLAYS} to measure on")
    report = Report("sentiment", machine(["cinekit", "scikit-learn", "textblob", "py3langid", "numpy", "scipy"]))
    for name, section in SECTIONS.items():
        if options.only in (None, name):
            section(report)
    return report.finish(options.json)


if __name__ == "__main__":
    serve(TASKS)
    raise SystemExit(main())

"""The verbs, and what the module of each offers to the command line."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from toolkit.materials import MATERIALS

if TYPE_CHECKING:
    from toolkit.model import Model
    from toolkit.row_options import Format
    from toolkit.session import Session

# Said where a model is not there, as no plugin is named here.
ELSEWHERE = "for those of other plugins see docs/plugins.md#examples"


@dataclass(frozen=True)
class Verb:
    """A verb.

    Attributes:
        module: what turns its options into requests, runs them, and shows what came of it.
        evaluation: help of its evaluation.
        such_as: help of the models that are named there.
        own: commands of it that are no models, by name with their help.
        tuning: help of the search for good settings of its models; empty where they cannot be tuned.
    """

    module: str
    evaluation: str
    such_as: str
    own: Mapping[str, str] = field(default_factory=dict)
    tuning: str = ""


VERBS: dict[str, Verb] = {
    "analyze": Verb(
        "toolkit.analyze_command",
        "Compare models of sentiment on labelled reviews.",
        "Such as: textblob nb-svm.",
        {"sentiment": "Sentiment of the reviews in the warehouse, by the model that --model names."},
    ),
    "generate": Verb(
        "toolkit.generate_command",
        "Compare generators of titles, metadata, scripts, music or effects on items that were held out.",
        "What is made, then models of it, all unless named, such as: titles ngram gru.",
        {name: line for name, (_, line) in MATERIALS.items()},
    ),
    "predict": Verb(
        "toolkit.predict_command",
        "Compare forecasters of series over several windows, or classifiers of viewers after a cut in time.",
        "Such as: seasonal-naive theta ensemble.",
        {
            "churn": "How likely viewers, or the customers of a plain table, are to leave.",
            "habits": "What viewers do next: whether, how long, at what time and which title.",
            "purchase": "How likely viewers are to buy a ticket.",
            "series": "Forecast the loaded series.",
            "tickets": "Forecast ticket sales by day; without purchases, the loaded series.",
            "watch-time": "Tomorrow's minutes in five classes, from a table of watch_time and next_watch_time.",
            "watches": "Forecast minutes watched by day.",
        },
    ),
    "recommend": Verb(
        "toolkit.recommend_command",
        "Compare recommenders on one split of the data.",
        "Such as: popular ease.",
        tuning="Search for the settings of a recommender that rank best.",
    ),
}


class VerbCommand(Protocol):
    """What the module of a verb offers."""

    def parameters(self, name: str, model: type[Model] | None) -> list[inspect.Parameter]:
        """Options and arguments of the command of a model, or of one of the verb's own."""

    def call(
        self, session: Session, name: str, given: Mapping[str, Any], form: Format | None, output: Path | None
    ) -> int:
        """Run a command and show its results; the exit code."""

    def evaluation(self) -> list[inspect.Parameter]:
        """Options of the evaluation."""

    def evaluate(
        self, session: Session, models: list[str], given: Mapping[str, Any], form: Format | None, output: Path | None
    ) -> int:
        """Run an evaluation and show its results; the exit code."""


def verb_command(verb: str) -> VerbCommand:
    """The module of a verb, imported here."""
    return cast("VerbCommand", import_module(VERBS[verb].module))


def for_people(form: Format | None, output: Path | None) -> bool:
    """Whether results are shown to people."""
    return form in (None, "table") and output is None


def note_failures(failed: Mapping[str, Exception], what: str) -> int:
    """One line for each that failed; the exit code."""
    from toolkit.show import note

    for name, error in failed.items():
        text = str(error)
        note(f"cinekit: {text}" if not what and name in text else f"cinekit: {name}{what}: {text}")
    return 1 if failed else 0

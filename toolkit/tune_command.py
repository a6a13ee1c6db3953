"""`cinekit tune recommend`: options to a request, and the trials to what people see."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit import options, show, tuning
from toolkit.settings import build
from toolkit.trials import METRIC, tried
from toolkit.tuned import LATEST
from toolkit.verbs import for_people

if TYPE_CHECKING:
    import polars as pl

    from toolkit.row_options import Format
    from toolkit.session import Session

SHOWN = 10


def parameters() -> list[inspect.Parameter]:
    """Options of the command."""
    return options.parameters(tuning.TuneRequest)


def call(
    session: Session, name: str, given: Mapping[str, Any], form: Format | None, output: Path | None
) -> int:  # fmt: skip
    """Tune a recommender, and show the trials of its study, the best first."""
    show.check(form, output)
    request = build(tuning.TuneRequest, options.given(given, tuning.TuneRequest))
    settings = session.settings("recommend", name)
    try:
        done = tuning.tune(session.warehouse(), session.host, name, settings, request)
    except KeyboardInterrupt:
        show.note("stopped; the trials that have ended are kept, and the same command goes on from them")
        raise
    _note_done(name, request, done)
    people = for_people(form, output)
    frame = tried(session.warehouse(), done.study)
    show.show(as_table(frame.head(SHOWN), done.space) if people else frame, form, output)
    if people:
        named = request.name or LATEST
        best = {key: done.best.settings[key] for key in done.space}
        show.note(f"the best: {options.typed(session.host.model('recommend', name), best) or 'without options'}")
        show.note(f"use it: cinekit recommend {name} --tuned {named}; all trials: cinekit sql 'SELECT * FROM trials'")
    return 0


def as_table(trials: pl.DataFrame, space: Sequence[str]) -> pl.DataFrame:
    """One row a trial, with what people compare: the metric with its interval, and the settings that were searched."""
    import json

    import polars as pl

    settings = [json.loads(text) for text in trials["settings"]]
    k = trials["k"][0]
    return trials.select(
        "trial",
        pl.col("value").round(4).alias(f"{METRIC}@{k}"),
        pl.format("{} to {}", pl.col("low").round(4), pl.col("high").round(4)).alias("95 % interval"),
        *(pl.Series(name, [_plain(values[name]) for values in settings], dtype=pl.String) for name in space),
        pl.col("cpu_seconds").round(2).alias("cpu s"),
    )


def _note_done(name: str, request: tuning.TuneRequest, done: tuning.Tuned) -> None:
    show.note(f"learnt from {done.signal}")
    aside = "; what 'cinekit evaluate' would test by was set aside" if request.hold_out else ""
    show.note(
        f"split {request.split}: {done.viewers:,} viewers judged by {done.held_out:,} liked titles of the training "
        f"data{aside}"
    )
    more = f", which went on from {done.earlier:,} of earlier runs" if done.earlier else ""
    show.note(f"{name}: {done.trials:,} trials in {done.seconds:.1f} s{more}; {done.failed:,} failed")
    first = "none" if done.first is None else f"{done.first:.4f}"
    show.note(f"{METRIC}@{request.k}: {first} with the settings to begin with, {done.best.value:.4f} at best")


def _plain(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)

"""Generators on real data: titles, metadata, script pages, music and effects, judged on items none has learnt from.

Each model is fitted in a process and a warehouse of its own, through the front door. Bars are on held-out items, and on
samples before any rejection. Beside that, training is killed at random moments, and has to end as if it had not been.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generate_killed import QUICK_MODELS, kill, killed_rows
from measure import Measured, Report, Row, alternate, machine, phase, serve

from toolkit.evaluating_generators import EvaluateGeneratorsRequest, evaluate_generators
from toolkit.host import Host
from warehouse import Warehouse
from warehouse.loads import load

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
TITLES = {"movielens": "movielens/ml-latest-small", "films": "films/wikipedia_films.parquet"}
# What is made: the loads, and the models.
SECTIONS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "titles": (TITLES, ("ngram", "gru", "vae", "gan")),
    "metadata": (TITLES, ("independent", "vae", "gan")),
    "script": ({"scripts": "screenplays"}, ("ngram", "gru")),
    "music": ({"music": "music"}, ("gru", "vae")),
    "effects": ({"images": "images/effects"}, ("vae", "wgan-gp")),
}
# Settings with which each learns in seconds, to see that all of this runs.
QUICK: dict[str, dict[str, Any]] = {
    f"{makes}-{name}": {"epochs": 1}
    for makes, (_, names) in SECTIONS.items()
    for name in names
    if name not in ("ngram", "independent")
}
VERBATIM_BAR, AUC_BAR, POSITION_BAR, MINUTES_BAR = 2.0, 0.75, 0.5, 20.0
LIKELIHOOD_MINUTES = 30.0
# Nats per step of chorales: what is held, and what is aimed at.
CHORALE_BAR, CHORALE_AIM = 8.45, 8.0
KILLED = "killed"


def judge(given: dict[str, Any]) -> dict[str, Any]:
    """Load, fit one model, judge it; its metrics by name."""
    makes, name = given["makes"], given["model"]
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.open(Path(folder) / "benchmark.duckdb")
        for source, path in SECTIONS[makes][0].items():
            load(warehouse, source, DATA / path)
        settings = QUICK if given["quick"] else {}
        request = EvaluateGeneratorsRequest(minutes=given["minutes"])
        with phase("fit and judge"):
            done = evaluate_generators(warehouse, Host(), makes, (name,), settings, request)
        for error in done.failed.values():
            raise error
        found = {row["metric"]: row["value"] for row in done.metrics.iter_rows(named=True)}
        return {"metrics": found, "how": next(iter(done.how.values())), "held_out": done.held_out}


TASKS = {"judge": judge, "kill": kill}


def section(report: Report, makes: str, *, quick: bool, minutes: float) -> None:
    """All models of one kind of material, and its bars."""
    given = {"makes": makes, "quick": quick, "minutes": minutes}
    names = SECTIONS[makes][1]
    measured = alternate(__file__, {name: ("judge", {**given, "model": name}) for name in names}, threads=1)
    rows = [Row(name, done.phases["fit and judge"], done.peak_mb, _told(done)) for name, done in measured.items()]
    report.section(makes, rows + BARS[makes](measured))


def killed(report: Report) -> None:
    """One quick model of each material, with and without kills."""
    given = {
        makes: {"makes": makes, "loads": {source: DATA / path for source, path in SECTIONS[makes][0].items()}}
        for makes in QUICK_MODELS
    }
    measured = alternate(__file__, {makes: ("kill", each) for makes, each in given.items()}, threads=1)
    report.section(KILLED, killed_rows(measured))


def _told(done: Measured) -> str:
    numbers = ", ".join(f"{name} {value:.4g}" for name, value in done.found["metrics"].items())
    return f"{done.found['how']}; {numbers}"


def _of(measured: Mapping[str, Measured], name: str, metric: str) -> float:
    return float(measured[name].found["metrics"][metric])


def titles(measured: Mapping[str, Measured]) -> list[Row]:
    """The better network below the n-gram, and what it copies."""
    loss = {name: _of(measured, name, "bits_per_character") for name in ("ngram", "gru", "vae")}
    best = min(("gru", "vae"), key=loss.__getitem__)
    spent = measured[best].phases["fit and judge"].cpu / 60
    return [
        Row(f"{best}: bits per character", against="ngram", held=loss[best] / loss["ngram"], bar=1.0),
        Row(f"{best}: CPU", held=spent, bar=LIKELIHOOD_MINUTES, unit="min"),
        Row(f"{best}: verbatim", held=100 * _of(measured, best, "verbatim"), bar=VERBATIM_BAR, unit="%"),
    ]


def metadata(measured: Mapping[str, Measured]) -> list[Row]:
    """How well samples are told from rows, and how near they are to what was learnt from."""
    rows = []
    for name in ("vae", "gan"):
        rows.append(Row(f"{name}: AUC of telling", held=_of(measured, name, "c2st_auc"), bar=AUC_BAR, unit=""))
        nearer = 1 / _of(measured, name, "dcr_ratio")
        rows.append(Row(f"{name}: how much nearer than held-out rows", held=nearer, bar=1 / 0.9))
    return rows


def script(measured: Mapping[str, Measured]) -> list[Row]:
    """Pages that are no valid Fountain."""
    wrong = {name: 100 * (1 - _of(measured, name, "valid_fountain")) for name in measured}
    return [Row(f"{name}: pages that are not valid", held=share, bar=0.0, unit="%") for name, share in wrong.items()]


def music(measured: Mapping[str, Measured]) -> list[Row]:
    """The better likelihood of held-out pieces."""
    loss = {name: _of(measured, name, "nats_per_step") for name in measured}
    best = min(loss, key=loss.__getitem__)
    aim = f"the aim is {CHORALE_AIM:g}, which is {loss[best] - CHORALE_AIM:+.2f} away"
    return [Row(f"{best}: nats per step", held=loss[best], bar=CHORALE_BAR, unit="", note=aim)]


def effects(measured: Mapping[str, Measured]) -> list[Row]:
    """Between the floor of real images and the ceiling of noise, with what is not covered."""
    rows = []
    for name, done in measured.items():
        position, missed = _of(measured, name, "frechet_position"), 1 - _of(measured, name, "recall")
        minutes = done.phases["fit and judge"].cpu / 60
        rows.append(Row(f"{name}: from floor to ceiling", held=position, bar=POSITION_BAR, unit=""))
        rows.append(Row(f"{name}: real images that are not covered", held=missed, bar=0.7, unit=""))
        rows.append(Row(f"{name}: CPU", held=minutes, bar=MINUTES_BAR, unit="min"))
    return rows


BARS = {"titles": titles, "metadata": metadata, "script": script, "music": music, "effects": effects}


def main() -> int:
    """Measure, print, and say by the exit code whether the bars hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[*SECTIONS, KILLED], help="one section")
    parser.add_argument("--quick", action="store_true", help="one epoch each, to see that it runs; not of killed")
    parser.add_argument("--minutes", type=float, default=LIKELIHOOD_MINUTES, help="train each for these at most")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    options = parser.parse_args()
    if not DATA.is_dir():
        parser.error(f"there is no {DATA} to measure on")
    report = Report("generate", machine(["cinekit", "keras", "jax", "numpy", "scikit-learn"]))
    for makes in SECTIONS:
        if options.only in (None, makes):
            section(report, makes, quick=options.quick, minutes=options.minutes)
    if options.only in (None, KILLED):
        killed(report)
    return report.finish(options.json)


if __name__ == "__main__":
    serve(TASKS)
    raise SystemExit(main())

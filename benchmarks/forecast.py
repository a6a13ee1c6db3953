"""Forecasts of the M4 competition's hourly and weekly series, and of 100,000 simulated ones; probabilities of viewers.

OWA, sMAPE and MASE are the competition's. CPU seconds of forecasts alone stand against those of three models of
statsforecast, on the same series in the same run, each on one thread in a process of its own; what intervals cost
beside is shown apart. What simulated viewers do is set against the truth, which knows what nobody can see, and against
the best that can be told from what they did before (`toolkit.viewer_attainable`).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import forecast_tasks
import viewer_tasks
from forecast_tasks import M4, PEERS
from measure import Measured, Report, Row, alternate, machine, serve
from viewer_tasks import CUSTOMERS, VIEWERS

BOTH = "ensemble + gradient-boosting"
MODELS = ("seasonal-naive", "theta", "dynamic-theta", "holt", "holt-winters", "ensemble", "gradient-boosting", BOTH)
# % of Naive2's error, by set and model; points of coverage; how many times cheaper than the cheapest peer.
OWA_BARS = {("Hourly", "ensemble"): 62.0, ("Weekly", "ensemble"): 92.0, ("Weekly", BOTH): 80.0}
COVERAGE_BARS = {"80%": 5.0, "95%": 3.0}
CHEAPER = 5
COUNTS = (25_000, 50_000, 100_000)
# % that the Brier score may be above what can be known, % of calibration error, % of AUC that may be missing.
BRIER_BAR, ECE_BAR, MISSING_AUC_BAR = 5.0, 3.0, 16.0
HELD = ("logistic", "viewer-gradient-boosting")
# MB of memory, and how much more CPU a series may take among many than among few.
MEMORY_BAR, LINEAR_BAR = 4096.0, 1.15


def competition(report: Report, name: str, repeat: int) -> None:
    """Sections 1 and 2: all forecasters on one set."""
    runs: dict[str, tuple[str, dict[str, Any]]] = {
        model: ("ours", {"set": name, "models": model.split(" + ")}) for model in MODELS
    }
    runs |= {model: ("peer", {"set": name, "model": model}) for model in PEERS}
    measured = alternate(__file__, runs, repeat, threads=1)
    rows = [
        Row(model, done.phases["forecasts"], done.peak_mb, _described(done), "statsforecast" if model in PEERS else "")
        for model, done in measured.items()
    ]
    rows += _bars(name, measured)
    place = list(SETS).index(name) + 1
    report.section(f"{place}. M4 {name.lower()}, {measured['ensemble'].found['series']} series", rows)


def _described(done: Measured) -> str:
    found = done.found
    parts = [f"OWA {found['OWA']:.4f}", f"sMAPE {found['sMAPE']:.3f}", f"MASE {found['MASE']:.3f}"]
    if "with intervals" in done.phases:
        parts += [
            f"{level}: coverage {found[f'coverage {level}']:.1%}, MSIS {found[f'MSIS {level}']:.2f}"
            for level in COVERAGE_BARS
        ]
        parts.append(f"CPU with intervals {done.phases['with intervals'].cpu:.2f} s")
    return "; ".join(parts)


def _bars(name: str, measured: Mapping[str, Measured]) -> list[Row]:
    ensemble = measured["ensemble"]
    rows = [
        Row(f"{model}: OWA", against="Naive2", held=100 * measured[model].found["OWA"], bar=bar, unit="%")
        for (of, model), bar in OWA_BARS.items()
        if of == name
    ]
    for level, bar in COVERAGE_BARS.items():
        off = abs(100 * ensemble.found[f"coverage {level}"] - float(level.rstrip("%")))
        rows.append(Row(f"ensemble: coverage of {level} off by", held=off, bar=bar, unit="points"))
    best = min(PEERS, key=lambda peer: measured[peer].found["OWA"])
    ratio = 100 * ensemble.found["OWA"] / measured[best].found["OWA"]
    rows.append(Row("ensemble: OWA against the best", against=best, held=ratio, bar=100.0, unit="%"))
    cheapest = min(PEERS, key=lambda peer: measured[peer].phases["forecasts"].cpu)
    share = CHEAPER * ensemble.phases["forecasts"].cpu / measured[cheapest].phases["forecasts"].cpu
    rows.append(Row(f"ensemble: {CHEAPER} × its CPU against the cheapest", against=cheapest, held=share, bar=1.0))
    return rows


def hourly(report: Report, repeat: int) -> None:
    """Section 1."""
    competition(report, "Hourly", repeat)


def weekly(report: Report, repeat: int) -> None:
    """Section 2."""
    competition(report, "Weekly", repeat)


SETS = {"Hourly": hourly, "Weekly": weekly}


def many(report: Report, repeat: int) -> None:
    """Section 3: how time and memory grow with the number of series."""
    runs: dict[str, tuple[str, dict[str, Any]]] = {f"{count:,} series": ("many", {"series": count}) for count in COUNTS}
    measured = alternate(__file__, runs, repeat, threads=1)
    rows = []
    for name, done in measured.items():
        note = f"forecasts alone {done.phases['forecasts'].cpu:.1f} s"
        rows.append(Row(f"{name}, with intervals", done.phases["with intervals"], done.peak_mb, note))
    least, most = (measured[f"{count:,} series"] for count in (COUNTS[0], COUNTS[-1]))
    rows.append(Row("peak of the most, MB", held=most.peak_mb, bar=MEMORY_BAR, unit="MB"))
    growth = most.phases["with intervals"].cpu / least.phases["with intervals"].cpu * COUNTS[0] / COUNTS[-1]
    rows.append(Row("CPU a series, of the most against the fewest", held=growth, bar=LINEAR_BAR))
    report.section("3. Simulated daily series of 200 points, ensemble, 28 steps", rows)


def viewers(report: Report, repeat: int) -> None:
    """Section 4: what simulated viewers do next."""
    done = alternate(__file__, {"it": ("simulated_viewers", {})}, repeat, threads=1)["it"]
    rows = []
    for task, found in done.found.items():
        models = found["models"]
        rows += [
            Row(f"{task}: {name}", done.phases.get(f"{task}, {name}"), None, _calibrated(model))
            for name, model in models.items()
        ]
        best = min(HELD, key=lambda name: models[name]["Brier"])
        above = {
            name: 100 * (models[best]["Brier"] / models[name]["Brier"] - 1)
            for name in ("the truth", "what can be known")
        }
        note = f"{above['the truth']:.1f} % above the truth"
        rows.append(
            Row(f"{task}: Brier above", None, None, f"{best}; {note}", "what can be known",
                above["what can be known"], BRIER_BAR, "%")
        )  # fmt: skip
        rows.append(Row(f"{task}: calibration error", held=100 * models[best]["ECE"], bar=ECE_BAR, unit="%"))
    report.section(f"4. {VIEWERS:,} simulated viewers", rows)


def customers(report: Report, repeat: int) -> None:
    """Section 5: who of the customers of a plain table leaves."""
    if not CUSTOMERS.is_file():
        report.section("5. Customers", [Row("left out", note=f"there is no {CUSTOMERS}")])
        return
    runs: dict[str, tuple[str, dict[str, Any]]] = {name: ("customers", {"model": name}) for name in HELD}
    measured = alternate(__file__, runs, repeat, threads=1)
    rows = [Row(name, done.phases["folds"], done.peak_mb, _calibrated(done.found)) for name, done in measured.items()]
    best = max(HELD, key=lambda name: measured[name].found["AUC"])
    found = measured[best].found
    rows.append(Row(f"{best}: AUC below 1", held=100 * (1 - found["AUC"]), bar=MISSING_AUC_BAR, unit="%"))
    rows.append(Row(f"{best}: calibration error", held=100 * found["ECE"], bar=ECE_BAR, unit="%"))
    report.section(f"5. Who leaves, of {found['examples']:,} customers, five folds", rows)


def _calibrated(found: Mapping[str, Any]) -> str:
    return f"Brier {found['Brier']:.4f}, AUC {found['AUC']:.4f}, ECE {found['ECE']:.4f}"


SECTIONS = {"hourly": hourly, "weekly": weekly, "many": many, "viewers": viewers, "customers": customers}
NEED_M4 = (None, "hourly", "weekly")


def main() -> int:
    """Measure, print, and say by the exit code whether the bars hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each, of which the median counts (default 1)")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    options = parser.parse_args()
    if options.only in NEED_M4 and not M4.is_dir():
        parser.error(f"there is no {M4} to measure on; --only many and --only viewers need none")
    report = Report("forecast", machine(["cinekit", "statsforecast", "scikit-learn", "numpy", "scipy", "polars"]))
    for name, section in SECTIONS.items():
        if options.only in (None, name):
            section(report, options.repeat)
    return report.finish(options.json)


if __name__ == "__main__":
    serve(forecast_tasks.TASKS | viewer_tasks.TASKS)
    raise SystemExit(main())

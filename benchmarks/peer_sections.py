"""Sections of `recommend.py` that hold our models against the same ones of RecTools, Cornac and `implicit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import recommend_tasks as tasks
from matrices import kept
from measure import Measured, Row, Spent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from recommend import Bench

HOW = "python3.11 -m venv peers && peers/bin/pip install rectools cornac implicit"
# How often each split is drawn: a fifth of the viewers are too few to tell models apart.
DRAWS = {"random": 1, "last": 1, "viewers": 5}
# The first seed; not that of the other sections, as defaults may have been chosen by looking at those.
SEED = 1
EASE_BAR, ALS_BAR, ITERATION_BAR, MEMORY_BAR, WORSE_BAR = 0.5, 1.0, 1.2, 8192.0, 0.0
BOTH = ("fit", "top 10")

# Settings of the others were the best of a grid by nDCG@10 on a fifth of the training part of the random split of
# ml-latest-small, held out in its turn (seed 2).
TUNED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "RecTools EASE": ("rectools", "ease", {"regularization": 200.0}),
    "RecTools TF-IDF neighbours": ("rectools", "item-knn", {"K": 2000}),
    "Cornac EASE": ("cornac", "ease", {"lamb": 200.0, "posB": False}),
    "Cornac BPR": ("cornac", "bpr", {"k": 64, "max_iter": 300, "learning_rate": 0.03, "lambda_reg": 0.01}),
    "implicit ALS": ("implicit", "als", {"regularization": 10.0, "alpha": 1.0}),
    "implicit cosine": ("implicit", "cosine", {"K": 2000}),
    "implicit BPR": (
        "implicit",
        "bpr",
        {"factors": 64, "iterations": 300, "learning_rate": 0.003, "regularization": 0.03},
    ),
}
# ALS of ours and of implicit at a million simulated watches, both found there in the same way.
TUNED_AT_A_MILLION = (
    {"unobserved": 0.3, "regularisation": 0.19, "exponent": 0.6},
    {"regularization": 30.0, "alpha": 1.0},
)
# By our model, those whose algorithm it is too.
SAME = {
    "ease": ("RecTools EASE", "Cornac EASE"),
    "als": ("implicit ALS",),
    "item-knn": ("implicit cosine",),
    "bpr": ("implicit BPR", "Cornac BPR"),
}
# What cannot rank for viewers who were not in the fit.
OF_THE_FIT = ("Cornac EASE", "Cornac BPR", "implicit BPR")


def ease_runs(bench: Bench) -> dict[str, tuple[str, dict[str, Any]]]:
    """The EASE of others, and ours by the paper's formula with the same λ."""
    names = [name for name in SAME["ease"] if _there(bench, name)]
    settings = {"regularisation": 200.0, "activity": 0, "diagonal_share": 0}
    paper = {"ease by the paper": ("ours", {"model": "ease", "settings": settings})} if names else {}
    return paper | {name: _run(name) for name in names}


def ease_rows(bench: Bench, measured: dict[str, Measured], first: int) -> list[Row]:
    """Ours against the EASE of others, whose runs began at number `first`; held to a bar at a million watches."""
    rows: list[Row] = []
    mine = measured["ease"].total(*BOTH).cpu
    for place, name in enumerate(name for name in SAME["ease"] if name in measured):
        theirs = measured[name].total(*BOTH)
        bar = EASE_BAR if bench.size == "million" else None
        note = f"ours by the paper's formula: {bench.same(first, first + 1 + place)}"
        rows.append(Row(f"{name}: both", theirs, measured[name].peak_mb, note))
        rows.append(Row("ease: both", None, None, "", name, mine / theirs.cpu, bar))
    return rows


def als(bench: Bench) -> None:
    """Section 9: ALS of as many factors and iterations, its cost and what comes of it."""
    million = bench.size == "million"
    tuned = TUNED_AT_A_MILLION if million else ({}, TUNED["implicit ALS"][2])
    pairs = {f"als, {what}": f"implicit ALS, {what}" for what in ("its defaults", "tuned")}
    runs = {}
    for (ours, theirs), settings in zip(pairs.items(), (({}, {}), tuned), strict=True):
        runs[ours] = ("ours", {"model": "als", "settings": settings[0], "judge": True})
        runs[theirs] = ("implicit", {"model": "als", "settings": settings[1], "judge": True})
    measured = bench.run(runs)
    rows = []
    for name, done in measured.items():
        rows += [Row(f"{name}: {part}", done.phases[part]) for part in BOTH]
        rows.append(Row(f"{name}: both", done.total(*BOTH), done.peak_mb, _shown(*done.found["ndcg"])))
    for ours, theirs in pairs.items():
        mine, other = measured[ours], measured[theirs]
        ratio = mine.total(*BOTH).cpu / other.total(*BOTH).cpu
        rows.append(Row(f"{ours}: both", None, None, "", theirs, ratio, ALS_BAR if million else None))
        lost = 100 * (other.found["ndcg"][0] - mine.found["ndcg"][0])
        bar = WORSE_BAR if million else None
        rows.append(Row(f"{ours}: nDCG@10 lost", None, None, "", theirs, lost, bar, "points"))
    bench.report.section(f"9. ALS: {tasks.FACTORS} factors, {tasks.ITERATIONS} iterations", rows)


def als_at_large(bench: Bench) -> None:
    """Section 9 at `large`: an iteration, as the difference between two and one, and the top 10 for all."""
    runs = {
        f"{name}, {count}": (task, {"model": "als", "settings": {"iterations": count}})
        for count in (1, 2)
        for name, task in (("als", "ours"), ("implicit ALS", "implicit"))
    }
    measured = bench.run(runs)
    spent: dict[str, tuple[Spent, Spent]] = {}
    rows = []
    for name in ("implicit ALS", "als"):
        one, two = (measured[f"{name}, {count}"] for count in (1, 2))
        before, after = one.phases["fit"], two.phases["fit"]
        spent[name] = Spent(after.cpu - before.cpu, after.wall - before.wall), two.phases["top 10"]
        rows.append(Row(f"{name}: an iteration", spent[name][0], two.peak_mb))
        rows.append(Row(f"{name}: top 10", spent[name][1]))
    (mine, my_top), (theirs, their_top) = spent["als"], spent["implicit ALS"]
    against = {"against": "implicit ALS"}
    rows.append(Row("als: an iteration", **against, held=mine.cpu / theirs.cpu, bar=ITERATION_BAR))
    rows.append(Row("als: top 10", **against, held=my_top.cpu / their_top.cpu, bar=ALS_BAR))
    rows.append(Row("als: memory", held=measured["als, 2"].peak_mb, bar=MEMORY_BAR, unit="MB"))
    bench.report.section(f"9. ALS: {tasks.FACTORS} factors", rows)


def tables(bench: Bench) -> None:
    """Section 10: every model of ours and of the others on the same splits."""
    if bench.peers is None:
        print(f"RecTools and Cornac are left out; for them make a Python, {HOW}, and give --peers peers/bin/python")
    splits = {f"{name}-{draw}": (name, SEED + draw) for name, draws in DRAWS.items() for draw in range(draws)}
    bench.run({"splits": ("splits", {"splits": splits})}, repeat=1)
    for name, draws in DRAWS.items():
        bench.report.section(*_table(bench, name, [bench.work / f"{name}-{draw}" for draw in range(draws)]))


def _table(bench: Bench, split: str, folders: Sequence[Path]) -> tuple[str, list[Row]]:
    """All models on draws of one split: what each reaches, the best of both sides compared, and same against same."""
    others = [name for name in TUNED if _there(bench, name) and not (split == "viewers" and name in OF_THE_FIT)]
    runs = {name: ("ours", {"model": name}) for name in tasks.MODELS} | {name: _run(name) for name in others}
    draws = []
    for folder in folders:
        where = {"judge": True, "matrices": str(folder)}
        measured = bench.run({name: (task, arguments | where) for name, (task, arguments) in runs.items()})
        draws.append(_by_viewer(bench.work, folder, list(runs)))
    by_viewer = _joined(draws)
    ranked = sorted(measured, key=lambda name: -by_viewer[name].mean())
    rows = [
        Row(name, measured[name].total(*BOTH), measured[name].peak_mb, _interval(by_viewer[name])) for name in ranked
    ]
    best, theirs = (next(name for name in ranked if name in side) for side in (tasks.MODELS, others))
    rows.append(_compared(f"{best}, the best of ours", best, theirs, by_viewer))
    for ours, same in SAME.items():
        rows += [_compared(ours, ours, other, by_viewer, at_least=True) for other in same if other in others]
    found = f"{len(by_viewer[best]):,} viewers" + (f", {len(folders)} draws" if len(folders) > 1 else "")
    return f"10. Against other packages: split {split}, {found}; value: nDCG@10 lost", rows


def _compared(
    what: str, ours: str, theirs: str, by_viewer: dict[str, NDArray[np.float64]], *, at_least: bool = False
) -> Row:
    """What ours loses against theirs, in hundredths: the mean, or the least that the paired interval allows."""
    from toolkit.intervals import paired_difference
    from toolkit.model_differences import randomisation_p

    lost, low, high = (100 * end for end in paired_difference(by_viewer[theirs], by_viewer[ours], SEED))
    p = float(randomisation_p([by_viewer[name][:, None] for name in (ours, theirs)], SEED)[0, 0])
    note = f"lost {lost:.2f} [{low:.2f}, {high:.2f}], p {p:.4f}"
    return Row(what, None, None, note, theirs, low if at_least else lost, WORSE_BAR, "points")


def _by_viewer(work: Path, folder: Path, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """nDCG@10 of each viewer of a draw, by the name of the run whose lists are kept, and by viewer."""
    from toolkit.metrics import judge, ndcg

    test = kept(folder, "test")
    lists = (np.load(work / f"lists{place}.npy", allow_pickle=False) for place in range(len(names)))
    return {
        name: dict(zip(test.viewers.tolist(), ndcg(judge(columns, test.values), tasks.N).tolist(), strict=True))
        for name, columns in zip(names, lists, strict=True)
    }


def _joined(draws: Sequence[dict[str, dict[str, float]]]) -> dict[str, NDArray[np.float64]]:
    """By the name of the run, the mean over draws of each viewer who was judged in any, in one order."""
    viewers = sorted({viewer for draw in draws for values in draw.values() for viewer in values})
    return {
        name: np.array([np.mean([draw[name][who] for draw in draws if who in draw[name]]) for who in viewers])
        for name in draws[0]
    }


def _interval(values: NDArray[np.float64]) -> str:
    from toolkit.intervals import bootstrap_interval

    return _shown(*bootstrap_interval(values, SEED))


def _shown(value: float, low: float, high: float) -> str:
    return f"nDCG@10 {value:.4f} [{low:.4f}, {high:.4f}]"


def _run(name: str) -> tuple[str, dict[str, Any]]:
    task, model, settings = TUNED[name]
    return task, {"model": model, "settings": settings}


def _there(bench: Bench, name: str) -> bool:
    """Whether there is a Python that has it."""
    return bench.peers is not None or TUNED[name][0] == "implicit"

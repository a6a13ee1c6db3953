"""Recommenders against other packages and bare NumPy: same matrix, same run, CPU and memory of fresh processes.

Every figure is a median; every ratio is of CPU seconds, ours over theirs. At `large` only what scales is measured,
once unless `--repeat` says otherwise, and EASE only with `--dense`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import live_tasks
import matrices
import numpy as np
import peer_sections
import recommend_tasks as tasks
import title_tasks
from measure import Measured, Report, Row, alternate, machine, serve

TASKS = {
    "simulate": matrices.simulate_audience,
    "load": matrices.load_audience,
    "query": matrices.query_audience,
    "read": matrices.read_audience,
    "splits": matrices.split_audience,
    "ours": tasks.fit_and_rank,
    "private": tasks.fit_privately_and_rank,
    "implicit": tasks.fit_and_rank_implicit,
    "factors": tasks.rank_factors,
    "neighbours": tasks.rank_neighbours,
    "factors-implicit": tasks.rank_factors_implicit,
    "bare-ease": tasks.bare_ease,
    "whole": tasks.recommend_whole,
    "tables": title_tasks.rank_tables,
    "new": title_tasks.rank_new_titles,
    "live": live_tasks.answer_in_python,
    "lines": live_tasks.answer_lines,
}
# What only the Python of --peers can run.
ELSEWHERE = ("rectools", "cornac")
SIZES = {
    "small": {"viewers": 610, "titles": 9_724, "days": 365, "watches": 100_000},
    "million": {"viewers": 6_000, "titles": 3_700, "days": 365, "watches": 1_000_000},
    "large": {"viewers": 138_000, "titles": 27_000, "days": 365, "watches": 20_000_000},
}
LIVE = {"viewers": 10_000, "titles": 10_000, "days": 365, "watches": 500_000}
LIVE_MODELS = ("ease", "item-knn", "als", "slist")
# Milliseconds of one answer for somebody new.
LIVE_BAR = 5.0
EASE_BAR, WRITE_BAR, TOP_BAR, MEMORY_BAR = 1.3, 1.0, 1.0, 8192.0
# Share of its nDCG that EASE may lose as a table of 100 weights a title, and with ε = 10.
TABLE_BAR, PRIVATE_BAR = 0.05, 0.25
ALS, COSINE = f"implicit ALS, {tasks.FACTORS} factors", f"implicit cosine, {tasks.NEIGHBOURS} neighbours"
BOTH = ("fit", "top 10")


@dataclass(frozen=True)
class Bench:
    """Where everything lies, and how things are run."""

    size: str
    cache: Path
    work: Path
    repeat: int
    threads: int
    report: Report
    table: str
    source: tuple[str, Path]
    peers: Path | None

    def run(self, runs: dict[str, tuple[str, dict[str, Any]]], repeat: int | None = None) -> dict[str, Measured]:
        """Measure tasks, each given the places that it needs; lists are kept by the run's number."""
        places = {"matrices": str(self.work), "warehouse": str(self.work / "cinekit.duckdb"), "table": self.table}
        whole = {
            name: (task, {**places, "lists": str(self.work / f"lists{place}.npy"), **arguments})
            for place, (name, (task, arguments)) in enumerate(runs.items())
        }
        script = Path(__file__).with_name("recommend_peers.py")
        elsewhere = dict.fromkeys(ELSEWHERE, (self.peers, script)) if self.peers else {}
        return alternate(__file__, whole, self.repeat if repeat is None else repeat, self.threads, elsewhere)

    def same(self, one: int, other: int) -> str:
        """Which share of places two of the last runs filled alike."""
        lists = [np.load(self.work / f"lists{place}.npy", allow_pickle=False) for place in (one, other)]
        return f"{(lists[0] == lists[1]).mean():.2%} of places alike"


def prepare(bench: Bench) -> None:
    """Section 1: from nothing, or files, to a matrix."""
    runs: dict[str, tuple[str, dict[str, Any]]] = {}
    source, folder = bench.source
    if source == "simulation" and not (folder / "titles.parquet").exists():
        shutil.rmtree(folder, ignore_errors=True)
        runs["simulate"] = ("simulate", {"folder": str(folder), **SIZES[bench.size]})
    runs[f"load {source}"] = ("load", {"source": source, "folder": str(folder)})
    runs["ten most watched, by SQL"] = ("query", {})
    runs["read the matrix, and split it"] = ("read", {})
    measured = bench.run(runs, repeat=1)
    rows = []
    for name, done in measured.items():
        (spent,) = done.phases.values()
        note = ", ".join(f"{key} {value:,}" for key, value in done.found.items() if isinstance(value, int))
        rows.append(Row(name, spent, done.peak_mb, note, held=done.peak_mb, bar=MEMORY_BAR, unit="MB"))
    title = "MovieLens ml-latest-small" if source == "movielens" else f"simulated audience, {bench.size}"
    bench.report.about["matrix"] = measured["read the matrix, and split it"].found
    bench.report.section(f"1. From {title} to a matrix", rows)


def ease(bench: Bench) -> None:
    """Section 2: EASE against the bare computation, and what writing adds."""
    ours, bare, whole = "ease", "EASE in bare NumPy", "recommend ease, warehouse to warehouse"
    own = {ours: ("ours", {"model": "ease"}), bare: ("bare-ease", {})}
    measured = bench.run(own | peer_sections.ease_runs(bench))
    rows = [row for name in (bare, ours) for row in _phases(name, measured[name])]
    added = measured[ours].total(*BOTH).cpu / measured[bare].total(*BOTH).cpu
    rows[-1].against, rows[-1].held, rows[-1].bar, rows[-1].note = bare, added, EASE_BAR, bench.same(0, 1)
    rows += peer_sections.ease_rows(bench, measured, len(own))
    done = bench.run({whole: ("whole", {})})[whole]
    rows.append(Row(whole, done.phases["whole"], done.peak_mb, "reading and saving included"))
    written, note = done.phases["written"], f"{done.found['rows']:,} rows"
    rows.append(Row("… of it after the ranking", written, None, note, held=written.wall, bar=WRITE_BAR, unit="s"))
    bench.report.section("2. EASE, and what the toolkit adds", rows)


def top(bench: Bench) -> None:
    """Section 3: the top 10 for everybody, out of the same factors and out of as many neighbours."""
    factors = {"factors": str(bench.work / "factors.npz")}
    few = {"iterations": 2} if bench.size == "large" else {}
    bench.run({"fit": ("implicit", {"model": "als", "settings": few, **factors})}, repeat=1)
    by_factors, by_factors_theirs = f"toolkit, {tasks.FACTORS} factors", f"implicit, the same {tasks.FACTORS} factors"
    measured = bench.run({by_factors: ("factors", factors), by_factors_theirs: ("factors-implicit", factors)})
    alike = bench.same(0, 1)
    knn = f"item-knn, {tasks.NEIGHBOURS} neighbours of its own"
    by_neighbours = "toolkit, the same neighbours"
    settings = {"neighbours": tasks.NEIGHBOURS, "shrinkage": 0}
    near = {"neighbours": str(bench.work / "neighbours.npz")}
    measured |= bench.run(
        {
            COSINE: ("implicit", {"model": "cosine", **near}),
            by_neighbours: ("neighbours", near),
            knn: ("ours", {"model": "item-knn", "settings": settings}),
        }
    )
    notes = {by_factors: f"{alike}, ", by_neighbours: f"{bench.same(0, 1)}, ", knn: ""}
    rows = []
    for theirs, all_ours in ((by_factors_theirs, [by_factors]), (COSINE, [by_neighbours, knn])):
        other = measured[theirs].phases["top 10"]
        rows.append(Row(theirs, other, measured[theirs].peak_mb))
        for ours in all_ours:
            mine = measured[ours].phases["top 10"]
            note = f"{notes[ours]}wall {mine.wall / other.wall:.2f} ×"
            rows.append(Row(ours, mine, measured[ours].peak_mb, note, theirs, mine.cpu / other.cpu, TOP_BAR))
    mine, other = measured[knn].phases["fit"], measured[COSINE].phases["fit"]
    rows.append(Row(f"fit: {COSINE}", other))
    rows.append(Row(f"fit: {knn}", mine, against=COSINE, held=mine.cpu / other.cpu))
    bench.report.section("3. Top 10 for all viewers", rows)


def accuracy(bench: Bench) -> None:
    """Section 4: fit and rank on a random split of each viewer's, with what comes of it."""
    judged = {"judge": True}
    runs = {name: ("ours", {"model": name, **judged}) for name in tasks.MODELS}
    runs |= {name: ("implicit", {"model": model, **judged}) for name, model in ((ALS, "als"), (COSINE, "cosine"))}
    measured = bench.run(runs)
    ranked = sorted(measured.items(), key=lambda item: -item[1].found["ndcg"][0])
    rows = []
    for name, done in ranked:
        value, low, high = done.found["ndcg"]
        note = f"nDCG@10 {value:.4f} [{low:.4f}, {high:.4f}]; fit {done.phases['fit'].cpu:.2f} CPU s"
        rows.append(Row(name, done.total(*BOTH), done.peak_mb, note))
    bench.report.section(f"4. Accuracy: {matrices.SHARE:.0%} of each viewer's entries held out at random", rows)


def private(bench: Bench) -> None:
    """Section 7: what differential privacy costs, on the split of section 4."""
    runs = {"popular": ("ours", {"model": "popular", "judge": True})}
    for model in ("ease", "item-knn"):
        runs[model] = ("ours", {"model": model, "judge": True})
        for epsilon in (10, 3, 1):
            settings = {"epsilon": epsilon}
            runs[f"{model}, ε = {epsilon}"] = ("private", {"model": model, "judge": True, "settings": settings})
    measured = bench.run(runs)
    rows = []
    for name, done in measured.items():
        value, low, high = done.found["ndcg"]
        note = f"nDCG@10 {value:.4f} [{low:.4f}, {high:.4f}]"
        row = Row(name, done.total(*BOTH), done.peak_mb, done.found.get("error", note))
        plain = name.partition(",")[0]
        if plain != name:
            row.against, row.held, row.unit = plain, 1 - value / measured[plain].found["ndcg"][0], "of it lost"
        rows.append(row)
        if name == "ease, ε = 10" and bench.size == "million":
            row.bar = PRIVATE_BAR
    bench.report.section("7. Accuracy with privacy of viewers, δ = 1e-6", rows)


def scaling(bench: Bench, *, dense: bool) -> None:
    """Section 4 at `large`: fit and top 10 of what scales."""
    names = ["popular", "item-knn", *(["ease"] if dense else [])]
    measured = bench.run({name: ("ours", {"model": name}) for name in names})
    rows = []
    for name in names:
        rows += _phases(name, measured[name])
        rows[-1].held, rows[-1].bar, rows[-1].unit = measured[name].peak_mb, MEMORY_BAR, "MB"
    bench.report.section("4. What scales", rows)


def table(bench: Bench) -> None:
    """Section 5: what EASE loses as a table of the largest weights of each title."""
    done = bench.run({"ease": ("tables", {"model": "ease"})})["ease"]
    value, low, high = done.found["ndcg"]["whole"]
    rows = [
        Row("ease: top 10 by all weights", done.phases["whole"], None, f"nDCG@10 {value:.4f} [{low:.4f}, {high:.4f}]")
    ]
    for length in title_tasks.LENGTHS:
        few, low, high = done.found["ndcg"][str(length)]
        lost, bar = 1 - few / value, TABLE_BAR if length == tasks.NEIGHBOURS else None
        note = f"nDCG@10 {few:.4f} [{low:.4f}, {high:.4f}]; value: share lost"
        rows.append(Row(f"{length} weights a title", done.phases[str(length)], None, note, "all", lost, bar, ""))
    bench.report.section("5. EASE as a table of weights between titles", rows)


def new_titles(bench: Bench) -> None:
    """Section 6: titles without a history, by what describes them."""
    measured = bench.run({name: ("new", {"model": name}) for name in ("random", "content", "hybrid")})
    rows = []
    for name, done in measured.items():
        value, low, high = done.found["ndcg"]
        rows.append(Row(name, done.total(*BOTH), done.peak_mb, f"nDCG@10 {value:.4f} [{low:.4f}, {high:.4f}]"))
    found = measured["random"].found
    title = f"6. {found['titles']:,} titles without a history, for {found['viewers']:,} viewers who liked some of them"
    bench.report.section(title, rows)


def live(bench: Bench) -> None:
    """Section 8: one answer at a time for somebody new, among 10,000 titles."""
    folder, warehouse = bench.cache / "live", str(bench.work / "live.duckdb")
    if not (folder / "titles.parquet").exists():
        shutil.rmtree(folder, ignore_errors=True)
        bench.run({"simulate": ("simulate", {"folder": str(folder), **LIVE})}, repeat=1)
    bench.run({"load": ("load", {"source": "simulation", "folder": str(folder), "warehouse": warehouse})}, repeat=1)
    rows = []
    for model in LIVE_MODELS:
        asked = {"model": model, "live": warehouse}
        measured = bench.run({f"{model}, Python": ("live", asked), f"{model}, --stdin": ("lines", asked)}, repeat=1)
        for name, done in measured.items():
            took = done.found["ms"]
            for part in ("p50", "p99"):
                # Of the process that answers; beyond it, wall time tells how busy the machine is.
                note = f"CPU {took[f'CPU {part}']:.2f} ms" if "Python" in name else ""
                row = Row(f"{name}: {part}", None, done.peak_mb, note, held=took[f"wall {part}"], unit="ms")
                row.bar = LIVE_BAR
                rows.append(row)
    title = f"8. {live_tasks.REQUESTS:,} histories of {live_tasks.WATCHED} among {LIVE['titles']:,} titles, one by one"
    bench.report.section(title, rows)


def _phases(name: str, done: Measured) -> list[Row]:
    parts = [Row(f"{name}: {part}", done.phases[part]) for part in BOTH]
    return [*parts, Row(f"{name}: both", done.total(*BOTH), done.peak_mb)]


def main() -> int:
    """Measure, print, and say by the exit code whether the bars hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--repeat", type=int, help="runs of each, of which the median counts; 3, or 1 at large")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of BLAS, OpenMP, Polars and implicit")
    parser.add_argument("--cache", type=Path, help="folder to keep simulated audiences in, instead of a temporary one")
    parser.add_argument("--dense", action="store_true", help="also EASE at large: minutes, and 3 GB and more")
    parser.add_argument(
        "--only",
        choices=["ease", "top", "accuracy", "table", "new", "private", "live", "als", "peers"],
        help="one section beside the first",
    )
    parser.add_argument("--peers", type=Path, metavar="PYTHON", help=f"one that has them: {peer_sections.HOW}")
    parser.add_argument(
        "--movielens", type=Path, metavar="FOLDER", default=matrices.MOVIELENS, help="ml-latest-small, for small"
    )
    parser.add_argument("--json", type=Path, help="write everything to this file")
    options = parser.parse_args()
    if options.peers is not None and not options.peers.is_file():
        parser.error(f"there is no {options.peers}; make it: {peer_sections.HOW}")
    packages = ["cinekit", "implicit", "numpy", "scipy", "duckdb", "polars"]
    report = Report(f"recommending, {options.size}", machine(packages))
    report.about |= {"size": options.size, "threads": options.threads}
    with tempfile.TemporaryDirectory(prefix="cinekit-benchmark-") as temporary:
        cache = options.cache or Path(temporary)
        cache.mkdir(parents=True, exist_ok=True)
        real = options.size == "small" and options.movielens.is_dir()
        if options.size == "small" and not real:
            print(f"there is no {options.movielens}; an audience of that size is simulated instead")
        source = ("movielens", options.movielens) if real else ("simulation", cache / options.size)
        repeat = options.repeat or (1 if options.size == "large" else 3)
        with tempfile.TemporaryDirectory(prefix="work-", dir=cache) as work:
            table = "ratings" if real else "watches"
            places = (options.size, cache, Path(work), repeat, options.threads, report, table, source, options.peers)
            _sections(Bench(*places), options.only, dense=options.dense)
    return report.finish(options.json)


def _sections(bench: Bench, only: str | None, *, dense: bool) -> None:
    prepare(bench)
    large = bench.size == "large"
    if only in (None, "ease") and not large:
        ease(bench)
    if only in (None, "top"):
        top(bench)
    if only in (None, "accuracy"):
        scaling(bench, dense=dense) if large else accuracy(bench)
    if only in (None, "table") and not large:
        table(bench)
    if only in (None, "new") and not large:
        new_titles(bench)
    if only in (None, "private") and not large:
        private(bench)
    if only in (None, "live") and not large:
        live(bench)
    if only in (None, "als"):
        peer_sections.als_at_large(bench) if large else peer_sections.als(bench)
    if only == "peers" or (only is None and bench.size == "small"):
        peer_sections.tables(bench)


if __name__ == "__main__":
    serve(TASKS)
    raise SystemExit(main())

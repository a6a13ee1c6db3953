"""Loading ratings into the warehouse, against DuckDB's bare read_csv into a table of a fresh file."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

from measure import Measured, Report, Row, Spent, alternate, machine, phase, serve

BAR = 2.5
FIRST_SECOND, LAST_SECOND = 828_124_615, 1_537_799_250  # the years that MovieLens spans
PRIME = 1_000_003  # a viewer's titles lie apart, none twice


def write_ratings(arguments: dict[str, Any]) -> dict[str, Any]:
    """Write a movielens folder: ratings.csv of so many rows, a viewer and title once each, and movies.csv."""
    import duckdb
    import numpy as np

    rows, folder = int(arguments["rows"]), Path(arguments["folder"])
    rng = np.random.default_rng(0)
    titles = max(10, round(3.7 * (rows / 1000) ** 0.5) * 30)
    viewers = max(1, rows // 100)
    # A viewer's titles are as many steps on a circle of all titles, from a place of the viewer's own.
    viewer = np.sort(rng.integers(0, viewers, rows))
    start = np.searchsorted(viewer, viewer)
    title = (np.arange(rows) - start + rng.integers(0, titles, viewers)[viewer]) * PRIME % titles
    rating = rng.integers(1, 11, rows) / 2
    timestamp = rng.integers(FIRST_SECOND, LAST_SECOND, rows)
    with duckdb.connect() as con:
        columns = {"userId": viewer + 1, "movieId": title + 1, "rating": rating, "timestamp": timestamp}
        con.register("columns", columns)
        con.execute(f"COPY (SELECT * FROM columns) TO '{folder / 'ratings.csv'}' (HEADER)")
        con.execute(
            f"""COPY (SELECT i AS "movieId", 'Title ' || i || ' (' || 1950 + i % 70 || ')' AS title,
                             CASE i % 3 WHEN 0 THEN 'Comedy|Drama' WHEN 1 THEN 'Action' ELSE 'War' END AS genres
                      FROM range(1, {titles + 1}) r(i)) TO '{folder / "movies.csv"}' (HEADER)"""
        )
    return {"megabytes": (folder / "ratings.csv").stat().st_size / 1e6, "viewers": viewers, "titles": titles}


def load_bare(arguments: dict[str, Any]) -> dict[str, Any]:
    """DuckDB's read_csv of the files into tables of a fresh file, closed in the end."""
    import duckdb

    with tempfile.TemporaryDirectory(dir=arguments["folder"]) as folder, phase("load"):
        con = duckdb.connect(f"{folder}/bare.duckdb")
        for number, file in enumerate(arguments["files"]):
            con.execute(f"CREATE TABLE t{number} AS SELECT * FROM read_csv('{file}')")
        con.close()
    return {}


def load_ours(arguments: dict[str, Any]) -> dict[str, Any]:
    """`warehouse.loads.load` into a warehouse that was made before, which is no part of loading."""
    import duckdb  # noqa: F401  (neither side's imports count)
    import numpy as np  # noqa: F401

    from warehouse import Warehouse
    from warehouse.loads import load

    with tempfile.TemporaryDirectory(dir=arguments["folder"]) as folder:
        warehouse = Warehouse.open(f"{folder}/cinekit.duckdb")
        with phase("load"):
            report = load(warehouse, arguments["source"], arguments["path"])
    return {"taken": report.taken, "refused": report.refused, "folded": report.folded}


def main() -> int:
    """Measure, print, and say by the exit code whether the bars hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the median counts")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="for Polars; DuckDB takes all cores")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    options = parser.parse_args()
    report = Report("loading", machine(["cinekit", "duckdb", "polars"]))
    with tempfile.TemporaryDirectory(prefix="cinekit-benchmark-") as folder:
        made = alternate(__file__, {"writing the files": ("write", {"rows": options.rows, "folder": folder})})
        about = made["writing the files"].found
        ratings, movies = f"{folder}/ratings.csv", f"{folder}/movies.csv"
        bare, bare_folder = "DuckDB: read_csv of ratings.csv", "DuckDB: read_csv of ratings.csv and movies.csv"
        ours, ours_folder = "load ratings ratings.csv", "load movielens FOLDER"
        runs = {
            bare: ("bare", {"files": [ratings], "folder": folder}),
            ours: ("ours", {"source": "ratings", "path": ratings, "folder": folder}),
            bare_folder: ("bare", {"files": [movies, ratings], "folder": folder}),
            ours_folder: ("ours", {"source": "movielens", "path": folder, "folder": folder}),
        }
        measured = alternate(__file__, runs, options.repeat, options.threads)
    report.section(
        f"Loading {options.rows:,} ratings ({about['megabytes']:.0f} MB, {about['viewers']:,} viewers, "
        f"{about['titles']:,} titles), medians of {options.repeat}",
        [
            _row(bare, measured, options.rows),
            _row(ours, measured, options.rows, bare),
            _row(bare_folder, measured, options.rows),
            _row(ours_folder, measured, options.rows, bare_folder),
        ],
    )
    return report.finish(options.json)


def _row(name: str, measured: dict[str, Measured], rows: int, peer: str = "") -> Row:
    spent: Spent = measured[name].phases["load"]
    found = measured[name].found
    note = f"{rows / spent.cpu:,.0f} rows per CPU second"
    if peer:
        note += f"; {found['taken']:,} taken, {found['refused']:,} refused, {found['folded']:,} folded"
    row = Row(name, spent, measured[name].peak_mb, note)
    if peer:
        row.against, row.held, row.bar = peer, spent.cpu / measured[peer].phases["load"].cpu, BAR
    return row


if __name__ == "__main__":
    serve({"write": write_ratings, "bare": load_bare, "ours": load_ours})
    raise SystemExit(main())

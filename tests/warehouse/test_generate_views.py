"""What users see of what was made and can be learnt from: hand-made rows, with numbers worked by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb

from warehouse import Warehouse


def at(hour: int) -> datetime:
    return datetime.fromisoformat(f"2026-03-02 {hour:02}:00")


def rows(con: duckdb.DuckDBPyConnection, table: str, *values: tuple[Any, ...]) -> None:
    con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values[0]))})", values)


def ran(
    con: duckdb.DuckDBPyConnection, run: str, model: str, hour: int, status: str = "done", *, counts: tuple[int, ...]
) -> None:
    """A run of generate that asked for, made, drew so many, with so many verbatim, near copies and repeated."""
    con.execute(
        "INSERT INTO meta.runs (run, verb, model, status, ended_at, settings, seed) "
        "VALUES (?, 'generate', ?, ?, ?, '{}', 7)",
        [run, model, status, at(hour)],
    )
    rows(con, "results.generation_runs", (run, model.partition("-")[0], "fit", *counts, 0.1))


def made(con: duckdb.DuckDBPyConnection, run: str, *contents: str) -> None:
    rows(
        con, "results.generations",
        *((run, n, text, None, None, 2.5, "Alien", 0.4) for n, text in enumerate(contents, 1)),
    )  # fmt: skip


def test_generations_are_those_of_the_latest_finished_run_of_each_model(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        ran(con, "r1", "titles-gru", 1, counts=(1, 1, 1, 0, 0, 0))
        ran(con, "r2", "titles-gru", 3, counts=(2, 2, 2, 0, 0, 0))
        ran(con, "r3", "titles-gru", 4, "failed", counts=(1, 1, 1, 0, 0, 0))
        ran(con, "r4", "titles-ngram", 2, counts=(1, 1, 1, 0, 0, 0))
        made(con, "r1", "Old")
        made(con, "r2", "Night Tide", "The Long Wire")
        made(con, "r3", "Lost")
        made(con, "r4", "The The")
    found = warehouse.query("FROM generations ORDER BY model, sample")
    assert found.columns == [
        "makes", "model", "sample", "content", "file", "wish", "loss", "nearest", "distance", "seed", "made_at", "run",
    ]  # fmt: skip
    assert found.rows() == [
        ("titles", "titles-gru", 1, "Night Tide", None, None, 2.5, "Alien", 0.4, 7, at(3), "r2"),
        ("titles", "titles-gru", 2, "The Long Wire", None, None, 2.5, "Alien", 0.4, 7, at(3), "r2"),
        ("titles", "titles-ngram", 1, "The The", None, None, 2.5, "Alien", 0.4, 7, at(2), "r4"),
    ]


def test_of_two_runs_that_ended_together_the_later_id_is_the_latest(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        for run in ("r2", "r1"):
            ran(con, run, "titles-gru", 1, counts=(1, 1, 1, 0, 0, 0))
            made(con, run, run)
    assert warehouse.query("SELECT content FROM generations").item() == "r2"


def test_runs_show_the_share_that_was_rejected(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        ran(con, "r1", "script-gru", 1, counts=(6, 6, 10, 1, 2, 1))
        ran(con, "r2", "script-gru", 2, counts=(1, 0, 0, 0, 0, 0))
        ran(con, "r3", "script-gru", 3, "failed", counts=(1, 1, 1, 0, 0, 0))
    found = warehouse.query(
        "SELECT run, makes, model, asked, made, drawn, verbatim, near_copies, repeated, rejected_share, near, "
        "fitted_by FROM generation_runs ORDER BY run"
    )
    assert found.rows() == [
        ("r1", "script", "script-gru", 6, 6, 10, 1, 2, 1, 0.4, 0.1, "fit"),
        ("r2", "script", "script-gru", 1, 0, 0, 0, 0, 0, None, 0.1, "fit"),
    ]


def test_synthetic_titles_have_their_genres(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        ran(con, "r1", "metadata-vae", 1, counts=(1, 1, 1, 0, 0, 0))
        ran(con, "r2", "metadata-vae", 2, counts=(2, 2, 2, 0, 0, 0))
        made(con, "r1", "{}")
        made(con, "r2", "{}", "{}")
        rows(
            con, "results.generated_titles", ("r1", 1, 1950, 90.0, 5, 10, 3.0, 0.5),
            ("r2", 1, 1995, 170.0, 12, 900, 4.1, 0.8), ("r2", 2, 2001, None, 0, 0, None, None),
        )  # fmt: skip
        rows(con, "results.generated_genres", ("r2", 1, "Thriller"), ("r2", 1, "Crime"), ("r1", 1, "Drama"))
    found = warehouse.query(
        "SELECT model, sample, year, genres, runtime_minutes, cast_size, ratings, mean_rating, rating_spread, nearest, "
        "distance, run FROM synthetic_titles ORDER BY sample"
    )
    assert found.rows() == [
        ("metadata-vae", 1, 1995, ["Crime", "Thriller"], 170.0, 12, 900, 4.1, 0.8, "Alien", 0.4, "r2"),
        ("metadata-vae", 2, 2001, None, None, 0, 0, None, None, "Alien", 0.4, "r2"),
    ]


def test_what_can_be_learnt_from_is_shown_without_its_weight(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        con.execute("INSERT INTO meta.loads (load, loaded_at) VALUES (1, ?)", [at(5)])
        rows(con, "raw.scripts", (1, "a.fountain", "fountain", "INT. CAFÉ", "x", 1))
        rows(
            con, "raw.pieces", (1, "c.json train 1", "train", 2.0, None, "x", 1), (2, "b.mid", None, 1.0, 96.0, "y", 1)
        )
        rows(
            con, "raw.notes", (1, 1, 72, 0.0, 1.0, None, None, 1), (1, 1, 74, 1.0, 1.0, None, None, 1),
            (1, 2, 48, 0.0, 2.0, None, None, 1), (2, 1, 60, 0.0, 1.0, 64, 0, 1),
        )  # fmt: skip
        rows(con, "raw.images", (1, "boom+3.png", "boom", 3, 40, 30, "RGBA", b"12345", "x", 1))
    assert warehouse.query("FROM loaded_scripts").rows() == [("a.fountain", "fountain", 9, at(5), 1, 1)]
    assert warehouse.query("FROM loaded_pieces ORDER BY piece_key").rows() == [
        ("c.json train 1", "train", 2.0, None, 2, 3, 48, 74, at(5), 1, 1),
        ("b.mid", None, 1.0, 96.0, 1, 1, 60, 60, at(5), 1, 2),
    ]
    assert warehouse.query("FROM loaded_images").rows() == [("boom+3.png", "boom", 3, 40, 30, "RGBA", 5, at(5), 1, 1)]


def test_metrics_of_generators_stand_beside_the_others(warehouse: Warehouse) -> None:
    with warehouse.writing() as con:
        con.execute(
            "INSERT INTO meta.runs (run, verb, model, status, ended_at, settings, seed) "
            "VALUES ('r1', 'evaluate', 'generate', 'done', ?, '{}', 0)",
            [at(1)],
        )
        con.execute(
            """INSERT INTO results.metrics (run, model, split, metric, "value", task, examples) """
            "VALUES ('r1', 'titles-gru', 'held-out', 'bits_per_character', 1.9, 'titles', 400)"
        )
    found = warehouse.query('SELECT model, task, split, metric, "value", examples FROM metrics')
    assert found.rows() == [("titles-gru", "titles", "held-out", "bits_per_character", 1.9, 400)]

"""`cinekit demo`: the whole way of the data on an invented audience, in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from toolkit.evaluating import EvaluateRequest, as_table, evaluate_recommenders
from toolkit.loading import described
from toolkit.recommending import RecommendRequest, recommend, recommended
from toolkit.show import note
from toolkit.simulating import simulate_into

if TYPE_CHECKING:
    import polars as pl

    from toolkit.host import Host
    from warehouse import Warehouse

DEMO_FILE = "cinekit-demo.duckdb"
VIEWERS, TITLES, DAYS, SEED = 1000, 800, 180, 7

QUERIES = (
    "SELECT * FROM recommendations WHERE viewer = '{viewer}' ORDER BY rank",
    "SELECT title, because, share FROM recommendation_reasons WHERE viewer = '{viewer}' ORDER BY rank, reason",
    "SELECT title, count(*) AS lists FROM recommendations GROUP BY title ORDER BY lists DESC LIMIT 10",
    "SELECT dayname(watched_at) AS day, count(*) AS watches FROM watches GROUP BY day ORDER BY watches DESC",
)


def steps(warehouse: Warehouse, host: Host) -> Iterator[tuple[pl.DataFrame, str]]:
    """Simulate, load, recommend, measure; yields the tables to show, each with its title."""
    note(f"1/4 inventing {VIEWERS} viewers and {TITLES} titles, and loading them into {warehouse.path.name}")
    for line in described(simulate_into(warehouse, VIEWERS, TITLES, DAYS, SEED)):
        note(f"    {line}")

    note("2/4 recommending to everybody with ease, and asking it why")
    done = recommend(warehouse, host, "ease", {}, RecommendRequest(signal="watches", explain=True))
    sample = recommended(warehouse, done.run, explain=True, viewers=1)
    viewer = sample["viewer"][0]
    yield sample, f"For viewer {viewer}, one of {done.viewers}"

    note("3/4 measuring it against other models, on watches that were held out")
    request = EvaluateRequest(signal="watches")
    judged = evaluate_recommenders(warehouse, host, ("popular", "content", "item-knn", "ease"), {}, request)
    yield (
        as_table(judged.metrics).select("model", "ndcg@10", "95 % interval", "recall@10", "coverage@10"),
        "Who ranks best",
    )

    note("4/4 what the warehouse holds now")
    held = warehouse.tables()
    yield held.filter((held["rows"] > 0) | (held["kind"] == "view")).drop("kind"), "Tables, and views for people"

    note("Try next:")
    for query in QUERIES:
        note(f'  cinekit --warehouse {warehouse.path.name} sql "{query.format(viewer=viewer)}"')
    note(f"  cinekit --warehouse {warehouse.path.name} recommend ease --viewer {viewer} --explain")

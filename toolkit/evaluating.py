"""`cinekit evaluate recommend`: the same split for every model, measured, kept in results.metrics, and shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from toolkit.composite import recommender, tables_of
from toolkit.errors import CinekitError, UsageError
from toolkit.evaluation import evaluate
from toolkit.fitting import Tables, read_tables
from toolkit.frames import checked, write
from toolkit.genre_distributions import genre_shares
from toolkit.isolation import usable
from toolkit.matrix import interactions_on
from toolkit.model import setting
from toolkit.model_differences import differences
from toolkit.own_tables import make_tables
from toolkit.progress import bar
from toolkit.recommended import described, whys
from toolkit.recommender_fitting import DataRequest, findings_of
from toolkit.reranking import RERANKERS, RerankRequest
from toolkit.reranking import reads as reranker_reads
from toolkit.splits import split, without_held_out
from toolkit.viewer_groups import TABLE as VIEWERS
from toolkit.viewer_groups import By, grouped, read_viewers
from toolkit.viewer_groups import described as small_groups

if TYPE_CHECKING:
    import polars as pl

    from toolkit.host import Host
    from toolkit.intervals import Float64
    from toolkit.recommender import Recommender
    from warehouse import Warehouse


GENRES = "raw.genres"


class EvaluateRequest(RerankRequest, DataRequest):
    """How recommenders are compared."""

    split: Literal["random", "last", "time", "viewers"] = setting(
        "random", "What is held out: a random share of each viewer's, each viewer's last, the latest, or whole viewers"
    )
    share: float = setting(0.2, "Share that is held out", gt=0, lt=1)
    k: tuple[int, ...] = setting((10,), "Length of the lists that are judged; may be repeated")
    rerank: tuple[str, ...] = setting(
        (), f"Also judge each model's lists re-ranked by one of {', '.join(RERANKERS)}; may be repeated"
    )
    by: tuple[By, ...] = setting((), "Judge groups of viewers apart: gender, age or occupation; may be repeated")
    seed: int = setting(0, "Random seed", ge=0)


@dataclass(frozen=True)
class Evaluated:
    """What a run of `evaluate` found.

    Attributes:
        run: its id.
        metrics: one row a model, metric and k, and group where they are judged apart, as in results.metrics.
        differences: one row a pair of models, metric and k, as in results.metric_differences.
        failed: the errors of models that could not be judged, by name, and of re-rankers, as "ease+mmr".
        viewers: how many viewers were judged.
        held_out: liked titles that were held out of their histories, to be found.
        signal: what was learnt from, with its size, in words.
        notes: why models were fitted as they were, and what became of groups that are too small, in words.
    """

    run: str
    metrics: pl.DataFrame
    differences: pl.DataFrame
    failed: dict[str, CinekitError]
    viewers: int
    held_out: int
    signal: str
    notes: tuple[str, ...] = ()


def evaluate_recommenders(
    warehouse: Warehouse,
    host: Host,
    names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    request: EvaluateRequest,
) -> Evaluated:
    """Fit each model on the training part and judge it on the held-out part.

    `settings` are by name; a model that is made of others takes theirs from there too.

    Raises:
        UsageError: no model, or one named twice; a re-ranker named twice.
        ModelError: nothing can be held out, or not one of the models can be fitted.
    """
    if not names or len(set(names)) != len(names):
        raise UsageError("name each model once, such as: cinekit evaluate recommend popular ease")
    if len(set(request.rerank)) != len(request.rerank):
        raise UsageError(f"--rerank {', '.join(request.rerank)}: name each re-ranker once")
    models, failed = usable(names, lambda name: recommender(host, name, settings.get(name, {}), settings))
    reads = sorted({table for model in models.values() for table in tables_of(model)} | reranker_reads(request.rerank))
    make_tables(warehouse, host, reads)
    recorded = {**request.model_dump(mode="json"), "models": {name: model.settings() for name, model in models.items()}}
    with warehouse.run("evaluate", "recommend", settings=recorded, seed=request.seed) as run:
        with warehouse.reading() as con:
            data = interactions_on(con, request.signal, request.min_rating, request.half_life)
            run.read(con, dict.fromkeys((f"raw.{data.signal}", *reads, GENRES, *([VIEWERS] if request.by else []))))
            tables = read_tables(con, reads)
            genres = read_tables(con, (GENRES,))[GENRES]
            viewers = read_viewers(con) if request.by else None
        parts = split(request.split, data, share=request.share, seed=request.seed)
        tables = Tables({name: without_held_out(table, data, parts) for name, table in tables.items()})
        by = dict.fromkeys(request.by)
        groupings = [] if viewers is None else [grouped(viewers, name, parts.history.viewers) for name in by]
        shares = genre_shares(genres, data.titles)
        judged: dict[str, dict[tuple[str, int], Float64]] = {}
        with bar("evaluating", len(models)) as advance:
            metrics = evaluate(
                models,
                parts,
                tables,
                request.k,
                request.seed,
                advance,
                failed,
                rerankers=request.rerank,
                rerank_request=request,
                genres=shares if shares.size else None,
                groupings=groupings,
                judged=judged,
            )
        if metrics.is_empty():
            raise next(iter(failed.values()))
        compared = differences(judged, parts.name, request.seed)
        frames = {"results.metrics": metrics, "results.metric_differences": compared}
        frames = {table: checked(warehouse, table, frame, "evaluate") for table, frame in frames.items()}
        with warehouse.writing() as con:
            run.finish(con, {table: write(con, table, frame, run.id) for table, frame in frames.items()})
    return Evaluated(
        run.id,
        metrics,
        compared,
        failed,
        parts.history.shape[0],
        int(parts.test.nnz),
        described(data),
        (*_whys(models, judged), *filter(None, map(small_groups, groupings))),
    )


def _whys(models: Mapping[str, Recommender], judged: Iterable[str]) -> list[str]:
    """Lines on why models that were judged were fitted as they were; one that cannot say so was judged all the same."""
    lines = []
    for name in models.keys() & set(judged):
        try:
            lines += whys(name, findings_of(models[name]))
        except CinekitError as error:
            lines.append(str(error))
    return sorted(lines)


# What fits on a terminal; the others are in the table metrics, and in --format json or csv.
SHOWN = ("ndcg", "recall", "mrr", "coverage")
SHOWN_OF_STRANGERS = ("ndcg", "capped_recall", "recall")  # of viewers who were in no fit, as Liang et al. have it
SHOWN_RERANKED = ("ndcg", "miscalibration", "diversity", "long_tail")


def as_table(metrics: pl.DataFrame, shown: Sequence[str] = SHOWN) -> pl.DataFrame:
    """One row a model, one column a metric of those that fit on a terminal; the best model by nDCG first."""
    import polars as pl

    metrics = metrics.filter(pl.col("metric").is_in(shown), pl.col("grouping").is_null())
    first = pl.col("metric").str.starts_with("ndcg")
    named = metrics.with_columns(pl.format("{}@{}", "metric", "k").alias("measure"))
    wide = named.pivot("measure", index="model", values="value", maintain_order=True)
    leading = named.filter(first)["measure"].to_list()
    interval = named.filter(first & (pl.col("measure") == leading[0])).select(
        "model", pl.format("{} to {}", pl.col("low").round(4), pl.col("high").round(4)).alias("95 % interval")
    )
    wide = wide.join(interval, on="model", maintain_order="left").sort(leading[0], descending=True)
    rest = [c for c in wide.columns if c not in ("model", leading[0], "95 % interval")]
    return wide.select("model", leading[0], "95 % interval", *rest)

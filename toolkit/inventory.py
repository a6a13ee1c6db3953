"""What is installed and what was fitted, for `cinekit models` and `cinekit plugins`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.errors import PluginError
from toolkit.verbs import VERBS

if TYPE_CHECKING:
    import polars as pl

    from toolkit.host import Host, Plugin

SLOW = 0.2  # seconds that the import of a plugin may take before it is named
SPEED_UP = "import heavy packages where they are used"


def models(host: Host, warehouse: Path, wait: float) -> pl.DataFrame:
    """Models that can be used: verb, model, help, distribution, how often and when last fitted in this warehouse."""
    import polars as pl

    from warehouse import Warehouse

    offered = pl.DataFrame(
        [
            (verb, entry.name, entry.help, host.plugin_of(verb, entry.name).distribution)
            for verb in VERBS
            for entry in host.models(verb)
        ],
        schema={"verb": pl.String, "model": pl.String, "what it does": pl.String, "plugin": pl.String},
        orient="row",
    )
    fitted = pl.DataFrame(
        schema={"verb": pl.String, "model": pl.String, "saved": pl.Int64, "last fitted": pl.Datetime("us")}
    )
    if warehouse.exists():
        fitted = Warehouse.open(warehouse, wait=wait, create=False).query(
            'SELECT verb, model, count(*) AS saved, max(fitted_at) AS "last fitted" FROM models.fitted GROUP BY ALL'
        )
    joined = offered.join(fitted, on=["verb", "model"], how="left", maintain_order="left")
    return joined.select("verb", "model", pl.col("saved").fill_null(0), "last fitted", "plugin", "what it does")


def plugins(host: Host, *, times: bool = False) -> pl.DataFrame:
    """Plugins: distribution, version, entry point, state, models, sources, tables of their own, reason.

    With `times`, seconds that loading took.
    """
    import polars as pl

    frame = pl.DataFrame(
        [
            (
                *(p.distribution, p.version, p.entry_point, p.state, ", ".join(e.name for e in p.models)),
                *(", ".join(e.name for e in p.sources), _own_tables(host, p), p.reason),
            )
            for p in host.plugins
        ],
        schema=["distribution", "version", "entry point", "state", "models", "sources", "tables", "why"],
        orient="row",
        infer_schema_length=None,
    )
    if not times:
        return frame
    why = [
        "; ".join(filter(None, [p.reason, f"imports slowly: {p.seconds:.1f} s; {SPEED_UP}" * (p.seconds > SLOW)]))
        for p in host.plugins
    ]
    seconds = pl.Series("seconds", [round(p.seconds, 3) for p in host.plugins], dtype=pl.Float64)
    return frame.select(pl.exclude("why"), seconds, pl.Series("why", why, dtype=pl.String))


def _own_tables(host: Host, plugin: Plugin) -> str:
    """Names of the tables that a plugin owns; of its schema alone where its SQL files cannot be read."""
    from warehouse.plugin_schemas import tables_of

    try:
        schema = host.schema(plugin.schema)
        return ", ".join(tables_of(schema)) if schema else ""
    except PluginError:
        return f"{plugin.schema}, whose SQL files cannot be read"

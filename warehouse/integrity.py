"""What keys and constraints would guarantee, checked by query: data tables have none (see docs/warehouse.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.names import identifier, quoted
from warehouse.rows import first

if TYPE_CHECKING:
    from warehouse.store import Warehouse

# Table: the columns whose values together stand in it once.
UNIQUE: dict[str, tuple[str, ...]] = {
    "meta.migrations": ("number",),
    "meta.plugin_migrations": ("plugin_schema", "number"),
    "meta.runs": ("run",),
    "meta.run_reads": ("run", "table_name"),
    "meta.run_writes": ("run", "table_name"),
    "meta.loads": ("load",),
    "meta.load_tables": ("load", "table_name"),
    "meta.artifacts": ("run", "path"),
    "meta.forgotten": ("viewer_hash",),
    "raw.titles": ("title_id",),
    "raw.genres": ("title_key", "genre"),
    "raw.credits": ("title_key", "person", "role"),
    "raw.tags": ("viewer_key", "title_key", "tag"),
    "raw.viewers": ("viewer_id",),
    "raw.ratings": ("viewer_key", "title_key"),
    "raw.series": ("series_id", "observed_at"),
    "raw.documents": ("sha256",),
    "raw.simulated_viewers": ("viewer_key",),
    "raw.simulated_titles": ("title_key",),
    "models.fitted": ("run",),
    "models.title_neighbours": ("run", "title_key", "rank"),
    "models.trials": ("run", "trial"),
    "results.recommendations": ("run", "viewer_key", "rank"),
    "results.recommendation_reasons": ("run", "viewer_key", "title_key", "reason"),
    "results.metrics": ("run", "model", "split", "metric", "k", "task", "grouping", "viewer_group"),
    "results.metric_differences": ("run", "model", "other_model", "split", "metric", "k"),
    "results.analyses": ("run", "document_key"),
    "results.script_elements": ("run", "document_key", "element"),
    "results.scenes": ("run", "document_key", "scene"),
    "results.characters": ("run", "document_key", "character"),
    "results.character_links": ("run", "document_key", "kind", "from_character", "to_character"),
    "results.script_pacing": ("run", "document_key"),
    "results.themes": ("run", "document_key", "theme", "place"),
    "results.scene_themes": ("run", "document_key", "scene", "theme"),
    "results.cues": ("run", "document_key", "cue"),
    "results.subtitle_pacing": ("run", "document_key"),
    "results.sentiment": ("run", "document_key", "level", "place"),
    "results.arcs": ("run", "document_key", "point"),
    "results.review_sentiment": ("run", "review_id"),
    "results.videos": ("run", "document_key"),
    "results.shots": ("run", "document_key", "shot"),
    "results.images": ("run", "document_key"),
    "results.palettes": ("run", "document_key", "shot", "place"),
    "raw.customers": ("viewer_key",),
    "raw.customer_attributes": ("viewer_key", "attribute"),
    "raw.watch_times": ("viewer_key", "place"),
    "raw.scripts": ("sha256",),
    "raw.pieces": ("sha256",),
    "raw.notes": ("piece_key", "voice", "pitch", "start_beat"),
    "raw.images": ("load", "name", "frame"),
    "results.forecast_series": ("run", "series_id", "cutoff"),
    "results.forecasts": ("run", "series_id", "cutoff", "horizon"),
    "results.forecast_quantiles": ("run", "series_id", "cutoff", "horizon", "quantile"),
    "results.probabilities": ("run", "viewer_key", "task", "as_of", "class"),
    "results.task_classes": ("run", "task", "class"),
    "results.generation_runs": ("run",),
    "results.generations": ("run", "sample"),
    "results.generated_titles": ("run", "sample"),
    "results.generated_genres": ("run", "sample", "genre"),
}
# Dense keys, which stand in their table once as well.
DENSE = {
    "raw.titles": "title_key",
    "raw.viewers": "viewer_key",
    "raw.documents": "document_key",
    "raw.scripts": "script_key",
    "raw.pieces": "piece_key",
    "raw.images": "image_key",
}


def repeated_keys(warehouse: Warehouse) -> list[str]:
    """The tables in which a key is repeated, with the columns, such as "raw.titles (title_id)"."""
    keys = [*UNIQUE.items(), *((table, (column,)) for table, column in DENSE.items())]
    found = []
    with warehouse.reading() as con:
        for table, columns in keys:
            names = ", ".join(identifier(c) for c in columns)
            if first(con, f"SELECT 1 FROM {quoted(table)} GROUP BY {names} HAVING count(*) > 1 LIMIT 1"):
                found.append(f"{table} ({', '.join(columns)})")
    return found

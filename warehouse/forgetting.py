"""Forgetting viewers: their rows, what was fitted on them, and the bytes that deleted rows leave in the file."""

from __future__ import annotations

import glob
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from warehouse.checkpoints import FOLDER as CHECKPOINTS
from warehouse.clock import utc_now
from warehouse.connection import connect, first_line
from warehouse.errors import LockedError, UnknownNameError, WarehouseError
from warehouse.names import identifier
from warehouse.rows import first
from warehouse.sources.staging import literal
from warehouse.viewer_ids import forgotten_ids, hashed, key_at_hand, key_of, pseudonym, stored_ids

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from warehouse.store import Warehouse

# Which tables tell of viewers: the viewers themselves last, and before their reviews what was found out of these.
_TABLES = """
    SELECT t.schema_name, t.table_name, c.column_name
    FROM duckdb_tables() t JOIN duckdb_columns() c USING (database_name, schema_name, table_name)
    WHERE t.database_name = current_database() AND NOT t.temporary
      AND c.column_name IN ('viewer_key', 'viewer_id', 'review_id')
      AND (t.schema_name, t.table_name, c.column_name) <> ('raw', 'reviews', 'review_id')
    ORDER BY (t.schema_name, t.table_name) = ('raw', 'viewers'), c.column_name = 'review_id' DESC, 1, 2, 3
"""
_THEIRS = {
    "viewer_key": "SELECT unnest($keys::INTEGER[])",
    "viewer_id": "SELECT unnest($ids::VARCHAR[])",
    "review_id": "SELECT review_id FROM raw.reviews WHERE viewer_key IN (SELECT unnest($keys::INTEGER[]))",
}

# Of drafts of the warehouse, as a glob; other warehouses of the folder may have names that begin like this one's.
_NUMBER = "[0-9a-f]" * 12


@dataclass(frozen=True)
class Forgotten:
    """What was forgotten.

    Attributes:
        run: id of the run.
        viewers: how many people.
        entries: how many viewers these were: two of somebody who was loaded with and without pseudonyms.
        again: how many others were forgotten before.
        tables: rows deleted, by table.
        models: saved models that had learnt from them, and were removed.
    """

    run: str
    viewers: int
    entries: int
    again: int
    tables: dict[str, int]
    models: int


def forget(warehouse: Warehouse, viewers: Sequence[str]) -> Forgotten:
    """Remove viewers from every table, and all saved models that read a table in which they were.

    What the warehouse says of them goes in one transaction; then the models' files, and the bytes of deleted rows. What
    a kill leaves of the latter, the next call takes away, which may name nobody. Who was forgotten before is taken out
    of refused rows, requests and errors again.

    Raises:
        UnknownNameError: no such viewer; nothing is forgotten then.
        LockedError: a run is going on, which would write of them again.
        WarehouseError: the key under which ids are remembered cannot be had; or they are forgotten, but what is left
            over of them did not all go, which the text then says.
    """
    asked = stored_ids(warehouse, viewers)
    # Before the run is opened, as its error would be recorded with the id.
    known = _viewer_keys(warehouse, asked)
    ids = list(known)
    people = _people(warehouse, ids)
    with warehouse.run("forget", "viewers", settings={"viewers": people}) as run, warehouse.writing() as con:
        if first(con, "SELECT 1 FROM meta.runs WHERE status = 'running' AND run <> ?", [run.id]):
            raise LockedError("a run is going on, which may write of the viewers again; try again when it has ended")
        tables = _delete_rows(con, list(known.values()), ids)
        models = _delete_fits(con, list(tables))
        if asked:
            key = key_of(con, warehouse)
            names = {*viewers, *asked}
            _blank_texts(con, sorted(names | {pseudonym(key, name) for name in names}))
            con.execute(
                f"INSERT INTO meta.forgotten SELECT {hashed(key, 'viewer')}, ?, ? "
                "FROM (SELECT unnest(?::VARCHAR[]) AS viewer)",
                [run.id, utc_now(), ids],
            )
        run.finish(con, {"meta.forgotten": len(ids)})
    _finish(warehouse)
    return Forgotten(run.id, people, len(ids), len(asked) - len(ids), tables, models)


def _viewer_keys(warehouse: Warehouse, ids: Sequence[str]) -> dict[str, int]:
    """The viewer_key of each id, but for those that were forgotten before."""
    with warehouse.reading() as con:
        known = dict(
            con.execute(
                "SELECT viewer_id, viewer_key FROM raw.viewers WHERE viewer_id IN (SELECT unnest(?::VARCHAR[]))",
                [list(ids)],
            ).fetchall()
        )
    before = forgotten_ids(warehouse, [viewer for viewer in ids if viewer not in known])
    for viewer in ids:
        if viewer not in known and viewer not in before:
            raise UnknownNameError("viewer", viewer, hint="nobody was forgotten; cinekit sql 'FROM viewers' lists all")
    return {viewer: known[viewer] for viewer in ids if viewer in known}


def _people(warehouse: Warehouse, ids: Sequence[str]) -> int:
    """How many people the ids are of, as one may be there under an id and under its pseudonym."""
    key = key_at_hand(warehouse) if ids else None
    return len(set(ids) - {pseudonym(key, viewer) for viewer in ids}) if key else len(ids)


def _delete_rows(con: duckdb.DuckDBPyConnection, keys: list[int], ids: Sequence[str]) -> dict[str, int]:
    """Delete the viewers' rows from every table of every schema, plugins' own included; how many, by table."""
    deleted: dict[str, int] = {}
    by_key: dict[str, Any] = {"keys": keys}
    given = {"viewer_key": by_key, "viewer_id": {"ids": list(ids)}, "review_id": by_key}
    for schema, table, column in con.execute(_TABLES).fetchall():
        where = f"{identifier(column)} IN ({_THEIRS[column]})"
        rows = first(con, f"DELETE FROM {identifier(schema)}.{identifier(table)} WHERE {where}", given[column])
        if rows and rows[0]:
            deleted[f"{schema}.{table}"] = deleted.get(f"{schema}.{table}", 0) + rows[0]
    return deleted


def _delete_fits(con: duckdb.DuckDBPyConnection, tables: list[str]) -> int:
    """Take back all saved models, and such as tables, that were fitted on one of the tables; how many were saved."""
    fits = "SELECT run FROM meta.run_reads WHERE table_name IN (SELECT unnest(?::VARCHAR[]))"
    con.execute(
        f"DELETE FROM meta.artifacts WHERE run IN ({fits}) AND run IN (SELECT run FROM models.fitted)", [tables]
    )
    con.execute(f"DELETE FROM models.title_neighbours WHERE run IN ({fits})", [tables])
    rows = first(con, f"DELETE FROM models.fitted WHERE run IN ({fits})", [tables])
    return int(rows[0]) if rows else 0


def _blank_texts(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> None:
    """Take the ids out of what people and files said: refused rows in which one stands, requests, and their errors."""
    for viewer in ids:
        con.execute(
            "UPDATE meta.refused_rows SET content = NULL "
            r"WHERE regexp_matches(content, '(^|[^\pL\pN_])' || regexp_escape(?) || '([^\pL\pN_]|$)')",
            [viewer],
        )
        con.execute(
            "UPDATE meta.runs SET error = replace(error, $id, '…') WHERE contains(error, $id)", {"id": repr(viewer)}
        )
    asked = "SELECT run, settings FROM meta.runs WHERE list_has_any(TRY_CAST(settings->'viewer' AS VARCHAR[]), ?)"
    for run, settings in con.execute(asked, [list(ids)]).fetchall():
        kept = json.loads(settings)
        kept["viewer"] = [viewer for viewer in kept["viewer"] if viewer not in ids]
        con.execute("UPDATE meta.runs SET settings = ?::JSON WHERE run = ?", [json.dumps(kept), run])


def _finish(warehouse: Warehouse) -> None:
    """Remove what is left over of viewers who are forgotten, this time or before.

    Raises WarehouseError for whatever goes wrong, Ctrl-C too, as people have to know that they are forgotten already.
    """
    try:
        stuck = _remove_files(warehouse)
        rewrite(warehouse)
    except BaseException as error:
        raise _unfinished(first_line(error) if isinstance(error, Exception) else "interrupted") from error
    if stuck:
        raise _unfinished(f"{stuck[0]} cannot be removed; see who may write there")


def _unfinished(why: str) -> WarehouseError:
    return WarehouseError(
        f"the viewers are forgotten, but not all that was kept of them is gone: {why}; run 'cinekit forget' "
        "without --viewer to finish"
    )


def _remove_files(warehouse: Warehouse) -> list[Path]:
    """Remove the files of fits that were taken back, now or by a call that was killed before it came to them.

    So are all of training that was stopped, as they do not say what it had read. The folders that could not be removed.
    """
    with warehouse.reading() as con:
        gone = con.execute(
            "SELECT run FROM meta.run_writes WHERE table_name = 'models.fitted' "
            "AND run NOT IN (SELECT run FROM models.fitted)"
        ).fetchall()
    shutil.rmtree(warehouse.artifacts.folder / CHECKPOINTS, ignore_errors=True)
    for (run,) in gone:
        warehouse.artifacts.remove(run)
    folders = [warehouse.artifacts.folder / name for name in (CHECKPOINTS, *(run for (run,) in gone))]
    return [folder for folder in folders if folder.exists()]


def rewrite(warehouse: Warehouse) -> None:
    """Write the warehouse anew, under another name that takes the old one's place: deleted rows leave no bytes.

    DuckDB keeps them in blocks that are free until something is written over them; a checkpoint does not clear these.
    Copies that were left over by a kill go first.

    Raises:
        WarehouseError: there is no room for a copy; the warehouse stays as it was.
    """
    import duckdb

    path = warehouse.path.resolve()
    draft = path.with_name(f".{path.name}.{uuid4().hex[:12]}.new")
    try:
        # Open for writing, so that nobody else writes what the copy would lack.
        with connect(path, read_only=False, wait=warehouse.wait) as con:
            # Only who holds the file has a draft: these were left over by kills.
            for left in path.parent.glob(f".{glob.escape(path.name)}.{_NUMBER}.new*"):
                left.unlink()
            (name,) = con.execute("SELECT current_database()").fetchall()[0]
            con.execute("CHECKPOINT")
            con.execute(f"ATTACH {literal(draft)} AS rewritten")
            con.execute(f"COPY FROM DATABASE {identifier(name)} TO rewritten")
            con.execute("DETACH rewritten")
            shutil.copymode(path, draft)
            draft.replace(path)
    except (OSError, duckdb.Error) as error:
        raise WarehouseError(
            f"{path} cannot be written anew without their bytes: {first_line(error)}; make room on the disk"
        ) from error
    finally:
        draft.unlink(missing_ok=True)
        draft.with_name(draft.name + ".wal").unlink(missing_ok=True)

"""Staged rows into the raw tables, by the rules that docs/loading.md states. The same for every source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from warehouse import keys
from warehouse.documents import adopt
from warehouse.events import merge_events
from warehouse.materials import MATERIALS, add_materials
from warehouse.names import identifier, quoted
from warehouse.reviews import tell_apart
from warehouse.rules import EVENTS, refusal
from warehouse.sources.staging import CONTENT_CHARACTERS, Stage, Staging

if TYPE_CHECKING:
    import duckdb

FACTS = ("genres", "credits")
DETAILS = {
    "titles": ("name", "year", "runtime_minutes", "plot", "imdb_id", "tmdb_id", "article"),
    "viewers": ("gender", "age", "occupation", "postcode"),
}


@dataclass
class Merged:
    """What came of the staged rows.

    Attributes:
        taken, folded: rows of the source.
        tables: rows added or replaced, by table.
        met: viewers and titles that were there already under the same ids, by kind.
    """

    taken: int = 0
    folded: int = 0
    met: dict[str, int] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, rows: int) -> None:
        """Count rows that were added or replaced."""
        if rows:
            name = table if "." in table else f"raw.{table}"
            self.tables[name] = self.tables.get(name, 0) + rows


@dataclass(frozen=True)
class Sound:
    """A stage without the rows that were refused: relation and columns by name with type."""

    stage: Stage
    relation: str
    columns: dict[str, str]
    rows: int


def merge(staging: Staging, load: int) -> Merged:
    """Refuse what is impossible, give keys, fold duplicates, and write the rest to the raw tables."""
    con = staging.con
    order = ("titles", "viewers", "ratings", "watches", "purchases", "tags", "reviews", "customers", "watch_times")
    stages = sorted(staging.stages, key=lambda s: order.index(s.table) if s.table in order else len(order))
    sound = [_refuse(staging, number, stage) for number, stage in enumerate(stages)]
    merged = Merged()
    # Genres and credits bring no title of their own: theirs may have been refused.
    relations = [(s.relation, s.columns) for s in sound if s.stage.table not in FACTS]
    known = keys.match_names(con, relations) if staging.named_by_id else ""
    viewers, titles = keys.assign(con, "viewer", relations), keys.assign(con, "title", relations, known)
    if known:
        staging.notes.append(f"titles known by name: {titles.met:,} that were there already, {titles.new:,} new")
    keys.insert_new(con, load, named_by_id=staging.named_by_id)
    merged.met = {"viewer": viewers.met, "title": 0 if known else titles.met}
    merged.add("viewers", viewers.new)
    merged.add("titles", titles.new)
    for part in sound:
        if part.stage.table in DETAILS:
            taken = _fill(con, part, merged)
        elif part.stage.table in EVENTS:
            reviews = part.stage.table == "reviews"
            relation = tell_apart(staging, part.relation, part.columns) if reviews else part.relation
            taken = merge_events(con, part.stage.table, relation, part.columns, load)
            merged.add(part.stage.table, taken)
        elif part.stage.own:
            taken = _add_own(con, part, load)
            merged.add(part.stage.table, taken)
        elif part.stage.table in MATERIALS:
            added = add_materials(con, part.stage.table, part.relation, load)
            taken = added[part.stage.table]
            for table, rows in added.items():
                merged.add(table, rows)
        else:
            _add_facts(con, part, load, merged)
            continue
        if part.stage.counted:
            merged.taken += taken
            merged.folded += part.rows - taken
    adopted = adopt(con)
    if adopted:
        staging.notes.append(f"{adopted:,} title{'s' * (adopted != 1)} of documents: now one with the loaded title")
    return merged


def _refuse(staging: Staging, number: int, stage: Stage) -> Sound:
    """Move the impossible rows of a stage to stage_refused; the stage without them."""
    con = staging.con
    columns = {row[0]: str(row[1]) for row in con.execute(f"DESCRIBE {stage.relation}").fetchall()}
    reason = "problem" if stage.own else refusal(stage.table, columns)
    counted = con.execute(f"SELECT count(*), count({reason}) FROM {stage.relation}").fetchall()[0]
    if not counted[1]:
        return Sound(stage, stage.relation, columns, counted[0])
    bad = staging.table(
        f"bad_{number}", f"SELECT ordinal, {reason} AS reason FROM {stage.relation} WHERE {reason} IS NOT NULL"
    )  # fmt: skip
    if not stage.counted:
        pass  # the row that it was drawn from is refused and kept, if it was impossible itself
    elif stage.locate is not None:
        ordinals = con.execute(f"SELECT ordinal FROM {bad} ORDER BY ordinal").fetchnumpy()["ordinal"]
        con.register("stage_located", stage.locate(ordinals))
        con.execute(
            "INSERT INTO stage_refused SELECT $file, line, reason, "
            f"left(rtrim(decode(content::BLOB), chr(10) || chr(13)), {CONTENT_CHARACTERS}), true "
            f"FROM {bad} JOIN stage_located USING (ordinal)",
            {"file": stage.file},
        )
        con.unregister("stage_located")
    else:
        shown = ", ".join(f"{identifier(c)} := {identifier(c)}" for c in columns if c not in ("ordinal", "problem"))
        con.execute(
            f"INSERT INTO stage_refused SELECT $file, ordinal + 1, reason, "
            f"left(CAST(to_json(struct_pack({shown})) AS VARCHAR), {CONTENT_CHARACTERS}), true "
            f"FROM {stage.relation} JOIN {bad} USING (ordinal)",
            {"file": stage.file},
        )
    relation = staging.view(f"sound_{number}", f"SELECT * FROM {stage.relation} ANTI JOIN {bad} USING (ordinal)")
    return Sound(stage, relation, columns, counted[0] - counted[1])


def _fill(con: duckdb.DuckDBPyConnection, part: Sound, merged: Merged) -> int:
    """Update titles or viewers with what a stage says of them; how many it brought or changed."""
    kind = part.stage.table.removesuffix("s")
    details = [c for c in DETAILS[part.stage.table] if c in part.columns]
    # Of several rows of one id the later one's values win, each where it has one.
    latest = ", ".join(f"arg_max(s.{c}, s.ordinal) AS {c}" for c in details)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE stage_details AS SELECT {kind}_keys.key, any_value({kind}_keys.new) AS new"
        f"{', ' + latest if latest else ''} FROM {part.relation} s {keys.join(con, kind, part.columns)} GROUP BY ALL"
    )
    changes = {c: _value(part.stage.fills, c) for c in details}
    differs = " OR ".join(f"t.{c} IS DISTINCT FROM {value}" for c, value in changes.items()) or "false"
    here = f"raw.{kind}s t"
    count = (
        f"SELECT count(*), count(*) FILTER (NOT s.new) FROM stage_details s JOIN {here} ON t.{kind}_key = s.key "
        f"WHERE s.new OR {differs}"
    )
    taken, replaced = con.execute(count).fetchall()[0]
    if changes:
        con.execute(
            f"UPDATE {here} SET {', '.join(f'{c} = {value}' for c, value in changes.items())} FROM stage_details s "
            f"WHERE t.{kind}_key = s.key AND ({differs})"
        )
    merged.add(part.stage.table, int(replaced))
    return int(taken)


def _value(fills: bool, column: str) -> str:
    if not fills:
        return f"coalesce(s.{column}, t.{column})"
    if column == "name":  # a title that was known by its id alone
        return "coalesce(CASE WHEN t.name IS DISTINCT FROM t.title_id THEN t.name END, s.name, t.name)"
    return f"coalesce(t.{column}, s.{column})"


def _add_facts(con: duckdb.DuckDBPyConnection, part: Sound, load: int, merged: Merged) -> None:
    """Add genres or credits that are not there yet."""
    table = part.stage.table
    same: Sequence[str] = ("genre",) if table == "genres" else ("person", "role")
    billing = ", min(s.billing)" if table == "credits" else ""
    matches = " AND ".join(f"t.{c} = s.{c}" for c in same)
    row = con.execute(
        f"""
        INSERT INTO raw.{table}
        SELECT s.key, {", ".join(f"s.{c}" for c in same)}{billing.replace("min(s.billing)", "s.billing")}, ?
        FROM (SELECT title_keys.key, {", ".join(f"s.{c}" for c in same)}{billing + " AS billing" if billing else ""},
                     min(s.ordinal) AS ordinal
              FROM {part.relation} s {keys.join(con, "title", part.columns)}
              WHERE s.{same[0]} IS NOT NULL GROUP BY title_keys.key, {", ".join(f"s.{c}" for c in same)}) s
        WHERE NOT EXISTS (FROM raw.{table} t WHERE t.title_key = s.key AND {matches})
        ORDER BY s.ordinal, s.key
        """,
        [load],
    ).fetchall()
    merged.add(table, int(row[0][0]))


def _add_own(con: duckdb.DuckDBPyConnection, part: Sound, load: int) -> int:
    """Add rows to a plugin's own table, with keys for ids and the number of the load; how many there were."""
    own = [c for c in part.columns if c not in ("ordinal", "problem", "viewer_id", "title_id")]
    values, joins = {identifier(c): f"s.{identifier(c)}" for c in own} | {"load": "?"}, []
    schema, _, table = part.stage.table.partition(".")
    there = con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?", [schema, table]
    ).fetchall()
    for kind in ("viewer", "title"):
        if f"{kind}_id" in part.columns:
            given = {f"{kind}_key": f"{kind}_keys.key", f"{kind}_id": f"CAST(s.{kind}_id AS VARCHAR)"}
            values |= {column: sql for column, sql in given.items() if (column,) in there}
            joins.append(keys.join(con, kind, part.columns, optional=True))
    rows = con.execute(
        f"INSERT INTO {quoted(part.stage.table)} ({', '.join(values)}) SELECT {', '.join(values.values())} "
        f"FROM {part.relation} s {' '.join(joins)} ORDER BY s.ordinal",
        [load],
    ).fetchall()
    return int(rows[0][0])

"""Customers of a plain table: who left, and whatever else stands there, as attributes."""

from __future__ import annotations

from warehouse.sources.columns import FIELDS, called, resolve_noted
from warehouse.sources.staging import Stage, Staging, literal
from warehouse.sources.tables import gather, open_table

__all__ = ["gather", "stage"]

LEFT = ("yes", "y", "true", "t", "1", "churn", "churned", "left", "exited", "lost", "cancelled", "canceled", "attrited",
        "attrited customer", "inactive", "lapsed")  # fmt: skip
STAYED = ("no", "n", "false", "f", "0", "not churned", "retained", "stayed", "stay", "kept", "active",
          "existing customer", "existing", "current", "joined")  # fmt: skip


def stage(staging: Staging) -> None:
    """Stage one file. A customer without a label stays as it was labelled before, if at all.

    Raises:
        SourceError: it cannot be read, or columns are missing or ambiguous.
    """
    table = open_table(staging)
    columns = resolve_noted(staging, list(table.types), table.file, all_used=True)
    others = {column: f"a{number}" for number, column in enumerate(table.types) if column not in columns.values()}
    others = {column: name for column, name in others.items() if column.strip()}
    # Another column that says who left would be the answer among the attributes.
    labels = called(list(others), FIELDS["customers"]["churn"]) if "churn" in columns else []
    for column in labels:
        del others[column]
    if labels:
        staging.notes.append(f"left out, as they too say who left: {', '.join(labels)}")
    problems = [] if table.problem == "NULL" else [table.problem]
    select = {"viewer_id": table.id(staging, columns["viewer"]), "label": "NULL::BOOLEAN"}
    if "churn" in columns:
        given = table.text(columns["churn"])
        select["label"] = _label(given)
        reason = "churn is neither yes nor no (nor true, false, 1, 0 or the like)"
        problems.append(f"CASE WHEN {given} IS NOT NULL AND {select['label']} IS NULL THEN '{reason}' END")
    select["problem"] = f"coalesce({', '.join(problems)}, NULL)" if problems else "NULL::VARCHAR"
    select |= {name: table.text(column) for column, name in others.items()}
    relation, ordinal, locate = table.read(staging, "plain", ", ".join(f"{sql} AS {c}" for c, sql in select.items()))
    # A table of its own, since what was known before is replaced while it is read.
    people = staging.table(
        "customers",
        "SELECT s.ordinal, s.viewer_id, coalesce(s.label, c.churned) AS churned, s.problem FROM "
        f"(SELECT {ordinal} AS ordinal, viewer_id, label, problem FROM {relation}) s "
        "LEFT JOIN raw.viewers v ON v.viewer_id = CAST(s.viewer_id AS VARCHAR) "
        "LEFT JOIN raw.customers c USING (viewer_key)",
    )
    staging.add(Stage("customers", people, table.file, locate))
    if others:
        _add_attributes(staging, table.file, relation, ordinal, others)
    _note_labels(staging, people, labelled="churn" in columns)


def _label(given: str) -> str:
    """SQL: whether a customer left, by a word or number that says so; NULL where it is neither."""
    word = f"regexp_replace(lower({given}), '\\.0+$', '')"
    left, stayed = (", ".join(literal(word) for word in words) for words in (LEFT, STAYED))
    return f"CASE WHEN {word} IN ({left}) THEN true WHEN {word} IN ({stayed}) THEN false END"


def _add_attributes(staging: Staging, file: str, relation: str, ordinal: str, others: dict[str, str]) -> None:
    """Stage one row a customer and column in which something stands."""
    names = ", ".join(literal(column) for column in others)
    values = ", ".join(others.values())
    # Each has an ordinal of its own, so that one can be folded without the rest of its row.
    name = staging.view(
        "attributes",
        f"SELECT ordinal * {len(others)} + place AS ordinal, viewer_id, attribute, content FROM ("
        f"SELECT {ordinal} AS ordinal, viewer_id, unnest([{names}]) AS attribute, unnest([{values}]) AS content, "
        f"unnest(range({len(others)})) AS place FROM {relation} WHERE problem IS NULL AND viewer_id IS NOT NULL) "
        "WHERE content IS NOT NULL",
    )
    staging.add(Stage("customer_attributes", name, file, counted=False))


def _note_labels(staging: Staging, people: str, *, labelled: bool) -> None:
    if not labelled:
        staging.notes.append("no column says who left; say which it is with --map churn=COLUMN, if there is one")
        return
    left, stayed, unknown = staging.con.execute(
        f"SELECT count(*) FILTER (churned), count(*) FILTER (NOT churned), count(*) FILTER (churned IS NULL) "
        f"FROM (FROM {people} WHERE problem IS NULL AND viewer_id IS NOT NULL "
        "QUALIFY row_number() OVER (PARTITION BY viewer_id ORDER BY ordinal DESC) = 1)"
    ).fetchall()[0]
    more = f"; of {unknown:,} it is not known" if unknown else ""
    staging.notes.append(f"{left:,} left, {stayed:,} stayed{more}")

"""Viewer ids behind a keyed hash: the secret key, which is never in the warehouse, and HMAC-SHA256 as SQL."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.clock import utc_now
from warehouse.errors import UsageError, WarehouseError
from warehouse.names import identifier
from warehouse.rows import first

if TYPE_CHECKING:
    import duckdb

    from warehouse.sources.staging import Stage, Staging
    from warehouse.store import Warehouse

VARIABLE = "CINEKIT_VIEWER_KEY"
FORGOTTEN = "the viewer was forgotten"
_SHORTEST = 32
_BLOCK = 64  # bytes that SHA-256 takes at a time
# SQL: what may be an id in a refused row, as a list: what stands between quotes, between delimiters, and each word.
_PARTS = r"""list_concat(
    list_transform(regexp_extract_all(content, '"((?:[^"]|"")*)"', 1), lambda part: trim(replace(part, '""', '"'))),
    list_transform(regexp_split_to_array(content, '[,;|\t]|::'), lambda part: trim(part, ' "')),
    regexp_extract_all(content, '[\pL\pN_]+')
)"""


def key_file(warehouse: Warehouse) -> Path:
    """Where the key is kept unless the environment has it: beside the warehouse."""
    real = warehouse.path.resolve()
    return real.with_name(real.name + ".key")


def key_at_hand(warehouse: Warehouse) -> bytes | None:
    """The key out of the environment variable CINEKIT_VIEWER_KEY, or out of the file; None where there is neither.

    Raises:
        WarehouseError: the key is too short to be secret, or others may read its file.
    """
    given, file = os.environ.get(VARIABLE), key_file(warehouse)
    where = VARIABLE if given is not None else str(file)
    if given is None:
        try:
            if os.name == "posix" and file.stat().st_mode & 0o077:
                raise WarehouseError(f"others may read the key {file}; keep it to yourself: chmod 600 {file}")
            given = file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WarehouseError(f"cannot read the key {file}: {error.strerror or error}") from error
    if len(given) < _SHORTEST:
        raise WarehouseError(f"the viewer key in {where} has fewer than {_SHORTEST} characters; take a longer one")
    return given.encode()


def key_of(con: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> bytes:
    """The key to hash viewers with: the one at hand, or where none was ever used, a new one in the file.

    Which it is gets noted in the transaction, so that later hashes are made with no other.

    Raises:
        WarehouseError: it cannot be read or written, is lost, or another was used before.
    """
    key = key_at_hand(warehouse)
    if key is None:
        if first(con, "SELECT 1 FROM meta.hash_key UNION ALL SELECT 1 FROM meta.forgotten"):
            raise _lost(warehouse)
        key = _new_key(warehouse)
    _check(con, warehouse, key)
    con.execute(
        "INSERT INTO meta.hash_key SELECT ?, ? WHERE NOT EXISTS (FROM meta.hash_key)", [_key_hash(key), utc_now()]
    )
    return key


def _new_key(warehouse: Warehouse) -> bytes:
    """A new key, written to the file that only its owner may read."""
    file, key = key_file(warehouse), secrets.token_hex(32)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as text:
            text.write(key + "\n")
        os.link(draft, file)  # fails where there is one
    except OSError as error:
        raise WarehouseError(f"cannot write the key {file}: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return key.encode()


def _check(con: duckdb.DuckDBPyConnection, warehouse: Warehouse, key: bytes) -> None:
    """Raise WarehouseError where the warehouse has hashes that were made with another key."""
    used = first(con, "SELECT key_hash FROM meta.hash_key")
    if used and used[0] != _key_hash(key):
        raise WarehouseError(
            f"the key at hand is not the one that viewers were hashed with here; put that back to "
            f"{key_file(warehouse)}, or into {VARIABLE}, which goes before the file"
        )


def _key_hash(key: bytes) -> str:
    return hmac.new(key, b"cinekit: which key", hashlib.sha256).hexdigest()


def _lost(warehouse: Warehouse) -> WarehouseError:
    return WarehouseError(
        "viewers were hashed here, and without the key nobody can tell whether they are the same; put it back to "
        f"{key_file(warehouse)}, or into {VARIABLE}"
    )


def hashed(key: bytes, column: str) -> str:
    """SQL: HMAC-SHA256 of a text under the key, in 64 hexadecimal digits (RFC 2104)."""
    padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = ("".join(f"{byte ^ pad:02x}" for byte in padded) for pad in (0x36, 0x5C))
    return f"sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode({column}))))"


def pseudonym(key: bytes, viewer: str) -> str:
    """What `hashed` makes of one id."""
    return hmac.new(key, viewer.encode(), hashlib.sha256).hexdigest()


def stored_ids(warehouse: Warehouse, ids: Sequence[str]) -> tuple[str, ...]:
    """The ids as the warehouse has them: those of viewers under the id itself, under its pseudonym, or both.

    An id that is not known either way, or only with a key that is not at hand, stays as it is.
    """
    key = key_at_hand(warehouse) if ids else None
    if key is None:
        return tuple(dict.fromkeys(ids))
    with warehouse.reading() as con:
        found = con.execute(
            f"SELECT asked, list(viewer_id ORDER BY viewer_id <> asked) FROM (SELECT unnest($ids::VARCHAR[]) AS asked) "
            f"JOIN raw.viewers ON viewer_id IN (asked, {hashed(key, 'asked')}) GROUP BY asked",
            {"ids": list(dict.fromkeys(ids))},
        ).fetchall()
    stored = dict(found)
    return tuple(dict.fromkeys(one for viewer in ids for one in stored.get(viewer, [viewer])))


def forgotten_ids(warehouse: Warehouse, ids: Sequence[str]) -> frozenset[str]:
    """Those of the ids that were forgotten before, by themselves or by pseudonyms.

    Raises:
        WarehouseError: somebody was forgotten, and the key that would tell who is not at hand, or another is.
    """
    given = "(SELECT unnest(?::VARCHAR[]) AS id)"
    with warehouse.reading() as con:
        if not ids or not first(con, "SELECT 1 FROM meta.forgotten LIMIT 1"):
            return frozenset()
        key = _known_key(con, warehouse)
        return frozenset(row[0] for row in con.execute(_forgotten_among(given, key), [list(ids)]).fetchall())


def check_kind(staging: Staging, warehouse: Warehouse, *, pseudonymised: bool) -> None:
    """See to it that nobody comes to be there twice, under an id and under its pseudonym, by which these can be joined.

    Where both kinds are there already, as older versions let happen, either goes on.

    Raises:
        UsageError: the load brings viewers of one kind, and all that are there are of the other.
    """
    if not _with_viewers(staging):
        return
    kinds = staging.con.execute(
        "SELECT DISTINCT coalesce((options->>'pseudonymise')::BOOLEAN, false) "
        "FROM meta.loads WHERE load IN (SELECT load FROM raw.viewers)"
    ).fetchall()
    if kinds == [(not pseudonymised,)]:
        raise UsageError(
            f"{warehouse.path} holds viewers under their own ids; load without --pseudonymise, or everything anew into "
            "another warehouse with it"
            if pseudonymised
            else f"{warehouse.path} holds viewers under pseudonyms; load with --pseudonymise"
        )


def pseudonymise(staging: Staging, key: bytes) -> None:
    """Put pseudonyms into the place of the viewer ids of every stage, before anything else reads them."""
    for number, stage in _with_viewers(staging):
        hidden = hashed(key, "CAST(viewer_id AS VARCHAR)")
        staging.stages[number] = replace(
            stage,
            relation=staging.view(
                f"pseudonymous_{number}", f"SELECT * REPLACE ({hidden} AS viewer_id) FROM {stage.relation}"
            ),
        )


def refuse_forgotten(staging: Staging, warehouse: Warehouse) -> None:
    """Refuse the rows of viewers who were forgotten, whichever of the loads was under pseudonyms.

    What is remembered is the hash of an id or of its pseudonym, which is a hash itself; a row has the one or the other.

    Raises:
        WarehouseError: there are such, and the key that would tell who is not at hand, or another is.
    """
    if not staging.count("SELECT count(*) FROM meta.forgotten") or not (staged := _with_viewers(staging)):
        return
    key = _known_key(staging.con, warehouse)
    for number, stage in staged:
        ids = f"(SELECT CAST(viewer_id AS VARCHAR) AS id FROM {stage.relation})"
        gone = staging.table(f"forgotten_{number}", _forgotten_among(ids, key))
        columns = [row[0] for row in staging.con.execute(f"DESCRIBE {stage.relation}").fetchall()]
        kept = ", ".join(identifier(column) for column in columns if column != "problem")
        other = "problem" if "problem" in columns else "NULL"
        theirs = f"CAST(viewer_id AS VARCHAR) IN (FROM {gone})"
        problem = f"CASE WHEN {theirs} THEN '{FORGOTTEN}' ELSE {other} END"
        staging.stages[number] = replace(
            stage,
            relation=staging.view(f"without_{number}", f"SELECT {kept}, {problem} AS problem FROM {stage.relation}"),
        )


def hide_contents(staging: Staging, warehouse: Warehouse, *, all_rows: bool) -> None:
    """Blank the contents of refused rows: all, or those of forgotten viewers.

    A row that could not be read was never asked whose it is, so that each of its fields and words may be the id.
    """
    staging.con.execute("UPDATE stage_refused SET content = NULL WHERE $all OR reason = $forgotten",
                        {"all": all_rows, "forgotten": FORGOTTEN})  # fmt: skip
    if not staging.count("SELECT count(*) FROM meta.forgotten") or not _with_viewers(staging):
        return
    key = _known_key(staging.con, warehouse)
    gone = staging.table("forgotten", _forgotten_among(f"(SELECT unnest({_PARTS}) AS id FROM stage_refused)", key))
    staging.con.execute(
        f"UPDATE stage_refused SET content = NULL WHERE list_has_any({_PARTS}, (SELECT list(id) FROM {gone}))"
    )


def _known_key(con: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> bytes:
    """The key that hashes were made with here. Raises WarehouseError where it is lost, or another is at hand."""
    key = key_at_hand(warehouse)
    if key is None:
        raise _lost(warehouse)
    _check(con, warehouse, key)
    return key


def _forgotten_among(ids: str, key: bytes) -> str:
    """SQL: those ids of a relation, column id, that were forgotten, under themselves or under pseudonyms."""
    return f"""
        WITH once AS (SELECT DISTINCT id, {hashed(key, "id")} AS hashed_once FROM {ids} WHERE id IS NOT NULL)
        SELECT id FROM once
        WHERE id IN (SELECT viewer_hash FROM meta.forgotten)
           OR hashed_once IN (SELECT viewer_hash FROM meta.forgotten)
           OR {hashed(key, "hashed_once")} IN (SELECT viewer_hash FROM meta.forgotten)
    """


def _with_viewers(staging: Staging) -> list[tuple[int, Stage]]:
    return [
        (number, stage)
        for number, stage in enumerate(staging.stages)
        if "viewer_id" in {row[0] for row in staging.con.execute(f"DESCRIBE {stage.relation}").fetchall()}
    ]

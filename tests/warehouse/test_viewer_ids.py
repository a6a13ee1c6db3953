"""Viewer ids behind a keyed hash: the published vectors, the key's file, loads under pseudonyms."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import duckdb
import pytest

from warehouse import Warehouse, viewer_ids
from warehouse.errors import UsageError, WarehouseError
from warehouse.forgetting import forget
from warehouse.loads import load
from warehouse.viewer_ids import FORGOTTEN, VARIABLE, hashed, key_at_hand, key_file, key_of, stored_ids


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        # RFC 4231, cases 1, 2 and 6.
        (b"\x0b" * 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            b"\xaa" * 131,
            "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ],
)
def test_the_hash_is_the_published_one(key: bytes, text: str, expected: str) -> None:
    with duckdb.connect() as con:
        assert con.execute(f"SELECT {hashed(key, '?')}", [text]).fetchall() == [(expected,)]


def key(warehouse: Warehouse) -> bytes:
    with warehouse.writing() as con:
        return key_of(con, warehouse)


def pseudonym(warehouse: Warehouse, viewer: str) -> str:
    return hmac.new(key(warehouse), viewer.encode(), hashlib.sha256).hexdigest()


@pytest.fixture
def watches(tmp_path: Path) -> Path:
    path = tmp_path / "watches.csv"
    path.write_text("viewer,title,minutes\n1203456789,m1,90\n1203456789,m2,30\n1203456790,m1,-5\n1203456790,m2,7\n")
    return path


def test_a_new_key_is_for_its_owner_alone_and_stays(warehouse: Warehouse) -> None:
    assert key_at_hand(warehouse) is None
    made = key(warehouse)
    assert len(made) == 64
    assert key(warehouse) == made
    assert key_file(warehouse).stat().st_mode & 0o777 == 0o600
    key_file(warehouse).chmod(0o644)
    with pytest.raises(WarehouseError, match="others may read the key"):
        key(warehouse)


def test_the_environment_goes_before_the_file(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "x" * 40)
    assert key(warehouse) == b"x" * 40
    assert not key_file(warehouse).exists()
    monkeypatch.setenv(VARIABLE, "short")
    with pytest.raises(WarehouseError, match=f"{VARIABLE} has fewer than 32 characters"):
        key(warehouse)


def test_a_key_that_was_used_is_neither_replaced_nor_made_anew(
    warehouse: Warehouse, watches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(warehouse, "watches", watches, pseudonymise=True)
    watches.write_text(watches.read_text() + "1203456789,m3,9\n")
    with monkeypatch.context() as patch:
        patch.setenv(VARIABLE, "x" * 40)
        with pytest.raises(WarehouseError, match="not the one that viewers were hashed with"):
            load(warehouse, "watches", watches, pseudonymise=True)
    kept = key_file(warehouse).rename(key_file(warehouse).with_suffix(".away"))
    with pytest.raises(WarehouseError, match="without the key nobody can tell"):
        load(warehouse, "watches", watches, pseudonymise=True)
    assert not key_file(warehouse).exists()
    kept.rename(key_file(warehouse))
    load(warehouse, "watches", watches, pseudonymise=True)
    assert warehouse.query("FROM viewers").height == 2


def test_a_load_keeps_pseudonyms_alone(warehouse: Warehouse, watches: Path) -> None:
    report = load(warehouse, "watches", watches, pseudonymise=True)
    assert (report.taken, report.refused) == (3, 1)
    assert warehouse.query("SELECT viewer, count(*) AS n FROM watches GROUP BY ALL ORDER BY n DESC").rows() == [
        (pseudonym(warehouse, "1203456789"), 2), (pseudonym(warehouse, "1203456790"), 1)]  # fmt: skip
    assert warehouse.query("SELECT reason, content FROM refused").rows() == [("minutes are negative", None)]
    assert b"12034567" not in warehouse.path.read_bytes()
    assert key(warehouse) not in warehouse.path.read_bytes()


def test_the_same_viewer_has_the_same_pseudonym_in_another_load(warehouse: Warehouse, watches: Path) -> None:
    load(warehouse, "watches", watches, pseudonymise=True)
    ratings = watches.with_name("ratings.csv")
    ratings.write_text("user,item,rating\n1203456789,m1,5\nsomebody,m1,4\n")
    load(warehouse, "ratings", ratings, pseudonymise=True)
    assert warehouse.query("FROM viewers").height == 3
    assert load(warehouse, "watches", watches, pseudonymise=True).already_loaded


def test_the_original_id_finds_the_viewer_while_the_key_is_at_hand(warehouse: Warehouse, watches: Path) -> None:
    load(warehouse, "watches", watches, pseudonymise=True)
    known = pseudonym(warehouse, "1203456789")
    assert stored_ids(warehouse, ["1203456789", known, "nobody"]) == (known, "nobody")
    key_file(warehouse).rename(key_file(warehouse).with_suffix(".away"))
    assert stored_ids(warehouse, ["1203456789"]) == ("1203456789",)


def test_a_viewer_behind_a_pseudonym_is_forgotten_for_good(warehouse: Warehouse, watches: Path) -> None:
    load(warehouse, "watches", watches, pseudonymise=True)
    known = pseudonym(warehouse, "1203456789")
    assert forget(warehouse, ["1203456789"]).tables["raw.watches"] == 2
    watches.write_text(watches.read_text() + "1203456789,m3,9\n1203456790,m3,9\n")
    load(warehouse, "watches", watches, pseudonymise=True)
    assert warehouse.query("FROM viewers").height == 1
    assert known.encode() not in warehouse.path.read_bytes()


@pytest.mark.parametrize("first", [False, True])
def test_ids_are_not_loaded_beside_pseudonyms(warehouse: Warehouse, watches: Path, first: bool) -> None:
    load(warehouse, "watches", watches, pseudonymise=first)
    titles = watches.with_name("titles.csv")
    titles.write_text("title_id,name\nm1,Heat\n")
    load(warehouse, "titles", titles, pseudonymise=not first)  # of which there are no viewers
    before = warehouse.query("FROM viewers").height, key_file(warehouse).exists()
    watches.write_text(watches.read_text() + "1203456791,m3,9\n")
    with pytest.raises(UsageError, match=r"holds viewers under .*--pseudonymise"):
        load(warehouse, "watches", watches, pseudonymise=not first)
    assert (warehouse.query("FROM viewers").height, key_file(warehouse).exists()) == before
    assert load(warehouse, "watches", watches, pseudonymise=first).taken == 1


@pytest.fixture
def both_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids are loaded beside pseudonyms, as older versions let happen."""
    monkeypatch.setattr(viewer_ids, "check_kind", lambda *_, **__: None)


@pytest.mark.slow
@pytest.mark.usefixtures("both_kinds")
@pytest.mark.parametrize("first", [False, True])
def test_a_load_of_the_other_kind_does_not_bring_anybody_back(warehouse: Warehouse, watches: Path, first: bool) -> None:
    load(warehouse, "watches", watches, pseudonymise=first)
    forget(warehouse, ["1203456789"])
    for pseudonymised in (not first, first):
        watches.write_text(watches.read_text() + "1203456789,m3,9\n1203456790,m3,9\n1203456789,m4,bad\n")
        report = load(warehouse, "watches", watches, pseudonymise=pseudonymised)
        assert FORGOTTEN in [reason for reason, *_ in report.reasons]
    other = "1203456790"
    assert set(warehouse.query("FROM viewers")["viewer"]) == {other, pseudonym(warehouse, other)}
    contents = warehouse.query("SELECT content FROM refused WHERE content IS NOT NULL")["content"]
    assert [content for content in contents if "1203456789" in content] == []


def test_a_warehouse_of_both_kinds_takes_either(
    warehouse: Warehouse, watches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(viewer_ids, "check_kind", lambda *_, **__: None)
        for pseudonymised in (False, True):
            load(warehouse, "watches", watches, pseudonymise=pseudonymised)
    watches.write_text(watches.read_text() + "1203456791,m3,9\n")
    assert [load(warehouse, "watches", watches, pseudonymise=kind).taken for kind in (False, True)] == [1, 1]


def test_a_pseudonym_that_is_loaded_as_an_id_is_known(warehouse: Warehouse, watches: Path) -> None:
    load(warehouse, "watches", watches)
    forget(warehouse, ["1203456789"])
    watches.write_text(f"viewer,title,minutes\n{pseudonym(warehouse, '1203456789')},m1,9\n1203456790,m3,9\n")
    load(warehouse, "watches", watches)
    assert set(warehouse.query("FROM viewers")["viewer"]) == {"1203456790"}


@pytest.mark.usefixtures("both_kinds")
def test_who_was_loaded_both_ways_is_forgotten_both_ways(warehouse: Warehouse, watches: Path) -> None:
    for pseudonymised in (False, True):
        load(warehouse, "watches", watches, pseudonymise=pseudonymised)
    done = forget(warehouse, ["1203456789"])
    assert (done.viewers, done.entries) == (1, 2)
    other = "1203456790"
    assert set(warehouse.query("FROM viewers")["viewer"]) == {other, pseudonym(warehouse, other)}

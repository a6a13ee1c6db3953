from __future__ import annotations

import numpy as np
import pytest

from warehouse import Warehouse
from warehouse.errors import ArtifactError


def saved(warehouse: Warehouse, name: str = "a.npy") -> str:
    with warehouse.run("recommend", "test") as run:
        np.save(warehouse.artifacts.make(run.id) / "a.npy", np.arange(3), allow_pickle=False)
        if name != "a.npy":
            (warehouse.artifacts.make(run.id) / name).write_bytes(b"x")
        with warehouse.writing() as con:
            warehouse.artifacts.record(con, run.id)
            run.finish(con, {})
    return run.id


def test_a_saved_file_comes_back(warehouse: Warehouse) -> None:
    run = saved(warehouse)
    with warehouse.reading() as con:
        assert np.load(warehouse.artifacts.checked(con, run)["a.npy"]).tolist() == [0, 1, 2]


def test_what_to_do_is_said_where_the_folder_cannot_be_made(warehouse: Warehouse) -> None:
    warehouse.artifacts.folder.parent.mkdir(parents=True, exist_ok=True)
    warehouse.artifacts.folder.touch()
    with pytest.raises(ArtifactError, match=r"cannot make the folder .*: .*; make room there, or change"):
        warehouse.artifacts.make("run")


def test_a_changed_file_is_refused(warehouse: Warehouse) -> None:
    run = saved(warehouse)
    np.save(warehouse.artifacts.folder / run / "a.npy", np.arange(4), allow_pickle=False)
    with warehouse.reading() as con, pytest.raises(ArtifactError, match=r"not the file that was saved.*--refit"):
        warehouse.artifacts.checked(con, run)


def test_a_missing_file_is_named(warehouse: Warehouse) -> None:
    run = saved(warehouse)
    (warehouse.artifacts.folder / run / "a.npy").unlink()
    with warehouse.reading() as con, pytest.raises(ArtifactError, match="is missing"):
        warehouse.artifacts.checked(con, run)


def test_a_path_that_leads_outside_is_refused(warehouse: Warehouse) -> None:
    run = saved(warehouse)
    with warehouse.writing() as con:
        con.execute("UPDATE meta.artifacts SET path = '../test.duckdb'")
    with warehouse.reading() as con, pytest.raises(ArtifactError):
        warehouse.artifacts.checked(con, run)


def test_files_that_can_run_code_are_not_saved(warehouse: Warehouse) -> None:
    with pytest.raises(ArtifactError, match="artifacts are"):
        saved(warehouse, "model.pkl")
    assert warehouse.query("SELECT status FROM runs").rows() == [("failed",)]
    assert not warehouse.artifacts.folder.exists()

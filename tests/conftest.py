"""What tests of all rooms share: a new warehouse, and where real data would lie."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from warehouse import Warehouse

# One thread a process, set before NumPy and JAX are imported: there are as many processes as cores.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PJRT_NPROC"):
    os.environ.setdefault(_threads, "1")

# The same examples in every run, so that a failure is the change's; HYPOTHESIS_PROFILE=search looks for new ones.
# No deadlines: how long an example takes tells of what else runs.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty warehouse's file, made once, since making one takes longer than most tests."""
    return Warehouse.open(tmp_path_factory.mktemp("empty") / "empty.duckdb").path


@pytest.fixture
def warehouse(tmp_path: Path, empty_file: Path) -> Warehouse:
    path = tmp_path / "test.duckdb"
    shutil.copy(empty_file, path)
    return Warehouse.open(path, wait=5)


@pytest.fixture
def real_data() -> Path:
    """The folder of real data; tests that need it are skipped where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"real data are not at {DATA}")
    return DATA

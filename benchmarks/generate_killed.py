"""What `generate.py` measures of sudden ends: training that is killed at random moments, against training that is not.

Each model is trained through the front door. It is small and has few epochs, and what it compiles is kept from one
process to the next, so that most kills hit the training itself.
"""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from measure import Measured, Row, phase
from startup import command_of_cinekit

from toolkit.errors import ArtifactError
from toolkit.fitting import CHECKPOINTS
from warehouse import Warehouse
from warehouse.checkpoints import Checkpoints
from warehouse.loads import load

# Of each material, a model with a likelihood, and settings with which it is trained in seconds.
QUICK_MODELS: dict[str, tuple[str, ...]] = {
    "titles": ("titles-gru", "--units", "32", "--epochs", "8"),
    "metadata": ("metadata-vae", "--units", "64", "--epochs", "12"),
    "script": ("script-gru", "--units", "32", "--epochs", "16"),
    "music": ("music-gru", "--units", "32", "--epochs", "60"),
    "effects": ("effects-vae", "--units", "4", "--latent", "8", "--epochs", "10"),
}
KILLS, SEED = 5, 23
# Moments of kills, as shares of an undisturbed command. Before the first it only imports, which touches nothing; and
# as each command goes on where the one before was cut off, later moments would find the training done.
EARLIEST, LATEST = 0.2, 0.5
# Difference of losses, and % of the epochs that may be done after the last kill: all, where nothing was taken up.
LOSS_BAR, ANEW_BAR = 1e-6, 90.0
# Tables in which a run that was cut off may have nothing.
WRITTEN = ("meta.run_writes", "meta.artifacts", "models.fitted", "results.generations", "results.generation_runs")


def kill(given: dict[str, Any]) -> dict[str, Any]:
    """Task: train one model undisturbed, twice, and in another warehouse with kills before it is let finish.

    The first time fills the cache of what is compiled, so that the second tells how long a command takes; both
    together tell how much losses of the same training differ anyway.

    Args:
        given: `makes`, and `loads`, paths by source.
    """
    command = [command_of_cinekit(), "generate", *QUICK_MODELS[given["makes"]], "--count", "2"]
    with tempfile.TemporaryDirectory() as folder:
        cache = {"JAX_COMPILATION_CACHE_DIR": f"{folder}/compiled", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
        environment = {**os.environ, **cache}
        whole, killed = (_loaded(Path(folder) / name, given["loads"]) for name in ("whole", "killed"))
        _ended(command, whole, environment)
        began = time.monotonic()
        with phase("undisturbed"):
            _ended([*command, "--refit"], whole, environment)
        took, generator = time.monotonic() - began, random.Random(SEED)
        kept, wrong = list[int](), list[str]()
        with phase("killed"):
            for _ in range(KILLS):
                moment = took * generator.uniform(EARLIEST, LATEST)
                if _ended(command, killed, environment, moment):
                    break
                wrong += unsound(killed)
                kept.append(_epochs(killed))
            _ended(command, killed, environment)
        wrong += unsound(killed)
        if _checkpoints(killed):
            wrong.append("checkpoints of a training that has ended")
        cut = killed.query("SELECT count(*) FROM meta.runs WHERE verb = 'fit' AND status = 'failed'").item()
        return {"undisturbed": _fits(whole), "killed": _fits(killed), "kept": kept, "cut": cut, "wrong": wrong}


def killed_rows(measured: Mapping[str, Measured]) -> list[Row]:
    """The bars of each: the same loss and epochs, some of these taken up, and nothing half-written."""
    return [row for makes, done in measured.items() for row in _rows(QUICK_MODELS[makes][0], done)]


def _rows(model: str, done: Measured) -> list[Row]:
    found = done.found
    (first, again), (last,) = found["undisturbed"], found["killed"]
    noise, apart = (abs(other["loss"] - first["loss"]) for other in (again, last))
    kept = found["kept"] or [0]
    kills = f"{len(found['kept'])} kills, {found['cut']} of them in the fit; epochs kept: {', '.join(map(str, kept))}"
    return [
        Row(
            f"{model}: undisturbed", done.phases["undisturbed"],
            note=f"loss {first['loss']:.6g}, {first['epochs']} epochs; once more, {noise:.1g} apart",
        ),
        Row(f"{model}: killed, loss apart", done.phases["killed"], held=apart / LOSS_BAR, bar=1, unit="millionths"),
        Row(f"{model}: epochs apart", held=abs(last["epochs"] - first["epochs"]), bar=0, unit=""),
        Row(
            f"{model}: epochs after the last kill", held=100 * (1 - kept[-1] / last["epochs"]), bar=ANEW_BAR, unit="%",
            note=kills,
        ),
        Row(
            f"{model}: what is half-written", held=len(found["wrong"]), bar=0, unit="",
            note="; ".join(found["wrong"]) or "nothing",
        ),
    ]  # fmt: skip


def unsound(warehouse: Warehouse) -> list[str]:
    """What a kill may not leave: repeated keys, runs that seem to go on, rows or files of others than finished runs."""
    Warehouse.open(warehouse.path)  # settles runs whose process has gone
    found = [f"repeated keys: {keys}" for keys in warehouse.repeated_keys()]
    status = dict(warehouse.query("SELECT run, status FROM meta.runs").rows())
    found += [f"run {run} is {state}" for run, state in status.items() if state not in ("done", "failed")]
    for table in WRITTEN:
        writers = warehouse.query(f"SELECT DISTINCT run FROM {table}")["run"]
        found += [f"rows in {table} of run {run}" for run in writers if status.get(run) != "done"]
    return found + list(_broken_files(warehouse))


def _broken_files(warehouse: Warehouse) -> Iterator[str]:
    """Artifacts that are not what was saved, files that no run has recorded, and checkpoints that cannot be read."""
    folder = warehouse.artifacts.folder
    recorded = set(warehouse.query("SELECT run FROM meta.artifacts")["run"])
    if folder.exists():
        others = {path.name for path in folder.iterdir()} - recorded - {CHECKPOINTS}
        yield from (f"files of {name}, which are not recorded" for name in sorted(others))
    with warehouse.reading() as con:
        for run in sorted(recorded):
            try:
                warehouse.artifacts.checked(con, run)
            except ArtifactError as error:
                yield str(error)
    for file in _checkpoints(warehouse):
        try:
            Checkpoints(file.parent).load(file.stem)
        except ArtifactError as error:
            yield str(error)


def _checkpoints(warehouse: Warehouse) -> list[Path]:
    return sorted((warehouse.artifacts.folder / CHECKPOINTS).glob("*/*.npz"))


def _epochs(warehouse: Warehouse) -> int:
    """Epochs that the next command need not do again."""
    fits = _fits(warehouse)
    if fits:
        return int(fits[-1]["epochs"])
    loaded = (Checkpoints(file.parent).load(file.stem) for file in _checkpoints(warehouse))
    return sum(len(found[1]["losses"]) for found in loaded if found is not None)


def _fits(warehouse: Warehouse) -> list[dict[str, Any]]:
    return warehouse.query("SELECT loss, epochs FROM models.fitted ORDER BY run").to_dicts()


def _loaded(folder: Path, loads: Mapping[str, str]) -> Warehouse:
    """A new warehouse in a new folder, with what is to be learnt from."""
    folder.mkdir()
    warehouse = Warehouse.open(folder / "cinekit.duckdb")
    for source, path in loads.items():
        load(warehouse, source, Path(path))
    return warehouse


def _ended(
    command: Sequence[str], warehouse: Warehouse, environment: Mapping[str, str], seconds: float | None = None
) -> bool:
    """Run a command, and kill it after so many seconds; whether it had come to its end before.

    Raises:
        SystemExit: it failed by itself; its error is shown.
    """
    with subprocess.Popen(  # noqa: S603
        command,
        cwd=warehouse.path.parent,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            _, said = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return False
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{said[-3000:]}")
    return True

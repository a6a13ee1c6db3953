"""The matrices that recommenders are measured on: made once a run, kept as .npz without pickle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import phase

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array, csr_matrix

    from toolkit.interactions import Interactions
    from toolkit.splits import Split

MOVIELENS = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "movielens" / "ml-latest-small"
SHARE, SEED = 0.2, 0


def simulate_audience(arguments: dict[str, Any]) -> dict[str, Any]:
    """Simulate an audience of a given size into a folder."""
    from toolkit.simulator import simulate

    sizes = {name: arguments[name] for name in ("viewers", "titles", "days", "watches")}
    with phase("simulate"):
        rows = simulate(Path(arguments["folder"]), seed=SEED, **sizes)
    return {"rows": rows}


def load_audience(arguments: dict[str, Any]) -> dict[str, Any]:
    """Load a folder into a new warehouse."""
    from warehouse import Warehouse
    from warehouse.loads import load

    warehouse = Warehouse.open(arguments["warehouse"])
    with phase("load"):
        report = load(warehouse, arguments["source"], arguments["folder"])
    return {"taken": report.taken, "refused": report.refused, "bytes": warehouse.path.stat().st_size}


def query_audience(arguments: dict[str, Any]) -> dict[str, Any]:
    """The ten titles with most hours watched, or most ratings, through the friendly views."""
    from warehouse import Warehouse

    warehouse = Warehouse.open(arguments["warehouse"])
    measure = "sum(minutes) / 60" if arguments["table"] == "watches" else "count(*)"
    sql = (
        f"SELECT title, count(DISTINCT viewer) AS viewers, {measure} AS measure FROM {arguments['table']} "
        "GROUP BY title ORDER BY measure DESC LIMIT 10"
    )
    with phase("query"):
        frame = warehouse.query(sql)
    return {"rows": frame.height, "first": str(frame["title"][0])}


def read_audience(arguments: dict[str, Any]) -> dict[str, Any]:
    """Read the interactions, and keep them and a random split of them in the folder `matrices`."""
    from toolkit.matrix import read_interactions
    from toolkit.splits import split_random
    from warehouse import Warehouse

    warehouse = Warehouse.open(arguments["warehouse"])
    with phase("read"):
        data = read_interactions(warehouse, arguments["table"])
    folder = Path(arguments["matrices"])
    keep(folder, "all", data)
    keep_split(folder, data, split_random(data, share=SHARE, seed=SEED))
    liked = int((data.values.data >= data.threshold).sum())
    return {"viewers": data.shape[0], "titles": data.shape[1], "entries": data.values.nnz, "liked": liked}


def split_audience(arguments: dict[str, Any]) -> dict[str, Any]:
    """Split the kept matrix in several ways, by folder within `matrices` the split's name and its seed."""
    from toolkit.splits import split

    data = kept(arguments["matrices"], "all")
    for place, (name, seed) in arguments["splits"].items():
        folder = Path(arguments["matrices"]) / place
        folder.mkdir()
        keep(folder, "all", data)
        keep_split(folder, data, split(name, data, share=SHARE, seed=seed))
    return {}


def keep_split(folder: Path, data: Interactions, parts: Split) -> None:
    """Write the parts of a split of the data: train, history and test."""
    keep(folder, "train", parts.train)
    keep(folder, "history", parts.history)
    keep(folder, "test", replace(data, values=parts.test, viewers=parts.history.viewers, times=None, rows=None))


def keep(folder: Path, name: str, data: Interactions) -> None:
    """Write interactions to NAME.npz."""
    values = data.values
    parts = {"data": values.data, "indices": values.indices, "indptr": values.indptr, "shape": np.array(values.shape)}
    keys = {"viewers": data.viewers, "titles": data.titles, "rows": np.asarray(data.rows)}
    signal = np.frombuffer(data.signal.encode(), dtype=np.uint8)
    if data.times is not None:
        keys["times"] = data.times
    np.savez(folder / f"{name}.npz", threshold=np.array(data.threshold), signal=signal, **parts, **keys)


def kept(folder: str | Path, name: str) -> Interactions:
    """Read interactions that were written by `keep`."""
    from toolkit.interactions import Interactions, canonical_csr

    with np.load(Path(folder) / f"{name}.npz", allow_pickle=False) as file:
        shape = (int(file["shape"][0]), int(file["shape"][1]))
        return Interactions(
            canonical_csr(file["data"], file["indices"], file["indptr"], shape),
            file["viewers"],
            file["titles"],
            float(file["threshold"]),
            file["signal"].tobytes().decode(),  # type: ignore[arg-type]
            times=file.get("times"),
            rows=file["rows"],
        )


def stored(folder: str | Path, name: str) -> tuple[csr_matrix, float, NDArray[np.int64]]:
    """Values that were written by `keep`, their threshold and rows, for a Python that has no cinekit."""
    from scipy.sparse import csr_matrix

    with np.load(Path(folder) / f"{name}.npz", allow_pickle=False) as file:
        parts = (file["data"], file["indices"], file["indptr"])
        return csr_matrix(parts, shape=tuple(file["shape"])), float(file["threshold"]), file["rows"]


def liked_where_seen(values: csr_array | csr_matrix, threshold: float) -> csr_matrix:
    """What others are given to rank from: each seen title, 1 where liked, else 0, so that all are left out."""
    from scipy.sparse import csr_matrix

    liked = (values.data >= threshold).astype(np.float32)
    return csr_matrix((liked, values.indices, values.indptr), shape=values.shape)

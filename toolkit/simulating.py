"""`cinekit simulate`: an invented audience, written to Parquet shards and loaded like any other source."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.progress import bar
from toolkit.simulator import check_sizes, simulate

if TYPE_CHECKING:
    from warehouse import Warehouse
    from warehouse.loads import LoadReport


def simulate_into(
    warehouse: Warehouse, viewers: int, titles: int, days: int, seed: int, watches: int | None = None
) -> LoadReport:
    """Simulate an audience and load it; the same arguments again add nothing.

    Raises:
        UsageError: less than one viewer, title or day, more days than there are dates for, or the warehouse holds
            real data or another simulation.
    """
    from warehouse.loads import check_simulation, load

    check_sizes(viewers=viewers, titles=titles, days=days, seed=seed, watches=watches)
    name = f"simulation of {viewers} viewers, {titles} titles, {days} days, seed {seed}"
    if watches is not None:
        name += f", {watches} watches"
    with warehouse.reading() as con:
        check_simulation(con, warehouse.path, name)
    # Beside the warehouse, where there is room for it: /tmp may be small, or memory.
    with tempfile.TemporaryDirectory(prefix=".cinekit-simulation-", dir=warehouse.path.parent) as folder:
        target = Path(folder) / "audience"
        with bar("simulating", viewers) as advance:
            simulate(target, viewers=viewers, titles=titles, days=days, seed=seed, watches=watches, advance=advance)
        return load(warehouse, "simulation", target, name=name)

"""The store: one DuckDB file that holds what was loaded, derived, fitted and found, and who did it."""

from warehouse.runs import Run
from warehouse.store import Warehouse

__all__ = ["Run", "Warehouse"]

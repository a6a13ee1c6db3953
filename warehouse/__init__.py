"""The store: one DuckDB file that holds what was loaded, derived, fitted and found, and who did it."""

from warehouse.store import Run, Warehouse

__all__ = ["Run", "Warehouse"]

"""Tables that models read."""

from __future__ import annotations

import pytest

from toolkit import PluginError
from toolkit.fitting import read_tables
from warehouse import Warehouse


def test_a_table_that_was_not_declared_is_named(warehouse: Warehouse) -> None:
    with warehouse.reading() as con:
        tables = read_tables(con, ["raw.genres"])
    assert tables["raw.genres"].is_empty()
    with pytest.raises(PluginError, match=r"asks for the table 'raw\.credits', which its author has to add to reads"):
        tables["raw.credits"]

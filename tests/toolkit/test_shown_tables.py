"""Tables below those of a command, as plugins name them."""

from __future__ import annotations

import pytest

from toolkit import PluginError, Shown
from toolkit.shown_tables import show_tables
from warehouse import Warehouse


def test_a_table_that_is_of_no_runs_is_refused_by_its_title(warehouse: Warehouse) -> None:
    with pytest.raises(PluginError, match=r"the table 'Everything' has no \$runs"):
        show_tables(warehouse, [Shown("Everything", "SELECT * FROM raw.titles")], ["r"])

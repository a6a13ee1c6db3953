from __future__ import annotations

import ast
from pathlib import Path

import cli


def test_the_front_door_imports_the_toolkit_and_the_warehouse_and_no_plugin() -> None:
    tree = ast.parse(Path(cli.__file__).read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    rooms = {name.split(".")[0] for name in names}
    assert {"toolkit", "warehouse"} <= rooms
    assert "plugins" not in rooms
    assert rooms.isdisjoint({"duckdb", "polars", "numpy", "sklearn", "scipy"})

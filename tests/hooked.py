"""A stranger's plugin with hooks, as a module in a folder and an entry point, which the whole program then finds."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.entry_points import point_of
from toolkit.host import Host

HOOKS = "from toolkit import hookimpl, Shown, SourceEntry\n"
SOURCE = HOOKS + (
    "@hookimpl\ndef cinekit_sources():\n    return [SourceEntry('odd', 'hooked_odd_source:Odd', 'Odd files.')]\n"
    "@hookimpl\ndef cinekit_schema():\n    return 'hooked_odd_schema'\n"
)
ODD = '''
import os
import polars as pl
from toolkit import Source, SourceError

class Odd(Source):
    """Odd files."""
    name = "odd"
    suffixes = (".odd",)
    writes = ("ratings", "plugin_odd.notes")

    def load(self, path):
        {body}
'''
NOTES = """
CREATE TABLE plugin_odd.notes (
    viewer_key INTEGER, title_key INTEGER, stars SMALLINT NOT NULL, weight DOUBLE, load INTEGER
);
COMMENT ON TABLE plugin_odd.notes IS 'Notes; of one viewer.';
COMMENT ON COLUMN plugin_odd.notes.viewer_key IS 'Who.';
COMMENT ON COLUMN plugin_odd.notes.title_key IS 'What.';
COMMENT ON COLUMN plugin_odd.notes.stars IS 'Stars.';
COMMENT ON COLUMN plugin_odd.notes.weight IS 'Weight.';
COMMENT ON COLUMN plugin_odd.notes.load IS 'Load.';
"""
Install = Callable[..., Host]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a plugin called odd: the code of its module, of its source's method, and its schema."""
    folder = tmp_path / "site"
    (folder / "hooked_odd_schema").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(folder))
    own = [point for point in entry_points(group="cinekit") if point.dist and point.dist.name == "cinekit"]

    def installed(code: str = SOURCE, body: str = "return {}", schema: str = NOTES, entry: str = "odd") -> Host:
        (folder / "hooked_odd.py").write_text(code)
        (folder / "hooked_odd_source.py").write_text(ODD.format(body=body))
        (folder / "hooked_odd_schema" / "0001_notes.sql").write_text(schema)
        importlib.invalidate_caches()
        point = point_of("cinekit-odd", entry, "hooked_odd")
        monkeypatch.setattr("toolkit.host.installed", lambda: [*own, point])
        return Host(points=[point])

    yield installed
    for name in [name for name in sys.modules if name.startswith("hooked_odd")]:
        del sys.modules[name]

"""The site has every page in its navigation, and fetches nothing from elsewhere."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT

CONF = runpy.run_path(str(DOCS / "conf.py"))
LISTED = re.compile(r"<([^>]+)>$", re.MULTILINE)
FETCHED = re.compile(
    r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["\']?(?:https?:)?//|@import|url\(["\']?(?:https?:)?//"""
)


def listed(page: Path, trees: str) -> set[Path]:
    return {(page.parent / f"{entry}.md").resolve() for entry in LISTED.findall(trees)}


def test_every_page_has_a_place_in_the_navigation() -> None:
    index, decisions = DOCS / "index.md", DOCS / "decisions" / "README.md"
    found = listed(index, CONF["navigation"](index.read_text(encoding="utf-8")))
    found |= listed(decisions, CONF["toctree"](decisions.read_text(encoding="utf-8")))
    assert found | {index} == set(PAGES)


def test_a_heading_without_pages_and_a_page_without_a_heading_make_no_entry() -> None:
    assert LISTED.findall(CONF["navigation"]("- [A](a.md)\n\n## Empty\n\nNothing.\n")) == []


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_fetches_nothing(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="the site needs the extra docs")
    done = subprocess.run(
        [sys.executable, DOCS / "build_site.py", tmp_path / "site"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    built = [file for kind in ("*.html", "*.css") for file in (tmp_path / "site").rglob(kind)]
    assert len(built) > len(PAGES)
    assert [file.name for file in built if FETCHED.search(file.read_text(encoding="utf-8"))] == []
    assert "docs/index.html" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert (tmp_path / "site" / "README.html").is_file()
    assert ROOT.joinpath("docs/static/site.css").read_text() == (tmp_path / "site/_static/site.css").read_text()

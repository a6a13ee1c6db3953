"""How Sphinx makes a site of the pages: `python docs/build_site.py` runs it.

The sources are the whole repository's pages, so that a link from one to another is the same here and on GitHub.
"""

from __future__ import annotations

import re
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HOME, DECISIONS = "docs/index", "docs/decisions/README"

project = "cinekit"
author = "The cinekit authors"
release = version = installed("cinekit")
root_doc = HOME
extensions = ["myst_parser"]
include_patterns = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "benchmarks/README.md",
    "docs/**.md",
    "examples/*/README.md",
]
exclude_patterns = ["site", "build", ".*", "**/.*"]

myst_heading_anchors = 4

smartquotes = False  # two hyphens are those of an option

html_theme = "furo"
html_title = f"cinekit {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = html_show_sourcelink = False
html_show_sphinx = False
# Nothing is fetched from elsewhere: fonts are those of the reader's machine, search is an index beside the pages.
html_theme_options = {"footer_icons": [], "top_of_page_buttons": []}
pygments_style, pygments_dark_style = "friendly", "monokai"

_GROUP = re.compile(r"^## (?P<caption>.+)\n(?P<body>(?:(?!## ).*\n?)*)", re.MULTILINE)
_ENTRY = re.compile(r"^- \[(?P<title>[^\]]+)\]\((?P<page>[^)#]+)\.md\)", re.MULTILINE)


def navigation(text: str) -> str:
    """The toctrees of the site, one for each heading of docs/index.md, out of the links that stand under it."""
    return "\n\n".join(toctree(group["body"], group["caption"]) for group in _GROUP.finditer(text))


def toctree(text: str, caption: str = "") -> str:
    """The pages that are listed in a text, one a line, as entries of the navigation."""
    entries = [f"{entry['title']} <{entry['page']}>" for entry in _ENTRY.finditer(text)]
    named = [f":caption: {caption}"] if caption else []
    return "\n".join(["```{toctree}", ":hidden:", *named, "", *entries, "```"])


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    del app
    if name in (HOME, DECISIONS):
        source[0] += f"\n\n{navigation(source[0]) if name == HOME else toctree(source[0])}\n"


def _finished(app: Sphinx, error: Exception | None) -> None:
    """Lead from the folder itself to the first page."""
    if error is None:
        lead = f'<!doctype html>\n<title>{project}</title>\n<meta http-equiv="refresh" content="0; url={HOME}.html">\n'
        (Path(app.outdir) / "index.html").write_text(lead, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Have the navigation made out of docs/index.md."""
    app.connect("source-read", _read)
    app.connect("build-finished", _finished)

"""The pages say what the program does: generated parts are fresh, links lead somewhere, examples hold."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typer

from tests.docs.pages import DOCS, PAGES, ROOT
from toolkit.evaluation import METRICS

MADE = sorted(DOCS.glob("*.md"))
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|mailto:)([^)#\s]*)(#[^)\s]*)?\)")
MAKE = "run python docs/make.py"


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_make", DOCS / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def prose(page: Path) -> str:
    """A page without its blocks of code, in which brackets mean something else."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Names of a page's headings, as they are linked to."""
    headings = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "part",
    ["views", "tables", "errors", "hooks", "models", "analyzers", "predictors", "generators", "commands", "reference"],
)
def test_generated_parts_are_fresh(make: ModuleType, part: str) -> None:
    pages = [page for page in MADE if f"<!-- made: {part} -->" in page.read_text(encoding="utf-8")]
    assert len(pages) == 1
    text = pages[0].read_text(encoding="utf-8")
    if part == "commands" and f"Typer {release(typer.__version__)} " not in text:
        pytest.skip("the page shows the help as another release of Typer lays it out")
    found = next(m for m in make.MARKED.finditer(text) if m["part"] == part)
    assert make.made(found[0]) == found[0], f"{pages[0].name} is stale: {MAKE}"


def release(version: str) -> str:
    return ".".join(version.split(".")[:2])


def test_every_part_is_in_a_page_and_every_marker_is_known(make: ModuleType) -> None:
    marked = [name for page in MADE for name in re.findall(r"<!-- made: (\w+) -->", page.read_text(encoding="utf-8"))]
    assert sorted(marked) == sorted(make.PARTS)


def test_the_maker_names_stale_pages_and_mends_them(
    make: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make, "DOCS", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("Before.\n\n<!-- made: errors -->\nold\n<!-- end: errors -->\n\nAfter.\n", encoding="utf-8")
    assert make.main(["--check"]) == 1
    assert "page.md" in capsys.readouterr().err
    assert "old" in page.read_text(encoding="utf-8")
    assert make.main([]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before.")
    assert text.endswith("After.\n")
    assert "CinekitError" in text
    assert make.main(["--check"]) == 0
    assert make.main(["--chek"]) == 2


def test_the_maker_runs_as_a_program() -> None:
    done = subprocess.run([sys.executable, DOCS / "make.py", "--wrong"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--check" in done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_to_files_and_headings(page: Path) -> None:
    broken = []
    for target, anchor in LINK.findall(prose(page)):
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor[1:] not in anchors(file)):
            broken.append(target + anchor)
    assert broken == []


def test_the_page_of_metrics_names_every_metric() -> None:
    text = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert [metric for metric in METRICS if f"| `{metric}` |" not in text] == []

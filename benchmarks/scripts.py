"""A screenplay of 120 pages: read, taken apart, scored; each in a process of its own, imports told apart.

Reading Fountain is compared with screenplain and jouvence on the same text, where these are installed. They build no
frames, find no characters and count nothing, so the rest has no peer.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from measure import Measured, Report, Row, Spent, alternate, machine, now, phase, serve, since
from script_text import fountain, indented

WHOLE_BAR, OURS_BAR, PEER_BAR, LONGER_BAR = 1.0, 0.3, 1.0, 12.0
PEERS = ("screenplain", "jouvence")
PARSES = 10
WORK = ("read", "scenes, cast, network, pacing", "sentiment and arc")


def whole(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: one script from its file to all that is derived from it, but for themes; imports first."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ferry.fountain"
        file.write_text(fountain(arguments["scenes"], arguments["words"]), encoding="utf-8")
        return _taken_apart(file, arguments["themes"])


def _taken_apart(file: Path, themes: int) -> dict[str, Any]:
    with phase("networkx"):
        import networkx as nx  # noqa: F401
    with phase("packages"):
        import polars as pl  # noqa: F401
        import scipy.sparse.linalg  # noqa: F401

        from plugins.analyze.lexicon import TextBlobLexicon
        from plugins.analyze.script import Script
        from toolkit.document import Document
        from toolkit.language import language_of
        from toolkit.scoring import score_lines
        from toolkit.screenplay.reading import read_screenplay
    with phase("models of language and sentiment"):
        language_of("Some words to begin with.")
        lexicon = TextBlobLexicon()
        lexicon.score(["A good beginning."], "script")
    script = Script(themes=0)
    with phase(WORK[0]):
        screenplay = read_screenplay(Document(file))
    with phase(WORK[1]):
        frames = script.derive(screenplay)
    with phase(WORK[2]):
        lines = script.lines(frames)
        scored = score_lines(lines, lexicon, "script")
    if themes:
        with phase("themes"):
            Script(themes=themes).derive(screenplay)
    pacing = frames["results.script_pacing"].row(0, named=True)
    counts = {name: pacing[name] for name in ("pages", "scenes", "words", "characters")}
    return {**counts, "points": scored["results.arcs"].height}


def parse(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: read the same text a few times with one parser."""
    text = fountain(arguments["scenes"], arguments["words"])
    reads = _parser(arguments["parser"])
    reads("INT. A - DAY\n\nAn action.\n")
    text = indented(text) if arguments["parser"] == "plain text" else text
    began = now()
    for _ in range(PARSES):
        count = reads(text)
    since(began, "parse")
    return {"elements": count}


def _parser(name: str) -> Callable[[str], int]:
    """A function that reads a text and says how many elements there are."""
    if name == "screenplain":
        from screenplain.parsers.fountain import parse as parse_theirs

        return lambda text: len(list(parse_theirs(io.StringIO(text))))
    if name == "jouvence":
        from jouvence.parser import JouvenceParser

        return lambda text: sum(len(scene.paragraphs) for scene in JouvenceParser().parseString(text).scenes)
    from toolkit.screenplay.reading import parse_fountain, parse_plain_text

    reads = parse_plain_text if name == "plain text" else parse_fountain
    return lambda text: len(reads(text))


def cold(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: the command in a process of its own, from its start to its end; its warehouse is there."""
    beside = Path(sys.executable).with_name("cinekit")
    command = str(beside) if beside.exists() else shutil.which("cinekit")
    if command is None:
        raise SystemExit("cinekit is not installed; pip install -e '.[benchmark]' first")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("first", "second"):
            text = fountain(arguments["scenes"], arguments["words"])
            (place / f"{name}.fountain").write_text(f"{text}\n{name.upper()}\n", encoding="utf-8")
        themes = ["--themes", str(arguments["themes"])]
        environment = {**os.environ, "CINEKIT_WAREHOUSE": str(place / "cold.duckdb")}
        for name in ("first", "second"):
            asked = [command, "analyze", "script", str(place / f"{name}.fountain"), *themes]
            with phase(name):
                subprocess.run(asked, check=True, capture_output=True, cwd=place, env=environment)  # noqa: S603
    return {}


TASKS = {"whole": whole, "parse": parse, "cold": cold}


def one_script(report: Report, repeat: int) -> None:
    """Section 1: 120 pages, from the file to the arc."""
    length = {"scenes": 60, "words": 25_000}
    runs = {
        "script": ("whole", {**length, "themes": 0}),
        "with themes": ("whole", {**length, "themes": 5}),
        "cold": ("cold", {**length, "themes": 0}),
        "cold, with themes": ("cold", {**length, "themes": 5}),
    }
    measured = alternate(__file__, runs, repeat)
    done = measured["script"]
    note = ", ".join(f"{value:,} {name}" for name, value in done.found.items())
    rows = [
        Row(name, done.phases[name]) for name in ("networkx", "packages", "models of language and sentiment", *WORK)
    ]
    everything, work = done.total(*done.phases), done.total(*WORK)
    mine = done.total("networkx", WORK[1])
    rows += [
        Row("scenes, cast, network, pacing, with networkx", mine, held=mine.cpu, bar=OURS_BAR, unit="s"),
        Row("read, derive, score", work, held=work.cpu, bar=WHOLE_BAR, unit="s"),
        Row("… and all that is imported and loaded, which no bar holds", everything, done.peak_mb, note),
        Row("five themes more, scikit-learn in it", measured["with themes"].phases["themes"]),
        Row("cinekit analyze script --themes 0, a fresh process", measured["cold"].phases["second"]),
        Row("cinekit analyze script --themes 5, a fresh process", measured["cold, with themes"].phases["second"]),
    ]
    report.section("1. A screenplay of 120 pages", rows)


def parsers(report: Report, repeat: int) -> None:
    """Section 2: reading Fountain, against others."""
    length = {"scenes": 60, "words": 25_000}
    there = [name for name in PEERS if find_spec(name)]
    runs = {name: ("parse", {**length, "parser": name}) for name in ("ours", *there, "plain text")}
    measured = alternate(__file__, runs, repeat)
    once = {name: _once(done) for name, done in measured.items()}
    rows = [Row(name, once[name], note=f"{done.found['elements']:,} elements") for name, done in measured.items()]
    ours = once["ours"].cpu
    rows += [Row("ours", against=name, held=ours / once[name].cpu, bar=PEER_BAR) for name in there]
    report.section(f"2. Reading it as Fountain, a mean of {PARSES} times", rows)


def _once(done: Measured) -> Spent:
    spent = done.phases["parse"]
    return Spent(spent.cpu / PARSES, spent.wall / PARSES)


def longer(report: Report, repeat: int) -> None:
    """Section 3: ten times as long."""
    runs = {
        name: ("whole", {"scenes": scenes, "words": words, "themes": 0})
        for name, scenes, words in (("500 scenes", 500, 100_000), ("5,000 scenes", 5_000, 1_000_000))
    }
    measured = alternate(__file__, runs, repeat)
    short, long = (done.total(*WORK) for done in measured.values())
    rows = [Row(name, done.total(*WORK), done.peak_mb) for name, done in measured.items()]
    rows.append(Row("5,000 scenes", against="500 scenes", held=long.cpu / short.cpu, bar=LONGER_BAR))
    report.section("3. Ten times as long", rows)


SECTIONS = {"script": one_script, "parsers": parsers, "longer": longer}


def main() -> int:
    """Measure, print, and say by the exit code whether the bars hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    parser.add_argument("--repeat", type=int, default=3, help="how often each task runs; medians are shown")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    options = parser.parse_args()
    report = Report("scripts", machine(["polars", "networkx", "scikit-learn", "textblob", *PEERS]))
    for name, section in SECTIONS.items():
        if options.only in (None, name):
            section(report, options.repeat)
    return report.finish(options.json)


if __name__ == "__main__":
    serve(TASKS)
    raise SystemExit(main())

"""What `recommend.py` measures of live answers: how long one takes, through Python and through `--stdin`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import IO, Any, cast

import numpy as np
from matrices import SEED
from measure import phase

from toolkit.live import LiveRecommender
from toolkit.lookup import label_of

REQUESTS, WATCHED = 1000, 20


def answer_in_python(arguments: dict[str, Any]) -> dict[str, Any]:
    """Open a recommender, which fits it where it was not, and ask it for one viewer after the other."""
    with phase("open"):
        live = LiveRecommender.open(arguments["live"], arguments["model"])
    return {"titles": live.ready.basis.data.shape[1], "ms": _milliseconds(_histories(live), live.for_history)}


def answer_lines(arguments: dict[str, Any]) -> dict[str, Any]:
    """The same of `cinekit recommend MODEL --stdin`: from writing a line to having read the answer."""
    histories = _histories(LiveRecommender.open(arguments["live"], arguments["model"]))
    program = f"import cli; raise SystemExit(cli.run({_command(arguments)!r}))"
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        asked, given = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)

        def ask(history: list[str]) -> Any:
            asked.write(json.dumps({"history": history}).encode() + b"\n")
            asked.flush()
            return json.loads(given.readline())["recommendations"]

        with phase("open"):
            ask(histories[0])
        milliseconds = _milliseconds(histories, ask)
        asked.close()
    return {"ms": milliseconds}


def _command(arguments: dict[str, Any]) -> list[str]:
    return ["--warehouse", arguments["live"], "recommend", arguments["model"], "--stdin"]


def _histories(live: LiveRecommender) -> list[list[str]]:
    """Titles drawn at random from those that the model knows, by name, or by id where two share a name."""
    index = live.titles
    labels = [label_of(*pair) for pair in zip(index.names, index.years, strict=True)]
    shared = Counter(labels)
    places = index.places(live.ready.basis.data.titles)
    names = [labels[place] if shared[labels[place]] == 1 else f"id:{index.ids[place]}" for place in places]
    rng = np.random.default_rng(SEED)
    return [[names[place] for place in rng.choice(len(names), WATCHED, replace=False)] for _ in range(REQUESTS)]


def _milliseconds(histories: list[list[str]], ask: Callable[[list[str]], Any]) -> dict[str, float]:
    """Median and 99th percentile of the wall time of an answer, and of the CPU time of this process."""
    spent: dict[str, list[float]] = {"wall": [], "CPU": []}
    for history in histories:
        began = time.perf_counter(), time.process_time()
        ask(history)
        ended = time.perf_counter(), time.process_time()
        for clock, first, last in zip(spent, began, ended, strict=True):
            spent[clock].append(1000 * (last - first))
    return {
        f"{clock} p{share}": float(np.percentile(values, share))
        for clock, values in spent.items()
        for share in (50, 99)
    }

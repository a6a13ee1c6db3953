"""Scripts that are made up, to learn from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from warehouse import Warehouse

NAMES = ("RUTH", "BEN", "MARA", "OLD JOE")
PLACES = ("LIGHTHOUSE", "KITCHEN", "HARBOUR", "TRAIN")
WORDS = [
    "the",
    "light",
    "is",
    "dark",
    "and",
    "good",
    "sea",
    "wind",
    "bad",
    "night",
    "happy",
    "door",
    "opens",
    "old",
    "terrible",
    "boat",
    "lovely",
    "rain",
    "falls",
    "he",
    "she",
    "waits",
    "looks",
    "at",
    "with",
    "horrible",
    "beautiful",
    "hand",
]


def played(scenes: int, seed: int = 0) -> str:
    """A Fountain script of some scenes, each of a line of action and three speeches."""
    rng = np.random.default_rng(seed)

    def sentence() -> str:
        return f"{' '.join(rng.choice(WORDS, 8)).capitalize()}."

    blocks = []
    for _ in range(scenes):
        blocks += [f"{rng.choice(['INT.', 'EXT.'])} {rng.choice(PLACES)} - {rng.choice(['DAY', 'NIGHT'])}", sentence()]
        blocks += [f"{name}\n{sentence()}" for name in rng.choice(NAMES, 3)]
    return "\n\n".join([*blocks, "CUT TO:"]) + "\n"


def loaded(warehouse: Warehouse, scripts: Mapping[str, str]) -> None:
    """Put Fountain scripts into a warehouse."""
    with warehouse.writing() as con:
        for key, (name, content) in enumerate(scripts.items(), 1):
            con.execute("INSERT INTO raw.scripts VALUES (?, ?, 'fountain', ?, ?, 1)", [key, name, content, str(key)])

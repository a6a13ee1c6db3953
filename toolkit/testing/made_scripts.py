"""Scripts that are made up, to learn from."""

from __future__ import annotations

import numpy as np

from toolkit.materials.script import Scripts
from toolkit.materials.script_reading import MOODS, elements_of

NAMES = ("RUTH", "BEN", "MARA", "OLD JOE")
PLACES = ("LIGHTHOUSE", "KITCHEN", "HARBOUR", "TRAIN")
WORDS = [
    "the", "light", "is", "dark", "and", "good", "sea", "wind", "bad", "night", "happy", "door", "opens", "old",
    "terrible", "boat", "lovely", "rain", "falls", "he", "she", "waits", "looks", "at", "with", "horrible",
    "beautiful", "hand",
]  # fmt: skip


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


def made_scripts(scenes: int, seed: int = 0) -> Scripts:
    """A corpus of one script, the first third of it dark and the last one bright."""
    script = elements_of("x", "fountain", played(scenes, seed))
    moods = tuple(place * len(MOODS) // len(script) for place in range(len(script)))
    return Scripts((script,), (moods,), MOODS, ("x",), (0,))

"""A screenplay of any length as Fountain, made up from a seed: what benchmarks of scripts are measured on."""

from __future__ import annotations

import random
import textwrap

PLACES = (
    "KITCHEN", "HARBOUR", "POLICE STATION", "HOSPITAL - CORRIDOR", "FOREST", "TRAIN", "ROOFTOP", "LIBRARY", "GARAGE",
    "HOTEL LOBBY", "LIGHTHOUSE", "MARKET", "COURTROOM", "FERRY - DECK", "GREENHOUSE",
)  # fmt: skip
NAMES = (
    "RUTH", "ANNA", "BEN", "MARCUS", "DR. OKAFOR", "ELENA", "THE CAPTAIN", "SAM", "JOSÉ", "YUKI", "OLD PETER", "NORA",
    "VICTOR", "GRACE", "MAN #2", "TOBIAS", "IRIS", "SERGEANT LOW", "MRS. HALE", "KIT",
)  # fmt: skip
TIMES = ("DAY", "NIGHT", "LATER", "CONTINUOUS", "DAWN", "EVENING")
WORDS = (
    "water letter window brother money silence morning engine stranger garden promise winter shadow knife island "
    "mirror station paper river telephone father captain storm candle bridge doctor pocket evening ticket radio "
    "coat table smoke photograph summer garage ocean violin secret harbour umbrella newspaper hospital"
)
VERBS = "looks waits turns runs takes opens remembers leaves breaks holds follows forgets hides watches finds"
SMALL = "the a of to and in that it is was for on you with he she they at this have from not by but what all were when"


def fountain(scenes: int = 60, words: int = 25_000, seed: int = 0) -> str:
    """A screenplay with that many scenes, about as many words of action and dialogue, and twenty characters."""
    pick = random.Random(seed)
    nouns, verbs, small = WORDS.split(), VERBS.split(), SMALL.split()

    # Each place has things of its own, or there would be no themes to find.
    things = {place: pick.sample(nouns, 9) for place in PLACES}

    def sentence(place: str, longest: int) -> str:
        count = pick.randint(3, longest)
        chosen = [pick.choice(pick.choices((things[place], verbs, small), (3, 2, 5))[0]) for _ in range(count)]
        return " ".join(chosen).capitalize() + pick.choice("....!?")

    parts = ["Title: The Ferry\nCredit: written by\nAuthor: A. Simulation\nDraft date: 1 May", "FADE IN:"]
    share = words / max(scenes, 1)
    for number in range(1, scenes + 1):
        side, place = pick.choice(("INT.", "EXT.", "INT./EXT.")), pick.choice(PLACES)
        parts.append(f"{side} {place} - {pick.choice(TIMES)} #{number}#")
        present = pick.sample(NAMES, pick.randint(2, 6))
        written = 0
        while written < share:
            if pick.random() < 0.45:
                block = " ".join(sentence(place, 14) for _ in range(pick.randint(1, 4)))
                parts.append(block)
            else:
                block = " ".join(sentence(place, 10) for _ in range(pick.randint(1, 4)))
                cue = pick.choice(present) + pick.choice(("", "", "", " (V.O.)", " (CONT'D)"))
                aside = pick.choice(("", "", "", "(quietly)\n"))
                parts.append(f"{cue}\n{aside}{block}")
            written += len(block.split())
        if pick.random() < 0.3:
            parts.append("CUT TO:")
    return "\n\n".join(parts) + "\n"


def indented(text: str) -> str:
    """The same laid out as in archives of scripts: cues and speeches indented and wrapped."""
    lines = []
    for block in text.split("\n\n")[1:]:
        first, *rest = block.split("\n")
        if rest:
            lines.append(f"{'':37}{first}")
            for line in rest:
                margin = 31 if line.startswith("(") else 25
                lines += [f"{'':{margin}}{row}" for row in textwrap.wrap(line, 35)]
        else:
            lines += textwrap.wrap(first, 60)
        lines.append("")
    return "\n".join(lines)

"""How much made-up pages are like pages of scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolkit.materials.script_reading import KINDS
from toolkit.materials.script_text import words_in
from toolkit.screenplay.fountain import parse_fountain
from toolkit.screenplay.pages import lay_out
from toolkit.screenplay.writing import write_fountain

if TYPE_CHECKING:
    from toolkit.screenplay.elements import Element

    Scripts = Sequence[Sequence[Element]]


def is_valid(script: Sequence[Element]) -> bool:
    """Whether a page is the Fountain that is meant: read again it has the same kinds and words, and no cue is bare."""
    read = parse_fountain(write_fountain(script))
    same = [(element.kind, element.text) for element in read] == [(element.kind, element.text) for element in script]
    spoken = all(
        after.kind in ("dialogue", "parenthetical")
        for element, after in zip(script, [*script[1:], None], strict=True)
        if element.kind == "character" and after is not None
    )
    return same and spoken and bool(script) and script[-1].kind not in ("character", "parenthetical")


def valid_share(samples: Scripts) -> float:
    """Share of samples that `is_valid`; 0 of none."""
    return float(np.mean([is_valid(sample) for sample in samples])) if samples else 0.0


def kind_distance(samples: Scripts, others: Scripts) -> float:
    """Total variation distance between the shares that kinds of elements have: Σ|p - q| / 2, from 0 to 1.

    Half action and half headings against action alone: (½ + ½) / 2.
    """
    shares = []
    for scripts in (samples, others):
        kinds = Counter(element.kind for script in scripts for element in script)
        shares.append(np.array([kinds[kind] for kind in KINDS]) / max(kinds.total(), 1))
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def speech_lines(samples: Scripts) -> float:
    """Lines of dialogue a cue, as they are printed 35 columns wide; 0 without cues."""
    lines = cues = 0
    for sample in samples:
        heights = lay_out(sample)[0].tolist()
        lines += sum(height for element, height in zip(sample, heights, strict=True) if element.kind == "dialogue")
        cues += sum(element.kind == "character" for element in sample)
    return lines / cues if cues else 0.0


def distinct(samples: Scripts, size: int = 2, most: int = 10_000) -> float:
    """Different runs of `size` words over all of them, among the first `most`: distinct-n of Li et al. 2016.

    It falls with the length of a text, so that only texts of one length compare. "the sea the sea": 2 of 3.

    Li, Galley, Brockett, Gao & Dolan, "A Diversity-Promoting Objective Function for Neural Conversation Models",
    NAACL 2016.
    """
    runs: list[tuple[str, ...]] = []
    for sample in samples:
        words = words_in(sample)
        runs += zip(*(words[place:] for place in range(size)), strict=False)
    runs = runs[:most]
    return len(set(runs)) / len(runs) if runs else 0.0


def count_runs(samples: Scripts, size: int = 2) -> int:
    """How many runs of `size` words there are."""
    return sum(max(len(words_in(sample)) - size + 1, 0) for sample in samples)

"""Who speaks: one name for all the ways in which a script's cues spell it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from toolkit.screenplay.marks import split_cue

# Extensions that some scripts write without parentheses.
_BARE = re.compile(r"[\s,.-]+(?:V\.\s?O\.?|O\.\s?S\.?|O\.\s?C\.?|VO|OS|CONT(?:INUED|'D|D|\.))$")
_LONGEST_BARE = 24
_BETWEEN = re.compile(r"\s*(?:&|/|\+|,\s*AND\b|,|\bAND\b)\s*")
_APOSTROPHES = str.maketrans("’‘ʼ`´", "'''''")


def speaker_of(text: str) -> str:
    """The name of who speaks, out of a cue as it is written.

    Capitals, single blanks and straight apostrophes; extensions such as "(V.O.)", "(CONT'D)", "(O. S.)" or "(on the
    radio)", the mark of dual dialogue and a colon at the end are left out. "" where nothing is left.
    """
    name = " ".join(text.translate(_APOSTROPHES).upper().split())
    cue = split_cue(name.rstrip(" :："))
    name = cue.name.rstrip(" :：")
    end = len(name)
    while found := _BARE.search(name, max(end - _LONGEST_BARE, 1), end):
        end = found.start()
    return name[:end]


def fold_speakers(names: Sequence[str]) -> dict[str, str]:
    """Each of the cues `names`, as they are given, with the name that all spellings of it share.

    A cue of several speakers ("A & B", "A AND B", "A/B") stays one name as it is written, since MOM AND POP or a
    hyphenated couple may be one; where each of them has a cue alone, all such spellings become "A & B",
    in the order of the first. `speakers_in` tells them apart.
    """
    folded = {name: speaker_of(name) for name in names}
    alone = set(folded.values())
    together: dict[frozenset[str], str] = {}
    for name, speaker in folded.items():
        speakers = speakers_in(speaker, alone)
        folded[name] = together.setdefault(frozenset(speakers), " & ".join(speakers))
    return folded


def speakers_in(speaker: str, alone: set[str]) -> tuple[str, ...]:
    """The speakers of a folded cue: several where each is in `alone`, the names that have cues, else the one."""
    parts = tuple(dict.fromkeys(_BETWEEN.split(speaker)))
    return parts if len(parts) > 1 and all(part and part in alone for part in parts) else (speaker,)

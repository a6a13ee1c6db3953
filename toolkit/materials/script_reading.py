"""Scripts as they are learnt from: few kinds of elements, cut into passages, each scene with its mood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolkit import polarity
from toolkit.materials.script_text import shingles_of, words_in
from toolkit.screenplay.cues import fold_speakers
from toolkit.screenplay.elements import SPOKEN, Element, Kind
from toolkit.screenplay.final_draft import parse_final_draft
from toolkit.screenplay.fountain import parse_fountain
from toolkit.screenplay.plain_text import parse_plain_text

if TYPE_CHECKING:
    Script = tuple[Element, ...]

MOODS = ("dark", "even", "bright")
KINDS: tuple[Kind, ...] = ("scene heading", "action", "character", "parenthetical", "dialogue", "transition")
# Words from which on a passage ends with its scene, and a scene that goes on is taken for another.
PASSAGE = 600
# Share of a script's shingles that another script has too, from which on the two are versions of one.
_SAME = 0.5
_AS: dict[Kind, Kind] = {kind: kind for kind in KINDS} | {"lyric": "dialogue", "centred": "action"}
_ENCODING = re.compile(r"^\s*<\?xml[^>]*\?>")


def elements_of(name: str, ending: str, content: str) -> Script:
    """The elements of a script that is played or spoken, their words alone.

    Title pages, sections, synopses, notes, what is cut out, page breaks and extensions of cues are left away; lyrics
    are dialogue, centred lines action. All spellings of a speaker are one, in capitals.

    Raises:
        SourceError: a Final Draft file that is broken.
    """
    if ending == "fdx":
        elements = parse_final_draft(_ENCODING.sub("", content).encode(), name)
    elif ending in ("fountain", "spmd"):
        elements = parse_fountain(content)
    else:
        elements = parse_plain_text(content)
    speakers = fold_speakers([element.text for element in elements if element.kind == "character"])
    kept: list[Element] = []
    for element in elements:
        kind = _AS.get(element.kind)
        text = speakers[element.text] if kind == "character" else _tidied(element.text)
        if kind is None or not text:
            continue
        if kind == "dialogue" and kept and kept[-1].kind == "dialogue":
            text = f"{kept.pop().text}\n{text}"
        kept.append(Element(kind, text))
    return _spoken_by_somebody(kept)


def versions(scripts: Sequence[Script]) -> list[int]:
    """Places of the scripts to learn from: of several versions of one, that with the most words.

    A script is a version of another where that has at least half of its shingles, such as a draft, or the same in
    another format. Were one learnt from and the other held out, a model would be judged by what it knows.
    """
    each = [set(shingles_of(words_in(script)).tolist()) for script in scripts]
    known: set[int] = set()
    kept = []
    for place in sorted(range(len(scripts)), key=lambda place: (-len(each[place]), place)):
        if each[place] and len(each[place] & known) < _SAME * len(each[place]):
            kept.append(place)
            known |= each[place]
    return sorted(kept)


def passages(script: Script) -> list[list[Script]]:
    """A script in passages of at least `PASSAGE` words, the last may have less; each is a list of its scenes."""
    made: list[list[Script]] = [[]]
    words = 0
    for scene in _scenes(script):
        if words >= PASSAGE:
            made.append([])
            words = 0
        made[-1].append(scene)
        words += len(words_in(scene))
    return [scenes for scenes in made if scenes]


def moods_of(scenes: Sequence[Script]) -> list[int] | None:
    """Place in `MOODS` of each scene: the third of all scenes that the polarity of its words is in.

    A scene in which the lexicon knows no word is "even". None where more than a third of the others have the same
    polarity, or there are none, as in languages that it does not know; and where TextBlob is not installed.
    """
    if not polarity.known():  # pages can be made without moods; whoever asks for one is told
        return None
    scores = polarity.polarity(["\n".join(element.text for element in scene) for scene in scenes])
    known = scores[~np.isnan(scores)]
    low, high = np.quantile(known, (1 / 3, 2 / 3)) if known.size else (0, 0)
    if low >= high:
        return None
    moods = np.where(np.isnan(scores), MOODS.index("even"), np.searchsorted((low, high), scores))
    return [int(mood) for mood in moods]


def _scenes(script: Script) -> Iterator[Script]:
    """Runs of elements that begin with a heading; long ones are cut before a cue, or before action."""
    begun, words = 0, 0
    for place, element in enumerate(script):
        speech_over = element.kind in ("character", "action", "transition")
        if place > begun and (element.kind == "scene heading" or (words >= PASSAGE and speech_over)):
            yield script[begun:place]
            begun, words = place, 0
        words += len(words_in((element,)))
    if script:
        yield script[begun:]


def _tidied(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _spoken_by_somebody(elements: list[Element]) -> Script:
    """Without cues that nothing is said after, speech that nobody says, and parentheses after what is said."""
    kept: list[Element] = []
    for place, element in enumerate(elements):
        rest = [other.kind for other in elements[place + 1 : place + 3]]
        before = kept[-1].kind if kept else None
        if element.kind == "character":
            wanted = rest[:1] == ["dialogue"] or rest == ["parenthetical", "dialogue"]
        elif element.kind == "parenthetical":
            wanted = before in ("character", "dialogue") and rest[:1] == ["dialogue"]
        else:
            wanted = element.kind not in SPOKEN or before in ("character", "parenthetical")
        if wanted:
            kept.append(element)
    return tuple(kept)

"""Pages of a screenplay: what they are learnt from, and how they are written and judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from toolkit import polarity
from toolkit.analyzer import Shown
from toolkit.errors import ModelError, UnknownNameError, UsageError
from toolkit.materials.material import GenerateRequest, Material, Measure, Parts, sample_rows
from toolkit.materials.script_measures import (
    count_runs,
    distinct,
    kind_distance,
    speech_lines,
    valid_share,
)
from toolkit.materials.script_reading import MOODS, elements_of, moods_of, passages, versions
from toolkit.materials.script_text import nearest_scripts, share_found, words_in
from toolkit.model import setting
from toolkit.screenplay.cues import speaker_of
from toolkit.screenplay.elements import Element
from toolkit.screenplay.fountain import parse_fountain
from toolkit.screenplay.writing import write_fountain

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64

Script = tuple[Element, ...]

FEWEST_WORDS = 2000
NOT_KNOWN = -1  # the mood of a scene of which nobody has asked
# Shares of the words that are learnt from, and that are held out for choices; the rest judges.
_TRAIN, _VALID = 0.8, 0.1
# A script with more than this share of all words is cut into parts, as one part could be nothing else.
_LARGE = 0.05


@dataclass(frozen=True)
class Scripts:
    """Passages of scripts, taken apart: runs of scenes.

    Attributes:
        scripts: (n,) the elements of each, in order; title pages, notes and what is cut out are left away.
        moods: (n,) for each passage the mood of each of its elements' scene: a place in `mood_names`, -1 if unknown.
        mood_names: what moods there are; none where they cannot be told.
        names: (n,) names of the files, with the number of the passage where there are several.
        of: (n,) number of the script that each is a passage of; those of one follow each other.
    """

    scripts: tuple[Script, ...]
    moods: tuple[tuple[int, ...], ...]
    mood_names: tuple[str, ...]
    names: Sequence[str]
    of: tuple[int, ...]

    def __len__(self) -> int:
        """How many passages."""
        return len(self.scripts)

    def select(self, places: IntArray) -> Scripts:
        """The passages at `places`, (n,) in any order."""
        chosen = np.asarray(places).tolist()
        return Scripts(
            tuple(self.scripts[p] for p in chosen), tuple(self.moods[p] for p in chosen), self.mood_names,
            tuple(self.names[p] for p in chosen), tuple(self.of[p] for p in chosen),
        )  # fmt: skip


@dataclass(frozen=True)
class ScriptWishes:
    """What is wanted of pages.

    Attributes:
        heading: scene heading that they begin with, such as "INT. LIGHTHOUSE - NIGHT"; "" to make one up.
        characters: names that may speak, in capitals; none to make them up.
        mood: place in `Scripts.mood_names`; None for any.
        pages: how many, of 55 lines as screenplays have them; below 1 a part of one.
        temperature: by which log-probabilities are divided.
    """

    heading: str = ""
    characters: tuple[str, ...] = ()
    mood: int | None = None
    pages: float = 1.0
    temperature: float = 1.0


class ScriptRequest(GenerateRequest):
    """What can be asked of pages of a script."""

    count: int = setting(1, "How many scripts to make", ge=1, le=1000)
    scene: str = setting("", "Scene heading to begin with, such as 'INT. LIGHTHOUSE - NIGHT'")
    character: tuple[str, ...] = setting((), "Name of who may speak; may be repeated")
    mood: str | None = setting(None, "Mood: dark, even or bright")
    pages: int = setting(1, "Pages of each, of 55 lines", ge=1, le=20)


class ScriptPages(Material[Scripts, ScriptWishes, Sequence[Script]]):
    """Pages of a screenplay, as Fountain."""

    makes: ClassVar[str] = "script"
    reads: ClassVar[tuple[str, ...]] = ("raw.scripts",)
    load: ClassVar[str] = "cinekit load scripts PATH..."
    least: ClassVar[int] = 3
    needs: ClassVar[tuple[str, ...]] = ("defusedxml",)
    request: ClassVar[type[GenerateRequest]] = ScriptRequest
    default: ClassVar[str] = "ngram"
    unit: ClassVar[str] = "bits per character"
    near: ClassVar[float] = 0.9
    key: ClassVar[tuple[str, bool]] = ("bits_per_character", True)
    headline: ClassVar[tuple[str, ...]] = (
        "bits_per_character", "valid_fountain", "kind_distance", "speech_lines", "distinct_2", "copied_runs",
        "near_copies",
    )  # fmt: skip
    shows: ClassVar[tuple[Shown, ...]] = (
        Shown(
            "Script pages",
            "SELECT sample, parse_filename(file) AS file, content, loss, nearest, distance FROM results.generations "
            "WHERE run IN (SELECT unnest($runs)) ORDER BY sample",
            columns=("sample", "file", "loss", "nearest", "distance"),
        ),
        Shown(
            "The first",
            "SELECT content FROM results.generations WHERE run IN (SELECT unnest($runs)) ORDER BY sample LIMIT 1",
        ),
    )

    def read(self, con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
        """Name, format and text of all scripts."""
        return con.execute("SELECT name, format, content FROM raw.scripts ORDER BY script_key").fetchall()

    def corpus(self, rows: Sequence[tuple[str, str, str]], request: GenerateRequest) -> Scripts:
        """All scripts in passages; of several versions of a script the longest.

        Raises:
            ModelError: they have fewer words than can be learnt from.
            SourceError: a Final Draft file is broken.
        """
        if not rows:
            return Scripts((), (), (), (), ())
        every = [elements_of(*row) for row in rows]
        kept = versions(every)
        words = sum(len(words_in(every[place])) for place in kept)
        if words < FEWEST_WORDS:
            raise ModelError(
                f"script: the scripts that are loaded have {words:,} words in all, and {FEWEST_WORDS:,} are needed to "
                f"learn from; load more, such as: {self.load}"
            )
        return _corpus([(rows[place][0], every[place]) for place in kept])

    def shapes(self, request: GenerateRequest) -> Mapping[str, Any]:
        """Whether moods can be told: TextBlob may be installed, or gone, since a fit."""
        return {"moods": polarity.known()}

    def parts(self, corpus: Scripts) -> Parts:
        """80, 10 and 10 % of the words.

        A script with at most 5 % of all words is in one part as a whole, by a hash of its name. A longer one is cut
        into three: its beginning is learnt from, what follows is for choices, its end judges.
        """
        words = np.array([len(words_in(script)) for script in corpus.scripts], dtype=np.float64)
        of = np.asarray(corpus.of)
        part: IntArray = np.empty(len(corpus), dtype=np.int64)
        for script in np.unique(of).tolist():
            own = np.flatnonzero(of == script)
            if words[own].sum() > _LARGE * words.sum():
                part[own] = _cut(words[own])
            else:
                digest = blake2b(corpus.names[own[0]].encode(), digest_size=8).digest()
                part[own] = np.searchsorted((_TRAIN, _TRAIN + _VALID), int.from_bytes(digest) / 2**64, side="right")
        if len(np.unique(part)) < 3:  # too few scripts for each part to have one
            part = _cut(words)
        return Parts(*(np.flatnonzero(part == number) for number in range(3)))

    def wishes(self, request: GenerateRequest, corpus: Scripts) -> ScriptWishes:
        """Heading, speakers, mood and length.

        Raises:
            UsageError: a heading or name that Fountain would not read as one, or moods cannot be told.
            UnknownNameError: there is no such mood.
        """
        own = _own(request)
        return ScriptWishes(
            _heading(own.scene), _speakers(own.character), _mood(own.mood, corpus), own.pages, own.temperature
        )

    def loss_in_unit(self, losses: Float64, corpus: Scripts) -> float:
        """Mean bits a character, each element counting one for its end."""
        return float(np.sum(losses) / np.log(2) / max(_characters(corpus.scripts).sum(), 1))

    def each_loss(self, losses: Float64, items: Sequence[Script]) -> Float64:
        """(n,) bits a character of each."""
        each: Float64 = losses / np.log(2) / np.maximum(_characters(items), 1)
        return each

    def as_corpus(self, items: Sequence[Script], like: Scripts) -> Scripts:
        """Samples as passages of scripts of their own, their moods not known."""
        moods = tuple((NOT_KNOWN,) * len(item) for item in items)
        numbers = tuple(str(number) for number in range(1, len(items) + 1))
        return Scripts(tuple(items), moods, like.mood_names, numbers, tuple(range(len(items))))

    def count(self, items: Sequence[Script]) -> int:
        """How many."""
        return len(items)

    def pick(self, items: Sequence[Script], places: IntArray) -> Sequence[Script]:
        """Some of them."""
        return [items[place] for place in np.asarray(places).tolist()]

    def join(self, several: Sequence[Sequence[Script]]) -> Sequence[Script]:
        """One after another."""
        return [item for items in several for item in items]

    def keys(self, items: Sequence[Script]) -> Sequence[str]:
        """(n,) the words in small letters."""
        return [" ".join(words_in(item)) for item in items]

    def nearest(self, items: Sequence[Script], corpus: Scripts) -> tuple[IntArray, Float64]:
        """(n,) the passage that most of each sample's runs of six words are in, and the share that are not."""
        return nearest_scripts(items, corpus.scripts)

    def rows(
        self, items: Sequence[Script], wishes: ScriptWishes, request: GenerateRequest, folder: Path, where: str
    ) -> Mapping[str, pl.DataFrame]:
        """Write page-001.fountain and so on."""
        del wishes, request
        width = max(3, len(str(len(items))))
        names = [f"page-{number:0{width}d}.fountain" for number in range(1, len(items) + 1)]
        texts = [write_fountain(item) for item in items]
        for name, text in zip(names, texts, strict=True):
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        return {"results.generations": sample_rows(len(items), texts, [f"{where}{name}" for name in names])}

    def wishes_to_judge(self, corpus: Scripts, temperature: float = 1.0) -> ScriptWishes:
        """A page of whatever the model makes up."""
        return ScriptWishes(temperature=temperature)

    def judge(self, items: Sequence[Script], corpus: Scripts, parts: Parts, seed: int) -> list[Measure]:
        """Validity, kinds of elements, length of speeches, variety, and runs of words that were learnt.

        Where held-out scripts have the number too, it follows with "held_out_" before its name.
        """
        del seed
        train, test = (corpus.select(part).scripts for part in (parts.train, parts.test))
        most = min(10_000, count_runs(items), count_runs(test))
        return [
            Measure("valid_fountain", valid_share(items)),
            Measure("kind_distance", kind_distance(items, test)),
            Measure("speech_lines", speech_lines(items)),
            Measure("held_out_speech_lines", speech_lines(test)),
            Measure("distinct_2", distinct(items, most=most)),
            Measure("held_out_distinct_2", distinct(test, most=most)),
            Measure("copied_runs", share_found(items, train)),
            Measure("held_out_copied_runs", share_found(test, train)),
        ]

    def how_many_to_judge(self, parts: Parts) -> int:
        """100 pages."""
        return 100


def _corpus(scripts: Sequence[tuple[str, Script]]) -> Scripts:
    """Scripts in passages, with the moods of their scenes."""
    cut = [(number, name, passages(script)) for number, (name, script) in enumerate(scripts)]
    each = [(number, name, runs, place) for number, name, runs in cut for place in range(len(runs))]
    moods = moods_of([scene for _, _, runs, place in each for scene in runs[place]])
    left = iter(moods or ())
    of_elements = []
    for _, _, runs, place in each:
        of_scenes = [(next(left, NOT_KNOWN), len(scene)) for scene in runs[place]]
        of_elements.append(tuple(mood for mood, length in of_scenes for _ in range(length)))
    return Scripts(
        tuple(tuple(element for scene in runs[place] for element in scene) for _, _, runs, place in each),
        tuple(of_elements),
        MOODS if moods else (),
        tuple(name if len(runs) == 1 else f"{name} {place + 1}" for _, name, runs, place in each),
        tuple(number for number, _, _, _ in each),
    )


def _cut(words: Float64) -> IntArray:
    """(n,) 0, 1 or 2 for passages one after another: learnt from, held out for choices, judged on."""
    middle = (np.cumsum(words) - words / 2) / max(words.sum(), 1)
    part: IntArray = np.searchsorted((_TRAIN, _TRAIN + _VALID), middle, side="right")
    if len(words) > 2 and len(np.unique(part)) < 3:
        part[:], part[-2:] = 0, (1, 2)
    return part


def _heading(scene: str) -> str:
    text = scene.strip()
    if not text:
        return ""
    read = parse_fountain(f"{text}\n\nA.\n")
    if [element.kind for element in read] != ["scene heading", "action"]:
        raise UsageError(
            f"--scene {text!r} is no scene heading; begin it with INT., EXT. or a full stop, such as "
            "'INT. LIGHTHOUSE - NIGHT'"
        )
    return read[0].text


def _speakers(names: Sequence[str]) -> tuple[str, ...]:
    speakers = []
    for name in names:
        speaker = speaker_of(name)
        page = (Element("character", speaker), Element("dialogue", "Yes."))
        read = parse_fountain(write_fountain(page))
        if not speaker or [(element.kind, element.text) for element in read] != [(e.kind, e.text) for e in page]:
            raise UsageError(f"--character {name!r} is no name that can stand above dialogue, such as RUTH")
        speakers.append(speaker)
    return tuple(dict.fromkeys(speakers))


def _mood(name: str | None, corpus: Scripts) -> int | None:
    if name is None:
        return None
    if name.lower() not in MOODS:
        raise UnknownNameError("mood", name, MOODS, hint=f"there are {', '.join(MOODS)}")
    if not corpus.mood_names:
        raise UsageError(
            "--mood needs English scenes whose moods TextBlob can tell: pip install 'cinekit[analyze]', or leave it out"
        )
    return corpus.mood_names.index(name.lower())


def _characters(scripts: Sequence[Script]) -> Float64:
    return np.array([sum(len(element.text) + 1 for element in script) for script in scripts], dtype=np.float64)


def _own(request: GenerateRequest) -> ScriptRequest:
    if not isinstance(request, ScriptRequest):
        raise TypeError(f"a ScriptRequest is wanted, not {type(request).__name__}")
    return request

"""Music for several voices: what it is learnt from, and how it is written and judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from toolkit.analyzer import Shown
from toolkit.errors import UsageError
from toolkit.materials.material import GenerateRequest, Material, Measure, Parts, sample_rows
from toolkit.model import setting

if TYPE_CHECKING:
    import duckdb
    import polars as pl
    from numpy.typing import NDArray

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64

LOWEST, KEYS = 21, 88  # MIDI number of a piano's lowest key, and how many keys it has
SILENT = -1
BEATS_IN_BAR = 4
# Shares of the pieces that are held out to judge a model, and for that and choices together.
_TEST, _ELSE = 0.1, 0.2
_PARTS = ("train", "valid", "test")
_TEMPO = 100.0  # of files, where no piece says


@dataclass(frozen=True)
class Pieces:
    """Pieces as chords on a grid of time.

    Attributes:
        chords: (n,) arrays (n_steps, n_voices) int16 of MIDI pitches from 21 to 108, the highest first, no pitch twice
            in a step, silent voices (-1) last. All pieces have the same number of voices.
        held: (n,) arrays (n_steps, n_voices) bool: the pitch goes on from the step before, and is not struck anew.
        steps_per_beat: steps of the grid in a quarter note.
        voices: how many pitches at once there can be.
        tempos: (n,) quarter notes a minute; NaN where it is not known.
        fixed: (n,) part of the data that the file puts a piece into: "train", "valid", "test", or "".
        names: (n,) what the pieces are called.
    """

    chords: tuple[NDArray[np.int16], ...]
    held: tuple[NDArray[np.bool_], ...]
    steps_per_beat: int
    voices: int
    tempos: tuple[float, ...]
    fixed: tuple[str, ...]
    names: Sequence[str]

    def __len__(self) -> int:
        """How many pieces."""
        return len(self.chords)

    def select(self, places: IntArray) -> Pieces:
        """The pieces at `places`, (n,) in any order."""
        chosen = np.asarray(places).tolist()
        return Pieces(
            tuple(self.chords[p] for p in chosen), tuple(self.held[p] for p in chosen), self.steps_per_beat,
            self.voices, tuple(self.tempos[p] for p in chosen), tuple(self.fixed[p] for p in chosen),
            tuple(self.names[p] for p in chosen),
        )  # fmt: skip


@dataclass(frozen=True)
class MusicWishes:
    """What is wanted of pieces.

    Attributes:
        bars: how long, in bars of four quarter notes.
        between: two pieces, to interpolate between them from the first to the second; None otherwise.
        vary: one piece, to make variations of; None otherwise.
        temperature: by which log-probabilities are divided.
        tempo: quarter notes a minute, in the files.
        instruments: General MIDI numbers, counted from 0, of the voices from the highest on; the last goes on.
    """

    bars: int = 16
    between: Pieces | None = None
    vary: Pieces | None = None
    temperature: float = 1.0
    tempo: float = _TEMPO
    instruments: tuple[int, ...] = (0,)


class MusicRequest(GenerateRequest):
    """What can be asked of pieces of music."""

    count: int = setting(1, "How many pieces to make", ge=1, le=1000)
    bars: int = setting(16, "Bars of each, of four quarter notes", ge=1, le=256)
    interpolate: tuple[str, str] | None = setting(
        None, "Two pieces to go from and to, MIDI files or loaded ones by name; of models that can interpolate"
    )
    vary: str | None = setting(None, "A piece to make variations of, a MIDI file or a loaded one by name")
    tempo: float | None = setting(
        None, "Quarter notes a minute; the median of the pieces that are loaded unless given", ge=10, le=400
    )
    instrument: tuple[str, ...] = setting(
        (), "Of each voice from the highest on, such as flute, or a General MIDI number from 0; may be repeated"
    )


class Music(Material[Pieces, MusicWishes, Pieces]):
    """Pieces of music for several voices, as MIDI files."""

    makes: ClassVar[str] = "music"
    reads: ClassVar[tuple[str, ...]] = ("raw.pieces", "raw.notes")
    load: ClassVar[str] = "cinekit load music PATH..."
    least: ClassVar[int] = 5
    needs: ClassVar[tuple[str, ...]] = ("mido",)
    request: ClassVar[type[GenerateRequest]] = MusicRequest
    default: ClassVar[str] = "gru"
    unit: ClassVar[str] = "nats per step"
    near: ClassVar[float] = 0.5
    key: ClassVar[tuple[str, bool]] = ("nats_per_step", True)
    headline: ClassVar[tuple[str, ...]] = (
        "nats_per_step", "pitch_class_overlap", "in_scale", "empty_beats", "polyphony", "near_copies",
    )  # fmt: skip
    shows: ClassVar[tuple[Shown, ...]] = (
        Shown(
            "Music",
            "SELECT sample, parse_filename(file) AS file, wish, loss, nearest, distance FROM results.generations "
            "WHERE run IN (SELECT unnest($runs)) ORDER BY sample",
        ),
    )

    def read(self, con: duckdb.DuckDBPyConnection) -> tuple[pl.DataFrame, pl.DataFrame]:
        """All pieces, and their notes."""
        from toolkit.materials.music_reading import read

        return read(con)

    def corpus(self, rows: tuple[pl.DataFrame, pl.DataFrame], request: GenerateRequest) -> Pieces:
        """All pieces, on the coarsest grid of 1, 2 or 4 steps in a quarter note that nearly all notes fit on."""
        from toolkit.materials.music_reading import loaded_pieces

        return loaded_pieces(*rows)

    def parts(self, corpus: Pieces) -> Parts:
        """The parts that files put pieces into; of others 80, 10 and 10 % by a hash of their chords in any key."""
        from toolkit.materials.music_measures import moves

        digests = [blake2b(moves(chords).tobytes(), digest_size=8).digest() for chords in corpus.chords]
        share = np.array([int.from_bytes(digest) / 2**64 for digest in digests])
        fixed = np.array(corpus.fixed, dtype=np.str_)
        part = np.where(fixed != "", fixed, np.where(share < _TEST, "test", np.where(share < _ELSE, "valid", "train")))
        if len(np.unique(part)) < len(_PARTS):  # too few for chance to fill each part, or a file that names one alone
            order, few = np.argsort(share, kind="stable"), max(1, round(_TEST * len(corpus)))
            part[order], part[order[:few]], part[order[-few:]] = "train", "test", "valid"
        return Parts(*(np.flatnonzero(part == name) for name in _PARTS))

    def wishes(self, request: GenerateRequest, corpus: Pieces) -> MusicWishes:
        """Length, pieces to be near to, tempo and instruments.

        Raises:
            UsageError: pieces to go between, and one to vary.
            UnknownNameError: there is no such piece or instrument.
            SourceError: mido is not installed, or a file of a piece is broken.
        """
        from toolkit.materials.music_files import instrument
        from toolkit.materials.music_reading import piece_named
        from warehouse.sources.midi import check_mido

        own = _own(request)
        check_mido()
        if own.interpolate and own.vary:
            raise UsageError("--interpolate and --vary exclude each other; leave one out")
        between = None
        if own.interpolate:
            between = _joined([piece_named(name, corpus) for name in own.interpolate])
        vary = piece_named(own.vary, corpus) if own.vary else None
        return MusicWishes(
            own.bars, between, vary, own.temperature, _tempo(corpus) if own.tempo is None else own.tempo,
            tuple(map(instrument, own.instrument)) or (0,),
        )  # fmt: skip

    def guided(self, wishes: MusicWishes) -> bool:
        """Whether they are to be between two pieces, or variations of one."""
        return wishes.between is not None or wishes.vary is not None

    def loss_in_unit(self, losses: Float64, corpus: Pieces) -> float:
        """Nats over steps of the grid, of all pieces together."""
        return float(np.sum(losses) / max(_steps(corpus).sum(), 1))

    def each_loss(self, losses: Float64, items: Pieces) -> Float64:
        """(n,) nats over steps of each piece."""
        each: Float64 = losses / np.maximum(_steps(items), 1)
        return each

    def as_corpus(self, items: Pieces, like: Pieces) -> Pieces:
        """Samples are a corpus already."""
        return items

    def count(self, items: Pieces) -> int:
        """How many."""
        return len(items)

    def pick(self, items: Pieces, places: IntArray) -> Pieces:
        """Some of them."""
        return items.select(places)

    def join(self, several: Sequence[Pieces]) -> Pieces:
        """One after another."""
        return _joined(several)

    def keys(self, items: Pieces) -> Sequence[str]:
        """(n,) a hash of what sounds; "" of silence."""
        return [
            blake2b(chords.tobytes() + held.tobytes(), digest_size=16).hexdigest() if (chords != SILENT).any() else ""
            for chords, held in zip(items.chords, items.held, strict=True)
        ]

    def nearest(self, items: Pieces, corpus: Pieces) -> tuple[IntArray, Float64]:
        """(n,) the piece that most runs of four quarter notes of each are in, in any key, and the share that is not."""
        from toolkit.materials.music_measures import nearest_pieces

        return nearest_pieces(items.chords, corpus.chords, corpus.steps_per_beat)

    def rows(
        self, items: Pieces, wishes: MusicWishes, request: GenerateRequest, folder: Path, where: str
    ) -> Mapping[str, pl.DataFrame]:
        """Write piece-001.mid and so on."""
        from toolkit.materials.music_files import write_midi

        width = max(3, len(str(len(items))))
        names = [f"piece-{number:0{width}d}.mid" for number in range(1, len(items) + 1)]
        for name, chords, held in zip(names, items.chords, items.held, strict=True):
            write_midi(chords, held, items.steps_per_beat, wishes.tempo, wishes.instruments, folder / name)
        wish = items.names if self.guided(wishes) else None
        return {"results.generations": sample_rows(len(items), file=[f"{where}{name}" for name in names], wish=wish)}

    def wishes_to_judge(self, corpus: Pieces, temperature: float) -> MusicWishes:
        """16 bars of whatever the model makes up."""
        return MusicWishes(temperature=temperature)

    def judge(self, items: Pieces, corpus: Pieces, parts: Parts, seed: int) -> list[Measure]:
        """Pitch classes, scale, silence, number of voices, and runs that were learnt.

        Where held-out pieces have the number too, it follows with "held_out_" before its name.
        """
        from toolkit.materials import music_measures as measures

        del seed
        train, test = corpus.select(parts.train), corpus.select(parts.test)
        grid = corpus.steps_per_beat
        found, classes = [], measures.pitch_classes(test.chords)
        # Held-out pieces are not compared with themselves, but with those that were learnt from.
        for start, some, others in (("", items, items), ("held_out_", test, train)):
            _, apart = self.nearest(some, train)
            found += [
                Measure(
                    f"{start}pitch_class_overlap", measures.overlap(measures.pitch_classes(others.chords), classes)
                ),
                Measure(f"{start}in_scale", measures.in_scale(some.chords)),
                Measure(f"{start}empty_beats", measures.empty_beats(some.chords, grid)),
                Measure(f"{start}polyphony", measures.polyphony(some.chords)),
                Measure(f"{start}nearest", float(np.median(apart))),
            ]
        return found

    def how_many_to_judge(self, parts: Parts) -> int:
        """200 pieces."""
        return 200


def _joined(several: Sequence[Pieces]) -> Pieces:
    return Pieces(
        tuple(chords for items in several for chords in items.chords),
        tuple(held for items in several for held in items.held),
        several[0].steps_per_beat, several[0].voices,
        tuple(tempo for items in several for tempo in items.tempos),
        tuple(part for items in several for part in items.fixed),
        tuple(name for items in several for name in items.names),
    )  # fmt: skip


def _steps(pieces: Pieces) -> Float64:
    return np.array([len(chords) for chords in pieces.chords], dtype=np.float64)


def _tempo(corpus: Pieces) -> float:
    """The median tempo of pieces that have one."""
    known = [tempo for tempo in corpus.tempos if np.isfinite(tempo)]
    return float(np.median(known)) if known else _TEMPO


def _own(request: GenerateRequest) -> MusicRequest:
    if not isinstance(request, MusicRequest):
        raise TypeError(f"a MusicRequest is wanted, not {type(request).__name__}")
    return request

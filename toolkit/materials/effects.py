"""Effects images: what they are learnt from, and how they are written and judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from toolkit.analyzer import Shown
from toolkit.errors import UsageError
from toolkit.materials.effects_files import square, straight, write_loop, write_picture, write_sheet
from toolkit.materials.image_measures import distances, judged
from toolkit.materials.material import GenerateRequest, Material, Measure, Parts, sample_rows
from toolkit.model import setting

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.interactions import FloatArray, IntArray
    from toolkit.metrics import Float64

# Shares of the images that are held out to judge a model, and to choose when it stops learning. A Fréchet distance
# between few images is mostly chance, so that more are held out here than of other materials.
_TEST, _VALID = 0.2, 0.1
# Sequences that there must be, for whole ones to be held out.
_ENOUGH_SEQUENCES = 10
_LOWEST_ALPHA = 1 / 255

# Sequences of two loads are two, though they have one name.
_IMAGES = """
    SELECT name, dense_rank() OVER (ORDER BY load, sequence) AS sequence, frame, content
    FROM raw.images ORDER BY image_key
"""


@dataclass(frozen=True)
class Images:
    """Square images with transparency.

    Attributes:
        pixels: (n, size, size, 4) float32 from 0 to 1: red, green and blue, each times alpha, and alpha.
        sequences: (n,) number of the sequence that each is a frame of.
        frames: (n,) its place in the sequence, from 0 to 1: 0 the first, 1 the last; 0 of one alone.
        names: (n,) what the images are called.
    """

    pixels: FloatArray
    sequences: IntArray
    frames: FloatArray
    names: Sequence[str]

    def __len__(self) -> int:
        """How many images."""
        return len(self.pixels)

    def select(self, places: IntArray) -> Images:
        """The images at `places`, (n,) in any order."""
        places = np.asarray(places)
        chosen = tuple(self.names[p] for p in places.tolist())
        return Images(self.pixels[places], self.sequences[places], self.frames[places], chosen)


@dataclass(frozen=True)
class EffectsWishes:
    """What is wanted of images.

    Attributes:
        frames: images in a sequence; 1 for images alone. The last leads back to the first.
        temperature: spread of the noise that images are made of, against that in training.
    """

    frames: int = 1
    temperature: float = 1.0


class EffectsRequest(GenerateRequest):
    """What can be asked of effects."""

    size: int = setting(
        32, "Pixels a side that images are learnt and made in: 32, 48 or 64", ge=32, le=64, multiple_of=16
    )
    frames: int = setting(
        1, "Images in a sequence that loops, written as APNG and GIF; 1 for still images", ge=1, le=64
    )
    sheet: bool = setting(False, "Write sheet.png too, with the samples side by side")
    scale: int = setting(1, "Pixels of a file to one that was made, each way", ge=1, le=16)


class Effects(Material[Images, EffectsWishes, Images]):
    """Sprites with transparency: explosions, sparks, smoke, flares."""

    makes: ClassVar[str] = "effects"
    reads: ClassVar[tuple[str, ...]] = ("raw.images",)
    load: ClassVar[str] = "cinekit load images FOLDER"
    least: ClassVar[int] = 20
    needs: ClassVar[tuple[str, ...]] = ("PIL",)
    request: ClassVar[type[GenerateRequest]] = EffectsRequest
    default: ClassVar[str] = "vae"
    unit: ClassVar[str] = "bits per dimension"
    near: ClassVar[float] = 0.1
    key: ClassVar[tuple[str, bool]] = ("frechet", True)
    headline: ClassVar[tuple[str, ...]] = (
        "frechet", "frechet_floor", "frechet_ceiling", "frechet_position", "precision", "recall", "nearest",
    )  # fmt: skip
    shows: ClassVar[tuple[Shown, ...]] = (
        Shown(
            "Effects",
            "SELECT sample, parse_filename(file) AS file, loss, nearest, distance FROM results.generations "
            "WHERE run IN (SELECT unnest($runs)) ORDER BY sample",
        ),
    )

    def read(self, con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        """All images, as their files are."""
        found: pl.DataFrame = con.sql(_IMAGES).pl()
        return found

    def corpus(self, rows: pl.DataFrame, request: GenerateRequest) -> Images:
        """All images, fitted into squares of the size that is asked for.

        Raises SourceError where one is no PNG file, or too large to be decoded.
        """
        size = _own(request).size
        pixels = np.zeros((len(rows), size, size, 4), dtype=np.float32)
        for place, (name, content) in enumerate(rows.select("name", "content").iter_rows()):
            pixels[place] = square(content, size, name)
        _, sequences = np.unique(rows["sequence"].to_numpy(), return_inverse=True)
        frames = places_in_sequence(sequences, rows["frame"].to_numpy())
        return Images(pixels, sequences, frames, tuple(rows["name"].to_list()))

    def shapes(self, request: GenerateRequest) -> Mapping[str, Any]:
        """The size: each is another corpus."""
        return {"size": _own(request).size}

    def parts(self, corpus: Images) -> Parts:
        """70, 10 and 20 % of the images, in an order of their sequences that a hash decides.

        All frames of a sequence are in one part, as they look alike. Where there are fewer than 10 sequences, each
        image is one by itself. Where their lengths differ so much that a part would have none, or that more would be
        held out than learnt from, the shortest are held out. What looks the same as an image that is learnt from, such
        as the blank frame that many sequences end with, is learnt from too.
        """
        groups = corpus.sequences
        if len(np.unique(groups)) < _ENOUGH_SEQUENCES:
            groups = np.arange(len(corpus))
        _, first, group, counts = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
        digests = [blake2b(corpus.names[p].encode(), digest_size=8).digest() for p in first.tolist()]
        names = [corpus.names[place] for place in first.tolist()]
        order = np.array(sorted(range(len(first)), key=lambda g: (digests[g], names[g])), dtype=np.int64)
        part = _placed(order, counts)
        held = np.bincount(part, counts, minlength=3)
        if not held.all() or held.argmax() != 0:
            part = _placed(order[np.argsort(counts[order], kind="stable")], np.ones(len(order), dtype=np.int64))
        of_image = _together(part[group], corpus)
        return Parts(*(np.flatnonzero(of_image == number) for number in range(3)))

    def wishes(self, request: GenerateRequest, corpus: Images) -> EffectsWishes:
        """Frames and temperature.

        Raises UsageError where sequences are wanted, and no two images are frames of one.
        """
        own = _own(request)
        if own.frames > 1 and not corpus.frames.any():
            raise UsageError(
                "--frames needs numbered sequences to learn from, such as spark0.png and spark1.png, and none is "
                "loaded; load some, or leave it out"
            )
        return EffectsWishes(own.frames, own.temperature)

    def loss_in_unit(self, losses: Float64, corpus: Images) -> float:
        """Mean bits for each of the size * size * 4 values of 256 levels."""
        return float(np.mean(losses)) / _nats_per_bit(corpus)

    def each_loss(self, losses: Float64, items: Images) -> Float64:
        """(n,) bits per dimension, of a sequence the mean of its frames'."""
        per_image = np.asarray(losses, dtype=np.float64) / _nats_per_bit(items)
        _, group, counts = np.unique(items.sequences, return_inverse=True, return_counts=True)
        return np.bincount(group, per_image) / counts

    def as_corpus(self, items: Images, like: Images) -> Images:
        """Samples are a corpus already."""
        return items

    def count(self, items: Images) -> int:
        """How many images alone, or sequences."""
        return len(np.unique(items.sequences))

    def pick(self, items: Images, places: IntArray) -> Images:
        """Some sequences, numbered anew in the order of the places."""
        runs = _runs(items)
        chosen = [runs[p] for p in np.asarray(places).tolist()]
        found = items.select(np.concatenate([*chosen, np.arange(0)]))
        return Images(found.pixels, _numbered([len(run) for run in chosen]), found.frames, found.names)

    def join(self, several: Sequence[Images]) -> Images:
        """Sequence after sequence, numbered anew."""
        lengths = [len(run) for items in several for run in _runs(items)]
        return Images(
            np.concatenate([items.pixels for items in several]),
            _numbered(lengths),
            np.concatenate([items.frames for items in several]),
            tuple(name for items in several for name in items.names),
        )

    def keys(self, items: Images) -> Sequence[str]:
        """(n,) a hash of the pixels as a file has them; "" where nothing can be seen."""
        bytes_ = straight(items.pixels)
        seen = np.asarray(bytes_[..., 3].any(axis=(1, 2)))
        return [
            blake2b(bytes_[run].tobytes(), digest_size=16).hexdigest() if seen[run].any() else ""
            for run in _runs(items)
        ]

    def nearest(self, items: Images, corpus: Images) -> tuple[IntArray, Float64]:
        """(n,) the nearest image, turned or mirrored, and the distance; of a sequence that of its nearest frame.

        The distance is the root mean square difference of premultiplied values, over the root of the sum of both
        images' mean squares: 0 for the same, 1 where no pixel is seen in both, and independent of how much is seen.
        """
        places, distance = distances(items.pixels, corpus.pixels)
        best = [run[np.argmin(distance[run])] for run in _runs(items)]
        chosen = np.asarray(best, dtype=int)
        return places[chosen], distance[chosen]

    def rows(
        self, items: Images, wishes: EffectsWishes, request: GenerateRequest, folder: Path, where: str
    ) -> Mapping[str, pl.DataFrame]:
        """Write effect-001.png and so on; of sequences an animated PNG and a GIF each; and sheet.png if wished."""
        own = _own(request)
        bytes_ = straight(items.pixels)
        runs = _runs(items)
        width = max(3, len(str(len(runs))))
        names = [f"effect-{number:0{width}d}" for number in range(1, len(runs) + 1)]
        for name, run in zip(names, runs, strict=True):
            if wishes.frames > 1:
                write_loop(bytes_[run], folder / name, own.scale)
            else:
                write_picture(bytes_[run[0]], folder / f"{name}.png", own.scale)
        if own.sheet and runs:
            write_sheet(bytes_, folder / "sheet.png", wishes.frames if wishes.frames > 1 else None, own.scale)
        return {"results.generations": sample_rows(len(runs), file=[f"{where}{name}.png" for name in names])}

    def wishes_to_judge(self, corpus: Images, temperature: float) -> EffectsWishes:
        """Images alone, since those that are held out are judged one by one."""
        return EffectsWishes(temperature=temperature)

    def judge(self, items: Images, corpus: Images, parts: Parts, seed: int) -> list[Measure]:
        """Fréchet distance between its floor and its ceiling, precision, recall, and distance to what was learnt."""
        train = corpus.select(parts.train)
        values = judged(items.pixels, train.pixels, corpus.pixels[parts.test], seed)
        _, distance = self.nearest(items, train)
        return [Measure(metric, value) for metric, value in values.items()] + [
            Measure("nearest", float(np.median(distance)))
        ]


def cleaned(pixels: FloatArray, opaque: bool) -> FloatArray:
    """What a network made, (n, size, size, 4), as premultiplied values that an image can have.

    Alpha and colours are cut off at 0 and 1, no colour is above its alpha, and where alpha is below 1 / 255 all is 0.
    With `opaque`, alpha is 1 everywhere, as where no image that was learnt from has any transparency.
    """
    alpha = np.ones_like(pixels[..., 3:]) if opaque else np.clip(pixels[..., 3:], 0, 1)
    whole = np.concatenate([np.clip(pixels[..., :3], 0, alpha), alpha], axis=-1).astype(np.float32)
    whole[alpha[..., 0] < _LOWEST_ALPHA] = 0
    return whole


def places_in_sequence(sequences: IntArray, numbers: IntArray) -> FloatArray:
    """(n,) float32, the rank of each frame in its sequence by its number, from 0 the first to 1 the last; 0 alone."""
    order = np.lexsort((numbers, sequences))
    _, start, counts = np.unique(sequences[order], return_index=True, return_counts=True)
    ranks = np.empty(len(sequences), dtype=np.float32)
    ranks[order] = np.arange(len(sequences)) - np.repeat(start, counts)
    last = np.maximum(counts - 1, 1)[np.searchsorted(sequences[order][start], sequences)]
    places: FloatArray = np.asarray(ranks / last.astype(np.float32), dtype=np.float32)
    return places


def _placed(order: IntArray, counts: IntArray) -> IntArray:
    """(n,) part of each sequence by where its middle lies among all images: 0 learnt from, 1 for choices, 2 judged on.

    Args:
        order: (n,) the sequences as they follow each other.
        counts: (n,) images of each.
    """
    part = np.empty(len(order), dtype=np.int64)
    middle = (np.cumsum(counts[order]) - counts[order] / 2) / max(counts.sum(), 1)
    part[order] = 2 - np.searchsorted((_TEST, _TEST + _VALID), middle, side="right")
    return part


def _together(part: IntArray, corpus: Images) -> IntArray:
    """(n,) parts of images, those that look the same in one: where one is learnt from, all are."""
    digests = [blake2b(pixels.tobytes(), digest_size=16).digest() for pixels in corpus.pixels]
    _, same = np.unique(np.array(digests, dtype="S16"), return_inverse=True)
    first = np.full(len(digests), len(part))
    np.minimum.at(first, same, part)
    return first[same]


def _own(request: GenerateRequest) -> EffectsRequest:
    if not isinstance(request, EffectsRequest):
        raise UsageError(f"effects want an EffectsRequest, not a {type(request).__name__}")
    return request


def _nats_per_bit(images: Images) -> float:
    """Nats of an image that are one bit for each of its values."""
    return float(np.log(2) * np.prod(images.pixels.shape[1:]))


def _runs(items: Images) -> list[IntArray]:
    """Places of each sequence's images; of samples they lie one after another."""
    if not len(items):
        return []
    return list(np.split(np.arange(len(items)), np.flatnonzero(np.diff(items.sequences)) + 1))


def _numbered(lengths: list[int]) -> IntArray:
    return np.repeat(np.arange(len(lengths)), lengths)

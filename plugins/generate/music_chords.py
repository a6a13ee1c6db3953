"""Chords as tokens, voice after voice: stretches of pieces, their likelihood, and draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.generate.sequence_buckets import bucket_lengths
from toolkit.materials.music import BEATS_IN_BAR, KEYS, LOWEST, SILENT, Pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64

# A token is 0 for silence, or a key of the piano counted from 1; before the first step of a piece all voices are
# BEGIN, and after its last they are BEYOND.
TOKENS, BEGIN, BEYOND = KEYS + 1, KEYS + 1, KEYS + 2
INPUTS = KEYS + 3
# Steps of a stretch; what is longer is cut, and each stretch begins with the chord before it.
_LONGEST, _BUCKETS = 256, 3
# Semitones down and up that pieces are moved by while learning.
DOWN, UP = 3, 3
_BARRED = -1e9


@dataclass(frozen=True)
class Stretches:
    """Pieces cut into stretches, in buckets of one length each.

    Attributes:
        buckets: of each bucket "before" (n, V), the chord before the first step; "chords" (n, length, V), tokens,
            BEYOND after the end; "held" (n, length, V) bool; "down" and "up" (n,), semitones that the stretch can be
            moved by.
        pieces: (n_stretches,) which piece each is of, bucket after bucket.
    """

    buckets: list[dict[str, NDArray[Any]]]
    pieces: IntArray

    def of_pieces(self, losses: NDArray[Any], n: int) -> Float64:
        """(n,) sums of the losses of stretches over pieces."""
        sums: Float64 = np.bincount(self.pieces, losses, minlength=n).astype(np.float64)
        return sums


def stretches(pieces: Pieces, lengths: Sequence[int] = ()) -> Stretches:
    """Cut pieces into stretches of whole bars, 256 steps at most.

    Args:
        pieces: the pieces.
        lengths: lengths of buckets, ascending; where there are none, those that fill up least are found.
    """
    bar = BEATS_IN_BAR * pieces.steps_per_beat
    longest = _LONGEST // bar * bar
    cut = [(p, start) for p, chords in enumerate(pieces.chords) for start in range(0, max(len(chords), 1), longest)]
    sizes = np.array([min(len(pieces.chords[p]) - start, longest) for p, start in cut], dtype=np.int64)
    sizes = np.maximum(-(-sizes // bar) * bar, bar)
    if not len(lengths):
        lengths = bucket_lengths(sizes, _BUCKETS) if len(sizes) else [bar]
    limits = np.unique([*lengths, max(lengths[-1], int(sizes.max(initial=0)))])
    which = np.searchsorted(limits, sizes)
    buckets, order = [], []
    for place, length in enumerate(limits.tolist()):
        chosen = np.flatnonzero(which == place)
        if chosen.size:
            buckets.append(_bucket(pieces, [cut[c] for c in chosen.tolist()], length))
            order.append(chosen)
    owners = np.array([p for p, _ in cut], dtype=np.int64)
    return Stretches(buckets, owners[np.concatenate([*order, np.arange(0)])])


def tokens_of(chords: NDArray[np.int16]) -> NDArray[np.int32]:
    """Pitches as tokens."""
    return np.where(chords == SILENT, 0, chords.astype(np.int32) - LOWEST + 1)


def chords_of(tokens: NDArray[Any]) -> NDArray[np.int16]:
    """Tokens as pitches."""
    return np.where(tokens == 0, SILENT, tokens + LOWEST - 1).astype(np.int16)


def pieces_of(tokens: NDArray[Any], held: NDArray[Any], steps_per_beat: int, names: Sequence[str]) -> Pieces:
    """Drawn (n, length, V) tokens as pieces."""
    n, _, voices = tokens.shape
    return Pieces(
        tuple(chords_of(tokens)), tuple(np.asarray(held, dtype=np.bool_)), steps_per_beat, voices, (np.nan,) * n,
        ("",) * n, tuple(names),
    )  # fmt: skip


def moved(batch: Mapping[str, Any], key: Any, progress: Any) -> tuple[Any, Any]:
    """The chord before and the chords, while learning each stretch moved by some semitones that it can be moved by."""
    jax = import_module("jax")
    numpy = jax.numpy
    low, high = -batch["down"], batch["up"]
    by = low + numpy.floor(jax.random.uniform(key, low.shape) * (high - low + 1)).astype(low.dtype)
    by = numpy.where(progress < 1, by, 0)

    def move(tokens: Any, by: Any) -> Any:
        return numpy.where((tokens > 0) & (tokens <= KEYS), tokens + by, tokens)

    return move(batch["before"], by[:, None]), move(batch["chords"], by[:, None, None])


def previous(before: Any, chords: Any) -> Any:
    """(n, length, V) the chord before each step."""
    return import_module("jax").numpy.concatenate([before[:, None], chords[:, :-1]], axis=1)


def held_before(held: Any) -> Any:
    """(n, length, V) float: which pitches of the chord before each step are held; none before the first."""
    numpy = import_module("jax").numpy
    return numpy.concatenate([numpy.zeros_like(held[:, :1]), held[:, :-1]], axis=1).astype("float32")


def chord_losses(logits: Any, held_logits: Any, chords: Any, held: Any, earlier: Any) -> Any:
    """(n, length) negative log-likelihood of the set of pitches of each step in nats, and of which are held.

    A voice has a lower pitch than the one above it, or is silent, and below a silent voice all are. So each set is
    one sequence of tokens, and the product of their probabilities is that of the set. A pitch can only be held that
    the step before has too.

    Args:
        logits: (n, length, V, 89) of each voice, given the voices above it.
        held_logits: (n, length, V, 89) of whether the pitch is held; None where no piece holds any: that costs nothing.
        chords: (n, length, V) tokens; steps with BEYOND cost nothing.
        held: (n, length, V) which of them are held.
        earlier: (n, length, V) the chord before each step.
    """
    jax = import_module("jax")
    numpy = jax.numpy
    real = chords < BEGIN
    picked = numpy.where(real, chords, 0)
    above = numpy.concatenate([numpy.full_like(picked[..., :1], BEGIN), picked[..., :-1]], axis=-1)
    logarithms = jax.nn.log_softmax(barred(logits, above))
    losses = -numpy.take_along_axis(logarithms, picked[..., None], axis=-1)[..., 0]
    if held_logits is not None:
        chosen = numpy.take_along_axis(held_logits, picked[..., None], axis=-1)[..., 0]
        unsure = jax.nn.softplus(numpy.where(held, -chosen, chosen))
        losses = losses + numpy.where(can_be_held(picked, earlier), unsure, 0)
    return numpy.where(real, losses, 0).sum(axis=-1)


def barred(logits: Any, above: Any) -> Any:
    """Logits (…, 89) without what a voice cannot have below the voice above, whose token is (…)."""
    numpy = import_module("jax").numpy
    every = numpy.arange(TOKENS)
    return numpy.where((every == 0) | (every < above[..., None]), logits, _BARRED)


def can_be_held(chords: Any, earlier: Any) -> Any:
    """(…, V) whether a pitch of (…, V) chords is one of the (…, V) chord before it."""
    return (chords[..., :, None] == earlier[..., None, :]).any(axis=-1) & (chords > 0)


def drawn(logits: Any, above: Any, key: Any, temperature: Any) -> Any:
    """A token each, drawn from logits (…, 89) that are divided by the temperature."""
    jax = import_module("jax")
    noise = temperature * jax.random.gumbel(key, logits.shape)
    return jax.numpy.argmax(barred(logits, above) + noise, axis=-1)


def held_drawn(logits: Any, chords: Any, earlier: Any, key: Any, temperature: Any) -> Any:
    """(n, V) whether the pitches of (n, V) chords are held, drawn from their logits (n, V)."""
    jax = import_module("jax")
    noise = temperature * jax.random.logistic(key, logits.shape)
    return (logits + noise > 0) & can_be_held(chords, earlier)


def _bucket(pieces: Pieces, cut: Sequence[tuple[int, int]], length: int) -> dict[str, NDArray[Any]]:
    voices = pieces.voices
    bar = BEATS_IN_BAR * pieces.steps_per_beat
    before = np.full((len(cut), voices), BEGIN, dtype=np.int32)
    chords = np.full((len(cut), length, voices), BEYOND, dtype=np.int32)
    held = np.zeros((len(cut), length, voices), dtype=np.bool_)
    for row, (piece, start) in enumerate(cut):
        some = tokens_of(pieces.chords[piece][start : start + min(length, _LONGEST // bar * bar)])
        chords[row, : len(some)] = some
        held[row, : len(some)] = pieces.held[piece][start : start + len(some)]
        if start:
            before[row] = tokens_of(pieces.chords[piece][start - 1])
    sounding = np.concatenate([before[:, None], chords], axis=1).reshape(len(cut), -1)
    heard = (sounding > 0) & (sounding <= KEYS)
    lowest = np.where(heard, sounding, KEYS).min(axis=1)
    highest = np.where(heard, sounding, 1).max(axis=1)
    return {
        "before": before, "chords": chords, "held": held,
        "down": np.minimum(lowest - 1, DOWN).astype(np.int32), "up": np.minimum(KEYS - highest, UP).astype(np.int32),
    }  # fmt: skip

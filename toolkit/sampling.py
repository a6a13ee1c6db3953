"""Drawing samples that are no copies: what is empty, repeated, or too near to what was learnt from is drawn again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import ModelError
from toolkit.isolation import blamed

if TYPE_CHECKING:
    from toolkit.generator import Generator
    from toolkit.interactions import IntArray
    from toolkit.materials.material import Material
    from toolkit.metrics import Float64

MOST_ROUNDS = 20
# In later rounds, as models that copy much need more than a few for one that can be kept.
LEAST_DRAWN = 16


@dataclass(frozen=True)
class Drawn:
    """Samples that are kept, and how many were not.

    Attributes:
        items: the samples, as the model gave them.
        nearest: (n,) place of the nearest item that was learnt from.
        distances: (n,) distance to it, from 0 to 1.
        drawn: samples that were drawn and looked at, until there were enough.
        verbatim: of them, those at distance 0.
        near_copies: of them, those nearer than `near`, verbatim ones left out.
        repeated: of them, those that were drawn before, or are empty.
    """

    items: Any
    nearest: IntArray
    distances: Float64
    drawn: int
    verbatim: int
    near_copies: int
    repeated: int

    @property
    def rejected(self) -> str:
        """How many were rejected and why, in words."""
        reasons = {
            "verbatim copies": self.verbatim,
            "near copies": self.near_copies,
            "repeated or empty": self.repeated,
        }
        return ", ".join(f"{count:,} {reason}" for reason, count in reasons.items() if count) or "none"


def threshold(material: Material[Any, Any, Any], wishes: Any, near: float | None) -> float:
    """Distance below which samples are near copies: `near`, or the material's where that is None.

    0 for samples that are to be near given items.
    """
    if material.guided(wishes):
        return 0.0
    return material.near if near is None else near


def draw(
    model: Generator,
    material: Material[Any, Any, Any],
    corpus: Any,
    wishes: Any,
    n: int,
    seed: int,
    near: float,
    *,
    keep_copies: bool,
) -> Drawn:
    """Draw n samples that are no copies of the corpus; fewer where the model does not come up with as many.

    Samples that are to be near given items are drawn once; `near` is what `threshold` gives.

    Raises:
        ModelError: not one sample could be kept.
        PluginError: the model fails, or what it gives are no samples of the material.
    """
    guided = material.guided(wishes)
    kept: list[Any] = []
    nearest: list[IntArray] = [np.empty(0, dtype=np.int64)]
    distances = [np.empty(0)]
    seen: set[str] = set()
    drawn = verbatim = near_copies = repeated = 0
    for number in range(1 if guided else MOST_ROUNDS):
        missing = n - sum(len(part) for part in distances)
        if missing <= 0:
            break
        with blamed(model):  # what it gives may be no samples at all, which shows where they are looked at
            items = model.sample(_size(n, missing) if number else n, wishes, _seed(seed, number))
            looked_at = material.count(items)
            fresh = _fresh(material.keys(items), seen, distinct=material.distinct)
            if fresh.size:
                places, apart = material.nearest(material.pick(items, fresh), corpus)
                same = apart <= 0
                close = ~same & (apart < near)
                chosen = np.flatnonzero(np.ones_like(same) if keep_copies else ~(same | close))[:missing]
                if chosen.size == missing:  # what comes after the last that is needed was not looked at
                    looked_at = int(fresh[chosen[-1]]) + 1
                    within = fresh < looked_at
                    fresh, same, close = fresh[within], same[within], close[within]
                verbatim, near_copies = verbatim + int(same.sum()), near_copies + int(close.sum())
                kept.append(material.pick(items, fresh[chosen]))
                nearest.append(np.asarray(places)[chosen])
                distances.append(np.asarray(apart, dtype=np.float64)[chosen])
        drawn += looked_at
        repeated += looked_at - fresh.size
    found = Drawn(
        material.join(kept) if kept else None, np.concatenate(nearest), np.concatenate(distances), drawn, verbatim,
        near_copies, repeated,
    )  # fmt: skip
    if not found.distances.size:
        raise ModelError(
            f"{model.name} drew {drawn:,} samples, and none can be kept: {found.rejected}; raise --temperature, or "
            "keep copies with --keep-copies"
        )
    return found


def _seed(seed: int, number: int) -> int:
    """Seed of a round; the first has the seed itself."""
    return seed if not number else int(np.random.default_rng([seed, number]).integers(2**31))


def _size(n: int, missing: int) -> int:
    """How many to draw after the first round: a few sizes only, as each one may be compiled."""
    size = LEAST_DRAWN
    while size < 2 * missing:
        size *= 2
    return min(size, max(n, LEAST_DRAWN))


def _fresh(keys: Any, seen: set[str], *, distinct: bool) -> IntArray:
    """Places of samples that are something, and, where it counts, were not drawn before."""
    places = []
    for place, key in enumerate(keys):
        if not key or (distinct and key in seen):
            continue
        seen.add(key)
        places.append(place)
    return np.array(places, dtype=np.int64)

"""The one seam for sharded work: today a pool of local threads; a cluster's client would fit in here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Shard = TypeVar("Shard")
Result = TypeVar("Result")

# NumPy, Polars and DuckDB let go of the interpreter's lock; more threads than this only wait for memory.
MOST_WORKERS = 4


def submit(function: Callable[[Shard], Result], shards: Iterable[Shard]) -> Iterator[Result]:
    """What `function` returns for each shard, in the order of the shards, whoever is done first.

    A result must not depend on how many workers there are: a function draws its random numbers from its shard's seed.
    """
    with ThreadPoolExecutor(min(MOST_WORKERS, os.cpu_count() or 1)) as pool:
        yield from pool.map(function, shards)

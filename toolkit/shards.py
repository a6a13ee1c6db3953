"""The one seam for sharded work, and the one place where threads are set.

Today a pool of local threads; a cluster's client would fit in here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Shard = TypeVar("Shard")
Result = TypeVar("Result")


def submit(function: Callable[[Shard], Result], shards: Iterable[Shard]) -> Iterator[Result]:
    """What `function` returns for each shard, in the order of the shards, whoever is done first.

    There are as many workers as BLAS has threads (OMP_NUM_THREADS and its like set both), and BLAS has one in each:
    its own threads help with a product only, and while they wait for the next they keep their cores busy.

    A result must not depend on how many workers there are: a function draws its random numbers from its shard's seed.
    """
    waiting = list(shards)
    if len(waiting) < 2:  # to ask about threads would take longer than many a shard
        yield from map(function, waiting)
        return
    from threadpoolctl import ThreadpoolController

    blas = ThreadpoolController().select(user_api="blas")
    workers = max((library.num_threads for library in blas.lib_controllers), default=os.cpu_count() or 1)
    if workers < 2:
        yield from map(function, waiting)
        return
    with blas.limit(limits=1), ThreadPoolExecutor(min(workers, len(waiting))) as pool:
        yield from pool.map(function, waiting)

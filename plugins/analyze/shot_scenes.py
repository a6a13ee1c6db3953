"""Shots grouped into scenes: those that look alike and are near in time belong together, with what lies between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]


def scenes_of(looks: Float64, starts: Float64, ends: Float64, *, alike: float, window: float) -> Int32:
    """(n,) the scene of each shot, counted from 1.

    Two shots are linked where their looks are at most `alike` apart and the later one begins within `window` seconds
    of the end of the earlier one. A scene runs from a shot to the last one that it, or any shot up to that one, is
    linked with; so a dialogue cut back and forth is one scene.

    Args:
        looks: (n, d) what each shot looks like.
        starts: (n,) seconds, ascending.
        ends: (n,) seconds.
        alike: Euclidean distance of looks.
        window: seconds.

    Source: M. Yeung, B.-L. Yeo & B. Liu, "Segmentation of Video by Clustering and Graph Analysis", CVIU 71 (1998):
    time-constrained clustering, and scenes as what no link crosses.
    """
    count = len(looks)
    scenes = np.ones(count, dtype=np.int32)
    reach = -1
    for shot in range(count):
        if shot > reach and shot:
            scenes[shot:] += 1
        # Starts ascend, so that the shots within the window are the next ones.
        until = int(np.searchsorted(starts, ends[shot] + window, side="right"))
        distances = np.linalg.norm(looks[shot + 1 : until] - looks[shot], axis=1)
        linked = np.flatnonzero(distances <= alike)
        reach = max(reach, shot, shot + 1 + int(linked[-1]) if linked.size else shot)
    return scenes

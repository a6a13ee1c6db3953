"""Folds of labelled texts: texts that are alike are held out together, or a model would be judged by heart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import ModelError

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.sentiment import BoolArray


def text_folds(
    texts: Sequence[str], positive: BoolArray, folds: int, seed: int
) -> Iterator[tuple[IntArray, IntArray]]:  # fmt: skip
    """Training and test rows of each fold, drawn at random, with about the same share of positive texts in each.

    Texts are alike that differ in case and white space alone; of such, what most of them are counts.

    Raises:
        ModelError: fewer different texts of a class than folds.
    """
    from sklearn.model_selection import StratifiedKFold

    numbers: dict[str, int] = {}
    group = np.array([numbers.setdefault(" ".join(text.casefold().split()), len(numbers)) for text in texts], dtype=int)
    mostly = np.bincount(group, np.where(positive, 1, -1), minlength=len(numbers)) > 0
    yes, no = int(mostly.sum()), int((~mostly).sum())
    if min(yes, no) < folds:
        raise ModelError(f"{yes:,} positive and {no:,} negative different reviews do not fill {folds} folds; load more")
    for _, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(mostly, mostly):
        held_out = np.isin(group, test)
        yield np.flatnonzero(~held_out), np.flatnonzero(held_out)

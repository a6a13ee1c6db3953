"""Names of titles: what samples of them are judged against."""

from __future__ import annotations

import numpy as np

from toolkit.materials.material import Parts
from toolkit.materials.titles import TitleNames, Titles


def test_samples_are_judged_against_the_titles_that_judge_and_not_those_that_are_for_choices() -> None:
    texts = (*(f"learnt {place}" for place in range(20)), "a", "b", "c", "five5", "cinq5", "fuenf")
    titles = Titles(texts, np.zeros((26, 0), dtype=np.bool_), (), np.full(26, -1))
    parts = Parts(np.arange(20), np.arange(20, 23), np.arange(23, 26))
    found = {one.metric: one.value for one in TitleNames().judge(["vijf5", "fyra5", "pieci"], titles, parts, 0)}
    # three of five characters, as those of the last part have
    assert found["length_distance"] == 0

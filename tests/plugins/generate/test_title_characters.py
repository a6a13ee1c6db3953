"""Characters of titles as tokens, and back."""

from __future__ import annotations

import numpy as np

from plugins.generate.title_characters import Characters


def test_what_is_written_is_read_again_and_one_without_an_end_is_no_title() -> None:
    characters = Characters.of(["Alien", "Aliens"] * 50)
    tokens, starts = characters.encode(["Alien", "Aliens"])
    whole = np.full((2, 7), characters.end)
    whole[0, :6], whole[1, :7] = tokens[: starts[1]], tokens[starts[1] :]
    assert characters.decode(whole) == ["Alien", "Aliens"]
    assert characters.decode(whole[:, :6]) == ["Alien", ""]

"""Names of titles, to learn from: adjective and noun, with genres and decades that go with them."""

from __future__ import annotations

from itertools import product

import numpy as np

from toolkit.materials.titles import Titles

DARK, LIGHT = ("Dark", "Dead", "Grim", "Cold"), ("Merry", "Sunny", "Sweet", "Gay")
NOUNS = ("Night", "House", "River", "Street", "Garden", "Island", "Mirror", "Winter")
GENRES = ("Horror", "Comedy")


def made_titles() -> Titles:
    """64 titles: dark ones are horror of the 1980s, others comedies of the 1990s; of winters, nothing is known."""
    texts = tuple(f"{first} {noun}" for first, noun in product(DARK + LIGHT, NOUNS))
    dark = np.arange(len(texts)) < len(texts) // 2
    known = np.array([not text.endswith(NOUNS[-1]) for text in texts])
    genres = np.stack([dark, ~dark], axis=1) & known[:, None]
    decades = np.where(known, np.where(dark, 1980, 1990), -1)
    return Titles(texts, genres, GENRES, decades)


def halves(titles: Titles) -> tuple[Titles, Titles]:
    """Three quarters to learn from, and the others."""
    places = np.arange(len(titles))
    turn = (places + places // len(NOUNS)) % 4
    return titles.select(places[turn > 0]), titles.select(places[turn == 0])

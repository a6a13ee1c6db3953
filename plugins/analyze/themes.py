"""Themes of a script: topics over its scenes, by non-negative matrix factorisation of their words."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.analyze.script_frame import COUNTED
from toolkit.words import words_of

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

FEWEST_SCENES = 3
SCENES_A_THEME = 2  # fewer scenes are not told apart by what they have in common
# Beside scikit-learn's list, which is of prose: what people say and do in every script.
_SAID_EVERYWHERE = """
beat begin begins come comes cut gets getting going gonna gotta hand hands head hear hello hey just know like look
looking looks maybe moment okay pause really right say says stand stands start starts sure thing things think time turn
turning turns walk walks want way yeah yes
"""
_EVERYWHERE = frozenset(_SAID_EVERYWHERE.split())
# Words in more than this share of the scenes are left out; less where there is no list of stop words.
_MOST_SCENES = {"en": 0.5}
_MOST_SCENES_OTHERWISE = 0.25


def theme_frames(
    elements: pl.DataFrame, language: str | None, themes: int = 5, words: int = 8, seed: int = 0
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of results.themes and results.scene_themes; none with fewer than three scenes that have words.

    Words of action and dialogue of three letters or more count, without names of characters, in English without
    contractions, scikit-learn's stop words and some of scripts, and without those of more than half of the scenes (a
    quarter where there is no list of stop words). Weighted by tf-idf with logarithmic counts, they are factorised
    into as many themes, but no more than one for two scenes, nor than there are words.

    Source: Lee & Seung, "Learning the parts of objects by non-negative matrix factorization", Nature 1999.
    """
    bags = _bags(elements) if themes else None
    if bags is None or bags.height < FEWEST_SCENES:
        return _frames([], [])
    weights, vocabulary = _weights(bags["words"].to_list(), language)
    if not vocabulary.size:
        return _frames([], [])
    in_scene, in_theme = _factors(weights, min(themes, bags.height // SCENES_A_THEME, vocabulary.size), seed)
    sizes = in_theme.sum(axis=1)
    strength = in_scene.sum(axis=0) * sizes
    order = [place for place in np.argsort(-strength, kind="stable") if strength[place] > 0]
    in_scene, in_theme = (in_scene * sizes)[:, order], in_theme[order] / sizes[order, None]
    top = [
        (theme, place, str(vocabulary[word]), float(row[word]))
        for theme, row in enumerate(in_theme, 1)
        for place, word in enumerate(np.argsort(-row, kind="stable")[:words], 1)
        if row[word] > 0
    ]
    totals = in_scene.sum(axis=1)
    shares = [
        (int(scene), theme, float(share))
        for scene, row, total in zip(bags["scene"], in_scene, totals, strict=True)
        if total > 0
        for theme, share in enumerate(row / total, 1)
    ]
    return _frames(top, shares)


def _bags(elements: pl.DataFrame) -> pl.DataFrame:
    """Number and words of each scene that has words, names of characters left out."""
    import polars as pl

    names = elements.select(words_of(pl.col("cue")).explode().drop_nulls().unique()).to_series()
    return (
        elements.filter(pl.col("scene") > 0, pl.col("kind").is_in(COUNTED))
        .select("scene", words_of(pl.col("text")).alias("words"))
        .explode("words")
        .with_columns(pl.col("words").str.replace(r"'s$", ""))
        .filter(pl.col("words").str.contains(r"^[^\d_]{3,}$"), ~pl.col("words").is_in(names.implode()))
        .group_by("scene", maintain_order=True)
        .agg("words")
    )


def _weights(bags: list[list[str]], language: str | None) -> tuple[Any, NDArray[Any]]:
    """(n_scenes, n_words) tf-idf, and the words."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

    if language == "en":
        left_out = ENGLISH_STOP_WORDS | _EVERYWHERE
        bags = [[word for word in bag if "'" not in word and word not in left_out] for bag in bags]
    words = {word for bag in bags for word in bag}
    if not words:
        return None, np.array([])
    most = max(_MOST_SCENES.get(language or "", _MOST_SCENES_OTHERWISE) * len(bags), 1.0)
    counts: dict[str, int] = {}
    for bag in bags:
        for word in set(bag):
            counts[word] = counts.get(word, 0) + 1
    kept = sorted(word for word in words if counts[word] <= most)
    # A word of one scene says nothing about what scenes have in common, as long as others remain.
    common = [word for word in kept if counts[word] > 1]
    kept = common if len(common) >= len(bags) else kept
    if not kept:
        return None, np.array([])
    vectorizer = TfidfVectorizer(analyzer=_same, vocabulary=kept, sublinear_tf=True)
    return vectorizer.fit_transform(bags), np.array(kept)


def _same(bag: list[str]) -> list[str]:
    return bag


def _factors(weights: Any, themes: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n_scenes, n_themes) and (n_themes, n_words)."""
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    # A little regularisation holds the scales of both factors together; it moves no theme.
    model = NMF(n_components=themes, init="nndsvda", random_state=seed, max_iter=400, tol=1e-3, alpha_W=1e-4)
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        # Themes need not settle to the last digit; of an exact fit, sklearn takes the root of -1e-16 for the error.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit_transform(weights), model.components_


def _frames(top: list[tuple[Any, ...]], shares: list[tuple[Any, ...]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    import polars as pl

    integer = pl.Int32
    return (
        pl.DataFrame(
            top, schema={"theme": integer, "place": integer, "word": pl.String, "weight": pl.Float64}, orient="row"
        ),
        pl.DataFrame(shares, schema={"scene": integer, "theme": integer, "share": pl.Float64}, orient="row"),
    )

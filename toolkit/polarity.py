"""Polarity of English texts, by the lexicon of sentiment that TextBlob ships."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import ModelError

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray

# The lexicon's tokenizer takes quadratic time on a run of marks without a space; nobody means more than so many.
_MARKS = re.compile(r"((?:[^\w\s]|_){64})(?:[^\w\s]|_)+")


def polarity(texts: Sequence[str]) -> FloatArray:
    """(n,) TextBlob's polarity, from -1 to 1; NaN where the lexicon knows no word of a text."""
    lexicon = _lexicon()
    scores = (lexicon(_MARKS.sub(r"\1", text)) for text in texts)
    return np.array([score[0] if score.assessments else np.nan for score in scores], dtype=np.float64)


def known() -> bool:
    """Whether polarity can be told here: TextBlob is installed, and has its lexicon."""
    try:
        _lexicon()
    except ModelError:
        return False
    return True


@cache
def _lexicon() -> Any:
    """TextBlob's English sentiment, without NLTK, which `import textblob` brings along for what is not used here."""
    package = find_spec("textblob")
    if package is None or package.origin is None:
        raise ModelError("textblob is not installed; install it with: pip install 'cinekit[analyze]'")
    folder = Path(package.origin).parent
    spec = spec_from_file_location("cinekit_textblob_pattern", folder / "_text.py")
    if spec is None or spec.loader is None or not (folder / "en" / "en-sentiment.xml").is_file():
        raise ModelError("this textblob has no lexicon of sentiment; install one from 0.18 to 0.20")
    pattern = module_from_spec(spec)
    spec.loader.exec_module(pattern)
    lexicon = pattern.Sentiment(
        path=str(folder / "en" / "en-sentiment.xml"),
        synset="wordnet_id",
        negations=("no", "not", "n't", "never"),
        modifiers=("RB",),
        modifier=lambda word: word.endswith("ly"),
        tokenizer=pattern.find_tokens,
        language="en",
    )
    lexicon.load()
    # As TextBlob does: an adjective's adverb is as it is.
    for word, tags in list(lexicon.items()):
        if "JJ" in tags:
            stem = f"{word[:-1]}i" if word.endswith("y") else word
            lexicon.annotate(f"{stem.removesuffix('le')}ly", "RB", *tags["JJ"])
    return lexicon

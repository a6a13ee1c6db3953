"""Which language a text is in, so that no model is given words that it cannot read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from toolkit.errors import ModelError

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# A language is named where it is likelier than all others together.
LEAST = 0.5
# Of longer texts, this many pieces of so many characters are looked at, spread evenly.
PIECES, PIECE = 5, 200


def language_of(text: str) -> str | None:
    """ISO 639-1 code of the language of a text; None where there are too few words to tell.

    py3langid, a naive Bayes model on byte n-grams (Lui & Baldwin 2012, "langid.py: An Off-the-shelf Language
    Identification Tool"), held to the languages that have a code of two letters. The same text always gets the same
    answer. Of texts above 1,000 characters five pieces are looked at. Raises ModelError where py3langid is missing.

    >>> language_of("Ich habe selten so gelacht."), language_of("Okay.")
    ('de', None)
    """
    if not any(map(str.isalpha, text)):
        return None
    code, probability = _identifier().classify(_sample(text))
    return str(code) if probability >= LEAST else None


def languages_of(texts: Sequence[str]) -> list[str | None]:
    """`language_of` each of (n,) texts; those that repeat are looked at once.

    >>> languages_of(["Una película maravillosa con actores estupendos.", "", "A film that nobody needs."])
    ['es', None, 'en']
    """
    known = {text: language_of(text) for text in dict.fromkeys(texts)}
    return [known[text] for text in texts]


@cache
def _identifier() -> LanguageIdentifier:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ModuleNotFoundError as error:
        raise ModelError("languages need py3langid, which is not installed: pip install 'cinekit[analyze]'") from error

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in identifier.labels if len(code) == 2])
    # As it comes, each text turns its rows of half precision into single precision anew.
    identifier.nb_ptc = identifier.nb_ptc.astype(np.float32)
    return identifier


def _sample(text: str) -> str:
    """Pieces of a long text, from its beginning to its end, cut between words; a short one as it is."""
    if len(text) <= PIECES * PIECE:
        return text
    step = (len(text) - PIECE) / (PIECES - 1)
    starts = [round(place * step) for place in range(PIECES)]
    pieces = [text[start : start + PIECE] for start in starts]
    # The first and last word of a piece may be cut in two; text without spaces has no such words.
    return "\n".join(piece[piece.find(" ") + 1 : piece.rfind(" ") if " " in piece else PIECE] for piece in pieces)

"""SQL that reads titles' names as catalogues write them: "Matrix, The (1999)"."""

from __future__ import annotations

ARTICLES = (
    "The", "A", "An", "Le", "La", "Les", "L'", "Un", "Une", "Il", "Lo", "Gli", "Una", "El", "Los", "Las", "Der", "Die",
    "Das", "Ein", "Eine", "Den", "Det", "De", "Het", "Een", "En", "Et", "Os", "As", "Uma", "Um",
)  # fmt: skip
_ARTICLE = "|".join(article.replace("'", "''") for article in ARTICLES)

_YEAR = r"\((\d{4})(?:[-\u2013](?:\d{2,4})?)?\)\s*$".replace("\\u2013", "\u2013")


def year_of(title: str) -> str:
    """SQL: the year in parentheses at the end of a title, the first of a span; NULL where there is none."""
    return f"TRY_CAST(nullif(regexp_extract({title}, '{_YEAR}', 1), '') AS SMALLINT)"


def name_of(title: str) -> str:
    """SQL: the title without that year and with trailing articles put in front, in each parenthesis too."""
    name = f"trim(regexp_replace({title}, '\\s*{_YEAR}', ''))"
    name = f"regexp_replace({name}, '^([^()]*[^() ]), ({_ARTICLE})( \\(.*)?$', '\\2 \\1\\3')"
    name = f"regexp_replace({name}, '\\((a\\.k\\.a\\. )?([^()]*[^() ]), ({_ARTICLE})\\)', '(\\1\\3 \\2)', 'g')"
    return f"nullif(regexp_replace({name}, '(^|\\(|\\. )(L'') ', '\\1\\2', 'g'), '')"


def match_key(name: str) -> str:
    """SQL: what two spellings of one name share: no case, accents, punctuation, parentheses or leading article."""
    key = f"regexp_replace(replace(lower(strip_accents({name})), '&', ' and '), '\\s\\([^()]*\\)', ' ', 'g')"
    key = f"trim(regexp_replace(regexp_replace({key}, '[''\u2019.]', '', 'g'), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g'))"
    return f"nullif(regexp_replace({key}, '^(the|a|an) ', ''), '')"

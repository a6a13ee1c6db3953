"""What people see of a script: its scenes, its cast, and what it comes to."""

from __future__ import annotations

from toolkit.analyzer import Shown

_RUNS = "WHERE {0}.run IN (SELECT unnest($runs))"
_DOCUMENT = "JOIN raw.documents d USING (document_key)"

SCENES = Shown(
    "Scenes",
    f"""
SELECT d.name AS document, s.scene, s.heading, s.page, s.eighths, round(s.minutes, 1) AS minutes, s.words,
    round(s.dialogue_words / nullif(s.words, 0), 2) AS dialogue_share, s.speakers, round(m.sentiment, 2) AS sentiment
FROM results.scenes s {_DOCUMENT}
LEFT JOIN results.sentiment m
    ON m.run = s.run AND m.document_key = s.document_key AND m.level = 'scene' AND m.scene = s.scene
{_RUNS.format("s")}
ORDER BY d.name, s.document_key, s.scene
""",
    columns=("document", "scene", "heading", "page", "eighths", "speakers", "sentiment"),
)
CAST = Shown(
    "Cast",
    f"""
SELECT d.name AS document, c.character, c.words, c.speeches, c.scenes, c.monologues,
    round(m.sentiment, 2) AS sentiment, round(c.degree, 2) AS degree, round(c.betweenness, 2) AS betweenness,
    round(c.pagerank, 2) AS pagerank, c.community
FROM results.characters c {_DOCUMENT}
LEFT JOIN results.sentiment m
    ON m.run = c.run AND m.document_key = c.document_key AND m.level = 'character' AND m.character = c.character
{_RUNS.format("c")}
ORDER BY d.name, c.document_key, c.words DESC, c.character
""",
    bars=("words",),
    columns=("document", "character", "words", "speeches", "sentiment", "pagerank"),
)
PACING = Shown(
    "Pacing",
    f"""
SELECT d.name AS document, p.pages, round(p.minutes, 1) AS minutes, p.scenes,
    round(p.scene_eighths, 1) AS scene_eighths, round(p.cuts_per_page, 2) AS cuts_per_page, p.words,
    round(p.dialogue_share, 2) AS dialogue_share, p.characters, p.women_pairs,
    round(p.reading_ease, 1) AS reading_ease, round(p.reading_grade, 1) AS reading_grade
FROM results.script_pacing p {_DOCUMENT} {_RUNS.format("p")}
ORDER BY d.name, p.document_key
""",
)
THEMES = Shown(
    "Themes",
    f"""
SELECT d.name AS document, t.theme, string_agg(t.word, ', ' ORDER BY t.place) AS words
FROM results.themes t {_DOCUMENT} {_RUNS.format("t")}
GROUP BY d.name, t.document_key, t.run, t.theme ORDER BY d.name, t.document_key, t.run, t.theme
""",
)
SHOWS = (SCENES, CAST, PACING, THEMES)

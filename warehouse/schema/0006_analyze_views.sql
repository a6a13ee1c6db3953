-- What users see of analyses: names instead of keys, and the latest finished run of each document and model.

COMMENT ON COLUMN meta.runs.verb IS 'What was asked for: load, simulate, recommend, analyze, fit, evaluate.';
COMMENT ON COLUMN meta.loads.source IS 'Kind of source: movielens, films, watches, ratings, titles, reviews, simulation.';

CREATE OR REPLACE VIEW main.metrics AS
WITH latest AS (
    SELECT r.model AS verb, m.model, m.split, m.metric, m.k, arg_max(m.run, r.ended_at) AS run
    FROM results.metrics m JOIN meta.runs r USING (run) WHERE r.status = 'done' GROUP BY ALL
)
SELECT latest.verb, m.model, m.split, m.metric, m.k, m."value", m.low, m.high, m.viewers, m.texts,
       r.settings->>'$.signal' AS signal, (r.settings->>'$.share')::DOUBLE AS share, r.seed, r.ended_at AS measured_at,
       m.run
FROM results.metrics m
JOIN latest ON latest.model = m.model AND latest.split = m.split AND latest.metric = m.metric AND latest.run = m.run
    AND latest.k IS NOT DISTINCT FROM m.k
JOIN meta.runs r ON r.run = m.run;
COMMENT ON VIEW main.metrics IS 'The latest measured quality of each model, by split, metric and k.';

CREATE VIEW main.sentiment_quality AS
WITH measured AS (
    SELECT m.model, m."value" AS accuracy, m.low, m.high, m.texts, m.k AS folds,
           json(json_extract(r.settings, '$.models."' || m.model || '"')) AS settings, r.ended_at AS measured_at, m.run
    FROM results.metrics m JOIN meta.runs r USING (run)
    WHERE r.model = 'analyze' AND m.metric = 'accuracy' AND r.status = 'done'
)
FROM measured QUALIFY row_number() OVER (PARTITION BY model, settings ORDER BY measured_at DESC, folds DESC) = 1;
COMMENT ON VIEW main.sentiment_quality IS 'How often each model of sentiment was right about labelled reviews, out of sample, when last evaluated.';

CREATE VIEW main.analyses AS
SELECT d.name AS document, d.kind, t.name AS title, t.year, m.model, a.language, a.sentiment_model,
       q.accuracy AS sentiment_accuracy, m.ended_at AS analyzed_at, a.run, a.document_key, d.title_key
FROM results.analyses a
JOIN meta.runs m USING (run)
JOIN raw.documents d USING (document_key)
LEFT JOIN raw.titles t USING (title_key)
LEFT JOIN main.sentiment_quality q ON q.model = a.sentiment_model AND q.settings = json(a.sentiment_settings)
WHERE m.status = 'done'
QUALIFY row_number() OVER (PARTITION BY a.document_key, m.model ORDER BY m.ended_at DESC, a.run DESC) = 1;
COMMENT ON VIEW main.analyses IS 'For each document and model the latest finished run.';

CREATE VIEW main.documents AS
SELECT d.name AS document, d.kind, t.name AS title, t.year, d.bytes, d.path, d.sha256, d.document_key, d.title_key
FROM raw.documents d LEFT JOIN raw.titles t USING (title_key);
COMMENT ON VIEW main.documents IS 'Files that were analysed, with their titles.';

CREATE VIEW main.scripts AS
SELECT a.document, a.title, a.year, s.* EXCLUDE (run, document_key), a.language, a.model, s.run, s.document_key, a.title_key
FROM results.script_pacing s JOIN main.analyses a USING (run, document_key);
COMMENT ON VIEW main.scripts IS 'Scripts as a whole: length, pacing, dialogue, readability.';

CREATE VIEW main.script_elements AS
SELECT a.document, a.title, a.year, s.* EXCLUDE (run, document_key), a.model, s.run, s.document_key, a.title_key
FROM results.script_elements s JOIN main.analyses a USING (run, document_key);
COMMENT ON VIEW main.script_elements IS 'Scripts, element by element.';

CREATE VIEW main.scenes AS
SELECT a.document, a.title, a.year, s.* EXCLUDE (run, document_key), x.sentiment, a.sentiment_model, a.model, s.run,
       s.document_key, a.title_key
FROM results.scenes s JOIN main.analyses a USING (run, document_key)
LEFT JOIN results.sentiment x
    ON x.run = s.run AND x.document_key = s.document_key AND x.level = 'scene' AND x.place = s.scene;
COMMENT ON VIEW main.scenes IS 'Scenes of scripts, with their sentiment.';

CREATE VIEW main.characters AS
SELECT a.document, a.title, a.year, c.character, c.words, c.speeches, c.scenes, x.sentiment, c.pagerank AS centrality,
       c.degree, c.betweenness, c.community, c.monologues, c.longest_speech, c.first_scene, c.last_scene, c.first_page,
       c.last_page, c.gender, c.aliases, a.sentiment_model, a.sentiment_accuracy, a.model, c.run,
       c.document_key, a.title_key
FROM results.characters c JOIN main.analyses a USING (run, document_key)
LEFT JOIN results.sentiment x
    ON x.run = c.run AND x.document_key = c.document_key AND x.level = 'character' AND x.character = c.character;
COMMENT ON VIEW main.characters IS 'Speaking characters of scripts, with their sentiment and centrality.';

CREATE VIEW main.character_links AS
SELECT a.document, a.title, a.year, l.* EXCLUDE (run, document_key), a.model, l.run, l.document_key, a.title_key
FROM results.character_links l JOIN main.analyses a USING (run, document_key);
COMMENT ON VIEW main.character_links IS 'Who shares scenes, and who speaks to whom.';

CREATE VIEW main.themes AS
SELECT a.document, a.title, a.year, h.theme, h.words, p.share, a.model, h.run, h.document_key, a.title_key
FROM (SELECT run, document_key, theme, list(word ORDER BY place) AS words FROM results.themes GROUP BY ALL) h
JOIN main.analyses a USING (run, document_key)
LEFT JOIN (
    SELECT run, document_key, theme, sum(share) / sum(sum(share)) OVER (PARTITION BY run, document_key) AS share
    FROM results.scene_themes GROUP BY run, document_key, theme
) p USING (run, document_key, theme);
COMMENT ON VIEW main.themes IS 'Themes of scripts with their words, the strongest first.';

CREATE VIEW main.videos AS
SELECT a.document, a.title, a.year, s.* EXCLUDE (run, document_key), a.model, s.run, s.document_key, a.title_key
FROM results.videos s JOIN main.analyses a USING (run, document_key);
COMMENT ON VIEW main.videos IS 'Videos as a whole: shots, rhythm, light and colour.';

CREATE VIEW main.shots AS
SELECT a.document, a.title, a.year, s.* EXCLUDE (run, document_key), a.model, s.run, s.document_key, a.title_key
FROM results.shots s JOIN main.analyses a USING (run, document_key);
COMMENT ON VIEW main.shots IS 'Shots of videos.';

CREATE VIEW main.images AS
SELECT a.document, a.title, a.year, s.* EXCLUDE (run, document_key), a.model, s.run, s.document_key, a.title_key
FROM results.images s JOIN main.analyses a USING (run, document_key);
COMMENT ON VIEW main.images IS 'Images: light and colour.';

CREATE VIEW main.palettes AS
SELECT a.document, a.title, a.year, s.* EXCLUDE (run, document_key), a.model, s.run, s.document_key, a.title_key
FROM results.palettes s JOIN main.analyses a USING (run, document_key);
COMMENT ON VIEW main.palettes IS 'Palettes of shots and images.';

CREATE VIEW main.subtitles AS
SELECT a.document, a.title, a.year, s.* EXCLUDE (run, document_key), a.language, a.model, s.run, s.document_key, a.title_key
FROM results.subtitle_pacing s JOIN main.analyses a USING (run, document_key);
COMMENT ON VIEW main.subtitles IS 'Subtitles as a whole.';

CREATE VIEW main.cues AS
SELECT a.document, a.title, a.year, c.cue, c.starts_at, c.ends_at, c.text, c.speaker, c.words, c.letters,
       c.letters_per_second, c.silence_before, x.sentiment, v.document AS video, v.shot, a.sentiment_model, a.model,
       c.run, c.document_key, a.title_key
FROM results.cues c JOIN main.analyses a USING (run, document_key)
LEFT JOIN results.sentiment x
    ON x.run = c.run AND x.document_key = c.document_key AND x.level = 'line' AND x.place = c.cue
LEFT JOIN (
    SELECT * FROM main.shots
    QUALIFY dense_rank() OVER (PARTITION BY title_key ORDER BY run DESC, document_key) = 1
) v ON v.title_key = a.title_key AND c.starts_at >= v.starts_at AND c.starts_at < v.ends_at;
COMMENT ON VIEW main.cues IS 'Cues of subtitles with their sentiment, and the shots of the same title''s video that they begin in.';

CREATE VIEW main.sentiment AS
SELECT a.document, a.title, a.year, s.level, s.place, s.scene, s.character, s.words, s.sentiment, a.sentiment_model,
       a.sentiment_accuracy, a.language, a.model, s.run, s.document_key, a.title_key
FROM results.sentiment s JOIN main.analyses a USING (run, document_key);
COMMENT ON VIEW main.sentiment IS 'Sentiment of documents by line, scene, character and as a whole. Of dialogue it is an index.';

CREATE VIEW main.arcs AS
SELECT a.document, a.title, a.year, s.point, s.share, s.seconds, s.raw, s.smoothed, a.sentiment_model, a.model, s.run,
       s.document_key, a.title_key
FROM results.arcs s JOIN main.analyses a USING (run, document_key);
COMMENT ON VIEW main.arcs IS 'The emotional arc of each document.';

CREATE VIEW main.reviews AS
SELECT r.review_id, v.viewer_id AS viewer, t.name AS title, t.year, r.score, r.review, r.reviewed_at, t.title_id,
       r.viewer_key, r.title_key
FROM raw.reviews r LEFT JOIN raw.viewers v USING (viewer_key) LEFT JOIN raw.titles t USING (title_key);
COMMENT ON VIEW main.reviews IS 'Reviews, with names.';

CREATE VIEW main.review_sentiment AS
WITH latest AS (
    SELECT s.review_id, m.model, arg_max(s.run, m.ended_at) AS run
    FROM results.review_sentiment s JOIN meta.runs m USING (run) WHERE m.status = 'done' GROUP BY ALL
)
SELECT r.review_id, r.title, r.year, r.viewer, s.sentiment, s.probability, s.label, r.score, s.language, latest.model,
       q.accuracy AS model_accuracy, r.review, r.title_id, s.run, r.viewer_key, r.title_key
FROM results.review_sentiment s
JOIN latest USING (review_id, run)
JOIN main.reviews r USING (review_id)
JOIN meta.runs m ON m.run = s.run
LEFT JOIN main.sentiment_quality q
    ON q.model = latest.model AND q.settings = json(m.settings->'$.sentiment_settings');
COMMENT ON VIEW main.review_sentiment IS 'Sentiment of each review by each model, of the latest finished run.';

-- What the columns of the views are -----------------------------------------------------------------------------------

COMMENT ON COLUMN main.metrics.verb IS 'Verb of the model: recommend, analyze.';
COMMENT ON COLUMN main.metrics.model IS 'Model that was measured.';
COMMENT ON COLUMN main.metrics.split IS 'How test data were held out: random, last, time or viewers; folds for reviews.';
COMMENT ON COLUMN main.metrics.metric IS 'Name of the metric; docs/metrics.md and docs/sentiment.md define each.';
COMMENT ON COLUMN main.metrics.k IS 'Length of the list that was judged; number of folds for reviews.';
COMMENT ON COLUMN main.metrics."value" IS 'Mean over viewers or reviews, or the one value of a metric of the whole.';
COMMENT ON COLUMN main.metrics.low IS 'Lower end of the 95 % bootstrap interval.';
COMMENT ON COLUMN main.metrics.high IS 'Upper end of the 95 % bootstrap interval.';
COMMENT ON COLUMN main.metrics.viewers IS 'Viewers that had something to find in the test data; NULL where reviews were judged.';
COMMENT ON COLUMN main.metrics.texts IS 'Labelled reviews that were judged; NULL where viewers were.';
COMMENT ON COLUMN main.metrics.signal IS 'What was learnt from; numbers of different signals, shares or seeds cannot be compared.';
COMMENT ON COLUMN main.metrics.share IS 'Share that was held out.';
COMMENT ON COLUMN main.metrics.seed IS 'Random seed of the split.';
COMMENT ON COLUMN main.metrics.measured_at IS 'When (UTC).';
COMMENT ON COLUMN main.metrics.run IS 'The run, as in meta.runs.';

COMMENT ON COLUMN main.sentiment_quality.model IS 'Model of sentiment.';
COMMENT ON COLUMN main.sentiment_quality.accuracy IS 'Share of labelled reviews that it got right.';
COMMENT ON COLUMN main.sentiment_quality.low IS 'Lower end of the 95 % bootstrap interval.';
COMMENT ON COLUMN main.sentiment_quality.high IS 'Upper end of the 95 % bootstrap interval.';
COMMENT ON COLUMN main.sentiment_quality.texts IS 'Labelled reviews that were judged.';
COMMENT ON COLUMN main.sentiment_quality.folds IS 'Number of folds.';
COMMENT ON COLUMN main.sentiment_quality.settings IS 'Settings of the model, as JSON.';
COMMENT ON COLUMN main.sentiment_quality.measured_at IS 'When (UTC).';
COMMENT ON COLUMN main.sentiment_quality.run IS 'The run, as in meta.runs.';

COMMENT ON COLUMN main.analyses.document IS 'Name of the file.';
COMMENT ON COLUMN main.analyses.kind IS 'Kind of document: script, subtitles, video, image.';
COMMENT ON COLUMN main.analyses.title IS 'Name of the title.';
COMMENT ON COLUMN main.analyses.year IS 'Year of release.';
COMMENT ON COLUMN main.analyses.model IS 'Model that did it.';
COMMENT ON COLUMN main.analyses.language IS 'Language of its words, as an ISO 639-1 code; NULL where there are too few to tell.';
COMMENT ON COLUMN main.analyses.sentiment_model IS 'Model that scored the sentiment; NULL where none did.';
COMMENT ON COLUMN main.analyses.sentiment_accuracy IS 'Share of labelled reviews that the model got right, with the same settings, when it was last evaluated here; NULL where it was not. For dialogue nothing is measured.';
COMMENT ON COLUMN main.analyses.analyzed_at IS 'When (UTC).';
COMMENT ON COLUMN main.analyses.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.analyses.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.analyses.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.documents.document IS 'Name of the file.';
COMMENT ON COLUMN main.documents.kind IS 'Kind of document: script, subtitles, video, image.';
COMMENT ON COLUMN main.documents.title IS 'Name of the title.';
COMMENT ON COLUMN main.documents.year IS 'Year of release.';
COMMENT ON COLUMN main.documents.bytes IS 'Size of the file, in bytes.';
COMMENT ON COLUMN main.documents.path IS 'Where it was first seen.';
COMMENT ON COLUMN main.documents.sha256 IS 'SHA-256 of the file; the same content is the same document.';
COMMENT ON COLUMN main.documents.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.documents.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.scripts.document IS 'Name of the file.';
COMMENT ON COLUMN main.scripts.title IS 'Name of the title.';
COMMENT ON COLUMN main.scripts.year IS 'Year of release.';
COMMENT ON COLUMN main.scripts.format IS 'What it was read as: fountain, fdx, text, pdf.';
COMMENT ON COLUMN main.scripts.pages IS 'Pages, as laid out by the usual rules.';
COMMENT ON COLUMN main.scripts.eighths IS 'Length in eighths of a page.';
COMMENT ON COLUMN main.scripts.minutes IS 'Estimated length in minutes, a page a minute.';
COMMENT ON COLUMN main.scripts.scenes IS 'Scenes.';
COMMENT ON COLUMN main.scripts.scene_eighths IS 'Mean length of a scene in eighths of a page.';
COMMENT ON COLUMN main.scripts.median_scene_eighths IS 'Median length of a scene in eighths of a page.';
COMMENT ON COLUMN main.scripts.cuts_per_page IS 'Changes of scene a page: scenes less one, divided by the pages that are filled; NULL without scenes.';
COMMENT ON COLUMN main.scripts.words IS 'Words of action and dialogue.';
COMMENT ON COLUMN main.scripts.dialogue_words IS 'Words that are spoken or sung.';
COMMENT ON COLUMN main.scripts.dialogue_share IS 'Dialogue words divided by words, from 0 to 1.';
COMMENT ON COLUMN main.scripts.characters IS 'Characters who speak.';
COMMENT ON COLUMN main.scripts.women_pairs IS 'Pairs of named women of whom one speaks to the other; NULL unless the user gave genders.';
COMMENT ON COLUMN main.scripts.reading_ease IS 'Flesch reading ease of action and dialogue, in English; NULL in other languages (Flesch 1948).';
COMMENT ON COLUMN main.scripts.reading_grade IS 'Flesch-Kincaid grade of the same (Kincaid et al. 1975).';
COMMENT ON COLUMN main.scripts.language IS 'Language of its words, as an ISO 639-1 code; NULL where there are too few to tell.';
COMMENT ON COLUMN main.scripts.model IS 'Model that did it.';
COMMENT ON COLUMN main.scripts.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.scripts.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.scripts.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.script_elements.document IS 'Name of the file.';
COMMENT ON COLUMN main.script_elements.title IS 'Name of the title.';
COMMENT ON COLUMN main.script_elements.year IS 'Year of release.';
COMMENT ON COLUMN main.script_elements.element IS 'Place of the element in the script, counted from 1.';
COMMENT ON COLUMN main.script_elements.kind IS 'What it is: scene heading, action, character, parenthetical, dialogue, lyric, transition, section, synopsis, note, boneyard, centred, page break, title page.';
COMMENT ON COLUMN main.script_elements.text IS 'Its words, without marks of emphasis.';
COMMENT ON COLUMN main.script_elements.markup IS 'Its words with Fountain''s marks of emphasis; NULL where there are none.';
COMMENT ON COLUMN main.script_elements.line IS 'Line of the file that it begins in (paragraph of a Final Draft file), counted from 1.';
COMMENT ON COLUMN main.script_elements.scene IS 'Scene that it stands in, counted from 1; 0 before the first.';
COMMENT ON COLUMN main.script_elements.character IS 'Who speaks, of cues and of what is spoken, aliases folded.';
COMMENT ON COLUMN main.script_elements.extension IS 'Extensions of a cue as they are written, such as (V.O.).';
COMMENT ON COLUMN main.script_elements.dual IS 'left or right, of dual dialogue; NULL of other elements.';
COMMENT ON COLUMN main.script_elements.scene_number IS 'Number of a scene as the script gives it.';
COMMENT ON COLUMN main.script_elements.depth IS 'Depth of a section, counted from 1.';
COMMENT ON COLUMN main.script_elements."key" IS 'Key of an entry of the title page, such as Author.';
COMMENT ON COLUMN main.script_elements.revision IS 'Revision that the element was changed in, as the script gives it.';
COMMENT ON COLUMN main.script_elements.page IS 'Page that it begins on, counted from 1, as laid out by the usual rules.';
COMMENT ON COLUMN main.script_elements.model IS 'Model that did it.';
COMMENT ON COLUMN main.script_elements.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.script_elements.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.script_elements.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.scenes.document IS 'Name of the file.';
COMMENT ON COLUMN main.scenes.title IS 'Name of the title.';
COMMENT ON COLUMN main.scenes.year IS 'Year of release.';
COMMENT ON COLUMN main.scenes.scene IS 'Place of the scene in the script, counted from 1.';
COMMENT ON COLUMN main.scenes.heading IS 'Heading of the scene.';
COMMENT ON COLUMN main.scenes.setting IS 'INT, EXT or INT/EXT; NULL where the heading says neither, as EST. does.';
COMMENT ON COLUMN main.scenes.place IS 'Place, as the heading names it; the whole heading where it is not understood.';
COMMENT ON COLUMN main.scenes.time_of_day IS 'Time of day, as the heading names it, such as NIGHT; NULL where it names none.';
COMMENT ON COLUMN main.scenes.scene_number IS 'Number of the scene as the script gives it.';
COMMENT ON COLUMN main.scenes.page IS 'Page that it begins on, counted from 1.';
COMMENT ON COLUMN main.scenes.eighths IS 'Length in eighths of a page, rounded, at least 1.';
COMMENT ON COLUMN main.scenes.minutes IS 'Estimated length in minutes, a page a minute.';
COMMENT ON COLUMN main.scenes.words IS 'Words of action and dialogue.';
COMMENT ON COLUMN main.scenes.dialogue_words IS 'Words that are spoken or sung.';
COMMENT ON COLUMN main.scenes.speeches IS 'Speeches: cues with what follows them.';
COMMENT ON COLUMN main.scenes.speakers IS 'Characters who speak in it.';
COMMENT ON COLUMN main.scenes.first_element IS 'Its first element, as in results.script_elements.';
COMMENT ON COLUMN main.scenes.last_element IS 'Its last element, as in results.script_elements.';
COMMENT ON COLUMN main.scenes.sentiment IS 'Index of what is said in it, from -1 (negative) to 1 (positive); not a measured probability.';
COMMENT ON COLUMN main.scenes.sentiment_model IS 'Model that scored the sentiment; NULL where none did.';
COMMENT ON COLUMN main.scenes.model IS 'Model that did it.';
COMMENT ON COLUMN main.scenes.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.scenes.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.scenes.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.characters.document IS 'Name of the file.';
COMMENT ON COLUMN main.characters.title IS 'Name of the title.';
COMMENT ON COLUMN main.characters.year IS 'Year of release.';
COMMENT ON COLUMN main.characters.character IS 'Name of the character, aliases folded.';
COMMENT ON COLUMN main.characters.words IS 'Words that the character speaks or sings.';
COMMENT ON COLUMN main.characters.speeches IS 'Speeches: cues with what follows them.';
COMMENT ON COLUMN main.characters.scenes IS 'Scenes that the character speaks in; what is before the first heading is none.';
COMMENT ON COLUMN main.characters.sentiment IS 'Index of what the character says, from -1 (negative) to 1 (positive); not a measured probability.';
COMMENT ON COLUMN main.characters.centrality IS 'PageRank in the network of who speaks to whom; sums to 1.';
COMMENT ON COLUMN main.characters.degree IS 'Share of the other characters that this one shares a scene with, from 0 to 1; NULL where the script has no scenes.';
COMMENT ON COLUMN main.characters.betweenness IS 'Betweenness among those who share scenes, from 0 to 1 (Freeman 1977); NULL without scenes.';
COMMENT ON COLUMN main.characters.community IS 'Group of characters who share scenes, counted from 1, the largest first; NULL without scenes.';
COMMENT ON COLUMN main.characters.monologues IS 'Speeches of at least as many words as the setting monologue says.';
COMMENT ON COLUMN main.characters.longest_speech IS 'Words of the longest speech.';
COMMENT ON COLUMN main.characters.first_scene IS 'First scene that the character speaks in; 0 before the first heading.';
COMMENT ON COLUMN main.characters.last_scene IS 'Last scene that the character speaks in.';
COMMENT ON COLUMN main.characters.first_page IS 'Page of the first speech.';
COMMENT ON COLUMN main.characters.last_page IS 'Page of the last speech.';
COMMENT ON COLUMN main.characters.gender IS 'Gender that the user gave; NULL unless given, never guessed.';
COMMENT ON COLUMN main.characters.aliases IS 'The cues that were taken for this character, as they are written.';
COMMENT ON COLUMN main.characters.sentiment_model IS 'Model that scored the sentiment; NULL where none did.';
COMMENT ON COLUMN main.characters.sentiment_accuracy IS 'Share of labelled reviews that the model got right, with the same settings, when it was last evaluated here; NULL where it was not. For dialogue nothing is measured.';
COMMENT ON COLUMN main.characters.model IS 'Model that did it.';
COMMENT ON COLUMN main.characters.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.characters.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.characters.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.character_links.document IS 'Name of the file.';
COMMENT ON COLUMN main.character_links.title IS 'Name of the title.';
COMMENT ON COLUMN main.character_links.year IS 'Year of release.';
COMMENT ON COLUMN main.character_links.kind IS 'shares: both speak in a scene, each pair once in alphabetical order; speaks: the first speaks to the second.';
COMMENT ON COLUMN main.character_links.from_character IS 'First character, or the one who speaks.';
COMMENT ON COLUMN main.character_links.to_character IS 'Second character, or the one spoken to.';
COMMENT ON COLUMN main.character_links.scenes IS 'Scenes in which it is so.';
COMMENT ON COLUMN main.character_links.speeches IS 'Speeches to the other; NULL where the kind is shares.';
COMMENT ON COLUMN main.character_links.words IS 'Words to the other; NULL where the kind is shares.';
COMMENT ON COLUMN main.character_links.model IS 'Model that did it.';
COMMENT ON COLUMN main.character_links.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.character_links.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.character_links.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.themes.document IS 'Name of the file.';
COMMENT ON COLUMN main.themes.title IS 'Name of the title.';
COMMENT ON COLUMN main.themes.year IS 'Year of release.';
COMMENT ON COLUMN main.themes.theme IS 'Theme, counted from 1, the strongest first.';
COMMENT ON COLUMN main.themes.words IS 'Its top words, the weightiest first.';
COMMENT ON COLUMN main.themes.share IS 'Share of the theme in all scenes; the shares of a script sum to 1.';
COMMENT ON COLUMN main.themes.model IS 'Model that did it.';
COMMENT ON COLUMN main.themes.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.themes.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.themes.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.videos.document IS 'Name of the file.';
COMMENT ON COLUMN main.videos.title IS 'Name of the title.';
COMMENT ON COLUMN main.videos.year IS 'Year of release.';
COMMENT ON COLUMN main.videos.width IS 'Width in pixels.';
COMMENT ON COLUMN main.videos.height IS 'Height in pixels.';
COMMENT ON COLUMN main.videos.frames IS 'Frames that were decoded.';
COMMENT ON COLUMN main.videos.seconds IS 'Length in seconds.';
COMMENT ON COLUMN main.videos.frame_rate IS 'Frames a second, on average.';
COMMENT ON COLUMN main.videos.variable_rate IS 'Whether the frames stand at uneven times.';
COMMENT ON COLUMN main.videos.shots IS 'Shots.';
COMMENT ON COLUMN main.videos.scenes IS 'Scenes: shots grouped by similarity in time.';
COMMENT ON COLUMN main.videos.cuts IS 'Hard cuts.';
COMMENT ON COLUMN main.videos.fades IS 'Fades to or from a plain picture.';
COMMENT ON COLUMN main.videos.dissolves IS 'Dissolves.';
COMMENT ON COLUMN main.videos.average_shot_length IS 'Mean length of a shot in seconds (ASL).';
COMMENT ON COLUMN main.videos.median_shot_length IS 'Median length of a shot in seconds (MSL).';
COMMENT ON COLUMN main.videos.shot_length_deviation IS 'Standard deviation of the lengths of shots in seconds.';
COMMENT ON COLUMN main.videos.cuts_per_minute IS 'Changes of shot a minute.';
COMMENT ON COLUMN main.videos.rhythm IS 'Correlation of the lengths of neighbouring shots, from -1 (alternating) to 1 (in waves); NULL for fewer than 4 shots.';
COMMENT ON COLUMN main.videos.brightness IS 'Mean lightness L* of the shots, weighted by length, from 0 to 100.';
COMMENT ON COLUMN main.videos.contrast IS 'Likewise: standard deviation of L*.';
COMMENT ON COLUMN main.videos.saturation IS 'Likewise: mean chroma, from 0.';
COMMENT ON COLUMN main.videos.warmth IS 'Likewise: mean b*, positive for warm (yellow), negative for cold (blue).';
COMMENT ON COLUMN main.videos.motion IS 'Likewise: mean difference of neighbouring frames in L*, from 0 to 100.';
COMMENT ON COLUMN main.videos.model IS 'Model that did it.';
COMMENT ON COLUMN main.videos.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.videos.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.videos.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.shots.document IS 'Name of the file.';
COMMENT ON COLUMN main.shots.title IS 'Name of the title.';
COMMENT ON COLUMN main.shots.year IS 'Year of release.';
COMMENT ON COLUMN main.shots.shot IS 'Place of the shot, counted from 1.';
COMMENT ON COLUMN main.shots.first_frame IS 'Its first frame, counted from 0; of a dissolve or fade, the middle of it.';
COMMENT ON COLUMN main.shots.last_frame IS 'Its last frame.';
COMMENT ON COLUMN main.shots.starts_at IS 'When it begins, in seconds.';
COMMENT ON COLUMN main.shots.ends_at IS 'When the next begins or the video ends, in seconds.';
COMMENT ON COLUMN main.shots.seconds IS 'Its length.';
COMMENT ON COLUMN main.shots.opened_by IS 'How it begins: start, cut, fade, dissolve.';
COMMENT ON COLUMN main.shots.opened_frames IS 'Frames that the transition into it takes; 0 for a cut.';
COMMENT ON COLUMN main.shots.confidence IS 'How clear the transition into it is, from 0 to 1; NULL of the first shot.';
COMMENT ON COLUMN main.shots.scene IS 'Scene that it belongs to, counted from 1.';
COMMENT ON COLUMN main.shots.brightness IS 'Mean lightness L* of its frames, from 0 to 100.';
COMMENT ON COLUMN main.shots.contrast IS 'Mean over frames of the standard deviation of L*.';
COMMENT ON COLUMN main.shots.saturation IS 'Mean chroma, from 0.';
COMMENT ON COLUMN main.shots.warmth IS 'Mean b*, positive for warm (yellow), negative for cold (blue).';
COMMENT ON COLUMN main.shots.motion IS 'Mean difference of neighbouring frames in L*, from 0 to 100.';
COMMENT ON COLUMN main.shots.faces IS 'Faces found in its key frame; NULL where they were not looked for.';
COMMENT ON COLUMN main.shots.face_height IS 'Height of the largest face as a share of the picture''s; NULL without one.';
COMMENT ON COLUMN main.shots.shot_scale IS 'close-up, medium or long, by the largest face; NULL without one.';
COMMENT ON COLUMN main.shots.key_frame IS 'Frame that stands for it.';
COMMENT ON COLUMN main.shots.key_frame_file IS 'PNG of it, relative to the run''s folder of artifacts.';
COMMENT ON COLUMN main.shots.model IS 'Model that did it.';
COMMENT ON COLUMN main.shots.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.shots.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.shots.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.images.document IS 'Name of the file.';
COMMENT ON COLUMN main.images.title IS 'Name of the title.';
COMMENT ON COLUMN main.images.year IS 'Year of release.';
COMMENT ON COLUMN main.images.width IS 'Width in pixels.';
COMMENT ON COLUMN main.images.height IS 'Height in pixels.';
COMMENT ON COLUMN main.images.mode IS 'How its pixels are kept, such as RGB or RGBA.';
COMMENT ON COLUMN main.images.opaque_share IS 'Mean opacity of its pixels, from 0 to 1; the colours are those of what is opaque.';
COMMENT ON COLUMN main.images.brightness IS 'Mean lightness L*, from 0 to 100.';
COMMENT ON COLUMN main.images.contrast IS 'Standard deviation of L*.';
COMMENT ON COLUMN main.images.saturation IS 'Mean chroma, from 0.';
COMMENT ON COLUMN main.images.warmth IS 'Mean b*, positive for warm (yellow), negative for cold (blue).';
COMMENT ON COLUMN main.images.faces IS 'Faces found; NULL where they were not looked for.';
COMMENT ON COLUMN main.images.face_height IS 'Height of the largest face as a share of the picture''s; NULL without one.';
COMMENT ON COLUMN main.images.shot_scale IS 'close-up, medium or long, by the largest face; NULL without one.';
COMMENT ON COLUMN main.images.model IS 'Model that did it.';
COMMENT ON COLUMN main.images.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.images.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.images.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.palettes.document IS 'Name of the file.';
COMMENT ON COLUMN main.palettes.title IS 'Name of the title.';
COMMENT ON COLUMN main.palettes.year IS 'Year of release.';
COMMENT ON COLUMN main.palettes.shot IS 'The shot, as in results.shots; NULL of an image.';
COMMENT ON COLUMN main.palettes.place IS 'Place of the colour, the largest share first, counted from 1.';
COMMENT ON COLUMN main.palettes.colour IS 'The colour in sRGB, such as #1f3a5c.';
COMMENT ON COLUMN main.palettes.lightness IS 'L* of CIELAB (D65), from 0 to 100.';
COMMENT ON COLUMN main.palettes.a IS 'a* of CIELAB: green to red.';
COMMENT ON COLUMN main.palettes.b IS 'b* of CIELAB: blue to yellow.';
COMMENT ON COLUMN main.palettes.share IS 'Share of the pixels that are nearest to it; the shares of a palette sum to 1.';
COMMENT ON COLUMN main.palettes.model IS 'Model that did it.';
COMMENT ON COLUMN main.palettes.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.palettes.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.palettes.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.subtitles.document IS 'Name of the file.';
COMMENT ON COLUMN main.subtitles.title IS 'Name of the title.';
COMMENT ON COLUMN main.subtitles.year IS 'Year of release.';
COMMENT ON COLUMN main.subtitles.format IS 'What it was read as: srt, vtt, ass, ssa, microdvd.';
COMMENT ON COLUMN main.subtitles.cues IS 'Cues.';
COMMENT ON COLUMN main.subtitles.words IS 'Words of all cues.';
COMMENT ON COLUMN main.subtitles.seconds IS 'Seconds from the beginning of the film to the end of the last cue.';
COMMENT ON COLUMN main.subtitles.spoken_seconds IS 'Seconds during which some cue is shown.';
COMMENT ON COLUMN main.subtitles.silent_share IS 'Share of the seconds during which none is.';
COMMENT ON COLUMN main.subtitles.longest_silence IS 'Longest time between two cues, in seconds.';
COMMENT ON COLUMN main.subtitles.words_per_minute IS 'Words divided by the minutes during which some cue is shown.';
COMMENT ON COLUMN main.subtitles.letters_per_second IS 'Median speech rate of the cues.';
COMMENT ON COLUMN main.subtitles.speakers IS 'Speakers whom the text names.';
COMMENT ON COLUMN main.subtitles.language IS 'Language of its words, as an ISO 639-1 code; NULL where there are too few to tell.';
COMMENT ON COLUMN main.subtitles.model IS 'Model that did it.';
COMMENT ON COLUMN main.subtitles.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.subtitles.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.subtitles.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.cues.document IS 'Name of the file.';
COMMENT ON COLUMN main.cues.title IS 'Name of the title.';
COMMENT ON COLUMN main.cues.year IS 'Year of release.';
COMMENT ON COLUMN main.cues.cue IS 'Place of the cue in time, counted from 1.';
COMMENT ON COLUMN main.cues.starts_at IS 'When it appears, in seconds.';
COMMENT ON COLUMN main.cues.ends_at IS 'When it disappears, in seconds.';
COMMENT ON COLUMN main.cues.text IS 'Its words, without marks of style and names of speakers.';
COMMENT ON COLUMN main.cues.speaker IS 'Who speaks, where the text names one who speaks all of it.';
COMMENT ON COLUMN main.cues.words IS 'Words.';
COMMENT ON COLUMN main.cues.letters IS 'Characters to read, spaces included and line breaks not.';
COMMENT ON COLUMN main.cues.letters_per_second IS 'Speech rate: characters divided by the seconds that the cue is shown; NULL where it is shown for none.';
COMMENT ON COLUMN main.cues.silence_before IS 'Seconds without any cue before it, of the first since the beginning; 0 where cues overlap.';
COMMENT ON COLUMN main.cues.sentiment IS 'Index of its words, from -1 (negative) to 1 (positive); not a measured probability.';
COMMENT ON COLUMN main.cues.video IS 'Video of the same title, the latest analysed; NULL without one.';
COMMENT ON COLUMN main.cues.shot IS 'Shot of that video that the cue begins in.';
COMMENT ON COLUMN main.cues.sentiment_model IS 'Model that scored the sentiment; NULL where none did.';
COMMENT ON COLUMN main.cues.model IS 'Model that did it.';
COMMENT ON COLUMN main.cues.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.cues.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.cues.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.sentiment.document IS 'Name of the file.';
COMMENT ON COLUMN main.sentiment.title IS 'Name of the title.';
COMMENT ON COLUMN main.sentiment.year IS 'Year of release.';
COMMENT ON COLUMN main.sentiment.level IS 'line, scene, character or document.';
COMMENT ON COLUMN main.sentiment.place IS 'Of a line: its element or cue. Of a scene: its number. Of others: counted from 1.';
COMMENT ON COLUMN main.sentiment.scene IS 'Scene of a line or scene; NULL where there are no scenes.';
COMMENT ON COLUMN main.sentiment.character IS 'Who speaks, of lines and characters; NULL where it is not known.';
COMMENT ON COLUMN main.sentiment.words IS 'Words that were scored.';
COMMENT ON COLUMN main.sentiment.sentiment IS 'Index from -1 (negative) to 1 (positive); above line level the mean of lines, weighted by words. NULL where the model knows none of the words.';
COMMENT ON COLUMN main.sentiment.sentiment_model IS 'Model that scored the sentiment; NULL where none did.';
COMMENT ON COLUMN main.sentiment.sentiment_accuracy IS 'Share of labelled reviews that the model got right, with the same settings, when it was last evaluated here; NULL where it was not. For dialogue nothing is measured.';
COMMENT ON COLUMN main.sentiment.language IS 'Language of its words, as an ISO 639-1 code; NULL where there are too few to tell.';
COMMENT ON COLUMN main.sentiment.model IS 'Model that did it.';
COMMENT ON COLUMN main.sentiment.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.sentiment.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.sentiment.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.arcs.document IS 'Name of the file.';
COMMENT ON COLUMN main.arcs.title IS 'Name of the title.';
COMMENT ON COLUMN main.arcs.year IS 'Year of release.';
COMMENT ON COLUMN main.arcs.point IS 'Place of the point, counted from 1.';
COMMENT ON COLUMN main.arcs.share IS 'Share of the story at the point, from 0 to 1.';
COMMENT ON COLUMN main.arcs.seconds IS 'Seconds from the beginning, where times are known.';
COMMENT ON COLUMN main.arcs.raw IS 'Mean sentiment of the lines of that part of the story; NULL where none was scored. The single lines are in results.sentiment.';
COMMENT ON COLUMN main.arcs.smoothed IS 'The arc: the first terms of the lines'' discrete cosine transform.';
COMMENT ON COLUMN main.arcs.sentiment_model IS 'Model that scored the sentiment; NULL where none did.';
COMMENT ON COLUMN main.arcs.model IS 'Model that did it.';
COMMENT ON COLUMN main.arcs.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.arcs.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN main.arcs.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.reviews.review_id IS 'Id of the review in its source, as text.';
COMMENT ON COLUMN main.reviews.viewer IS 'Id of the viewer in its source.';
COMMENT ON COLUMN main.reviews.title IS 'Name of the title.';
COMMENT ON COLUMN main.reviews.year IS 'Year of release.';
COMMENT ON COLUMN main.reviews.score IS 'Score that its writer, or a human judge, gave.';
COMMENT ON COLUMN main.reviews.review IS 'Text of the review.';
COMMENT ON COLUMN main.reviews.reviewed_at IS 'When (UTC).';
COMMENT ON COLUMN main.reviews.title_id IS 'Id of the title in its source.';
COMMENT ON COLUMN main.reviews.viewer_key IS 'Key of the viewer who wrote it, as in raw.viewers.';
COMMENT ON COLUMN main.reviews.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.review_sentiment.review_id IS 'The review, as in raw.reviews.';
COMMENT ON COLUMN main.review_sentiment.title IS 'Name of the title.';
COMMENT ON COLUMN main.review_sentiment.year IS 'Year of release.';
COMMENT ON COLUMN main.review_sentiment.viewer IS 'Id of the viewer in its source.';
COMMENT ON COLUMN main.review_sentiment.sentiment IS 'From -1 (negative) to 1 (positive); NULL where the model cannot say.';
COMMENT ON COLUMN main.review_sentiment.probability IS 'Calibrated probability that the review is positive.';
COMMENT ON COLUMN main.review_sentiment.label IS 'positive or negative; NULL where the model cannot say.';
COMMENT ON COLUMN main.review_sentiment.score IS 'Score that its writer, or a human judge, gave.';
COMMENT ON COLUMN main.review_sentiment.language IS 'Language of the review, as an ISO 639-1 code; NULL where there are too few words to tell.';
COMMENT ON COLUMN main.review_sentiment.model IS 'Model that did it.';
COMMENT ON COLUMN main.review_sentiment.model_accuracy IS 'Share of labelled reviews that this model got right, with the same settings, out of sample, when it was last evaluated here; NULL where it was not.';
COMMENT ON COLUMN main.review_sentiment.review IS 'Text of the review.';
COMMENT ON COLUMN main.review_sentiment.title_id IS 'Id of the title in its source.';
COMMENT ON COLUMN main.review_sentiment.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.review_sentiment.viewer_key IS 'Key of the viewer who wrote it, as in raw.viewers.';
COMMENT ON COLUMN main.review_sentiment.title_key IS 'Key of the title, as in raw.titles.';

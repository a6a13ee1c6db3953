-- What users see: names instead of keys, and the latest finished run.

CREATE VIEW main.titles AS
SELECT t.title_id, t.name AS title, t.year, t.runtime_minutes, g.genres, t.plot, t.title_key
FROM raw.titles t
LEFT JOIN (SELECT title_key, list(genre ORDER BY genre) AS genres FROM raw.genres GROUP BY title_key) g USING (title_key);
COMMENT ON VIEW main.titles IS 'Titles with their genres.';

CREATE VIEW main.viewers AS
SELECT v.viewer_id AS viewer, v.gender, v.age, v.occupation, v.postcode, v.viewer_key FROM raw.viewers v;
COMMENT ON VIEW main.viewers IS 'Viewers.';

CREATE VIEW main.credits AS
SELECT t.name AS title, t.year, c.person, c.role, c.billing, t.title_id, c.title_key
FROM raw.credits c JOIN raw.titles t USING (title_key);
COMMENT ON VIEW main.credits IS 'People of titles, with the titles'' names.';

CREATE VIEW main.ratings AS
SELECT v.viewer_id AS viewer, t.name AS title, t.year, r.rating, r.rated_at, t.title_id, r.viewer_key, r.title_key
FROM raw.ratings r JOIN raw.viewers v USING (viewer_key) JOIN raw.titles t USING (title_key);
COMMENT ON VIEW main.ratings IS 'Ratings, with names.';

CREATE VIEW main.watches AS
SELECT v.viewer_id AS viewer, t.name AS title, t.year, w.minutes, w.watched_at, t.title_id, w.viewer_key, w.title_key
FROM raw.watches w JOIN raw.viewers v USING (viewer_key) JOIN raw.titles t USING (title_key);
COMMENT ON VIEW main.watches IS 'Watch history, with names.';

CREATE VIEW main.purchases AS
SELECT v.viewer_id AS viewer, t.name AS title, t.year, p.tickets, p.amount, p.cinema, p.purchased_at, t.title_id,
       p.viewer_key, p.title_key
FROM raw.purchases p JOIN raw.viewers v USING (viewer_key) JOIN raw.titles t USING (title_key);
COMMENT ON VIEW main.purchases IS 'Tickets bought, with names.';

CREATE VIEW main.tags AS
SELECT v.viewer_id AS viewer, t.name AS title, t.year, g.tag, g.tagged_at, t.title_id, g.viewer_key, g.title_key
FROM raw.tags g LEFT JOIN raw.viewers v USING (viewer_key) JOIN raw.titles t USING (title_key);
COMMENT ON VIEW main.tags IS 'Tags, with names.';

CREATE VIEW main.recommendations AS
WITH latest AS (
    SELECT r.viewer_key, arg_max(r.run, m.ended_at) AS run
    FROM (SELECT DISTINCT run, viewer_key FROM results.recommendations WHERE viewer_key IS NOT NULL) r
    JOIN meta.runs m USING (run) WHERE m.status = 'done' GROUP BY r.viewer_key
)
SELECT v.viewer_id AS viewer, r.rank, t.name AS title, t.year, r.score, m.model, t.title_id, r.run, r.viewer_key,
       r.title_key
FROM results.recommendations r
JOIN latest USING (viewer_key, run)
JOIN meta.runs m USING (run)
JOIN raw.viewers v USING (viewer_key)
JOIN raw.titles t USING (title_key);
COMMENT ON VIEW main.recommendations IS 'For each viewer the list of the latest finished run, whatever its model.';

CREATE VIEW main.recommendations_by_model AS
WITH latest AS (
    SELECT r.viewer_key, m.model, arg_max(r.run, m.ended_at) AS run
    FROM (SELECT DISTINCT run, viewer_key FROM results.recommendations WHERE viewer_key IS NOT NULL) r
    JOIN meta.runs m USING (run) WHERE m.status = 'done' GROUP BY r.viewer_key, m.model
)
SELECT latest.model, v.viewer_id AS viewer, r.rank, t.name AS title, t.year, r.score, t.title_id, r.run, r.viewer_key,
       r.title_key
FROM results.recommendations r
JOIN latest USING (viewer_key, run)
JOIN raw.viewers v USING (viewer_key)
JOIN raw.titles t USING (title_key);
COMMENT ON VIEW main.recommendations_by_model IS 'For each viewer and model the list of the latest finished run.';

CREATE VIEW main.recommendation_reasons AS
SELECT r.viewer, r.rank, r.title, r.year, w.reason, b.name AS because, b.year AS because_year, w.share, w.contribution,
       r.model, r.run, r.viewer_key, r.title_key, w.because_title_key
FROM main.recommendations r
JOIN results.recommendation_reasons w USING (run, viewer_key, title_key)
JOIN raw.titles b ON b.title_key = w.because_title_key;
COMMENT ON VIEW main.recommendation_reasons IS 'Why each title in recommendations is there: the watched titles that its score comes from.';

CREATE VIEW main.metrics AS
WITH latest AS (
    SELECT m.model, m.split, m.metric, m.k, arg_max(m.run, r.ended_at) AS run
    FROM results.metrics m JOIN meta.runs r USING (run) WHERE r.status = 'done' GROUP BY ALL
)
SELECT m.model, m.split, m.metric, m.k, m."value", m.low, m.high, m.viewers, r.ended_at AS measured_at, m.run
FROM results.metrics m
JOIN latest USING (model, split, metric, k, run)
JOIN meta.runs r USING (run);
COMMENT ON VIEW main.metrics IS 'The latest measured quality of each model, by split, metric and k.';

CREATE VIEW main.runs AS
SELECT run, verb, model, status, started_at, round(epoch(ended_at - started_at), 3) AS seconds, seed, plugin, plugin_version, settings, error
FROM meta.runs;
COMMENT ON VIEW main.runs IS 'Runs, as people read them.';

CREATE VIEW main.loads AS
SELECT load, source, path, rows_taken, rows_refused, rows_folded, loaded_at, options, run FROM meta.loads;
COMMENT ON VIEW main.loads IS 'Loads, as people read them.';

CREATE VIEW main.refused AS
SELECT r.load, l.source, r.file, r.line, r.reason, r.content FROM meta.refused_rows r JOIN meta.loads l USING (load);
COMMENT ON VIEW main.refused IS 'Rows that loads refused, and why.';

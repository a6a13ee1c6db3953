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
SELECT m.model, m.split, m.metric, m.k, m."value", m.low, m.high, m.viewers,
       r.settings->>'$.signal' AS signal, (r.settings->>'$.share')::DOUBLE AS share, r.seed, r.ended_at AS measured_at, m.run
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

-- What the columns of the views are -----------------------------------------------------------------------------------

COMMENT ON COLUMN main.credits.title IS 'Name of the title.';
COMMENT ON COLUMN main.credits.year IS 'Year of release.';
COMMENT ON COLUMN main.credits.person IS 'Name of the person.';
COMMENT ON COLUMN main.credits.role IS 'What the person did: cast, director, writer.';
COMMENT ON COLUMN main.credits.billing IS 'Place in the order of billing, counted from 1.';
COMMENT ON COLUMN main.credits.title_id IS 'Id of the title in its source.';
COMMENT ON COLUMN main.credits.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.loads.load IS 'Number of the load, as in meta.loads.';
COMMENT ON COLUMN main.loads.source IS 'Kind of source.';
COMMENT ON COLUMN main.loads.path IS 'Where it was loaded from.';
COMMENT ON COLUMN main.loads.rows_taken IS 'Rows of the source that are in the warehouse because of this load.';
COMMENT ON COLUMN main.loads.rows_refused IS 'Rows that were refused.';
COMMENT ON COLUMN main.loads.rows_folded IS 'Rows that were folded into another as duplicates.';
COMMENT ON COLUMN main.loads.loaded_at IS 'When it was loaded (UTC).';
COMMENT ON COLUMN main.loads.options IS 'Options of the load, as JSON.';
COMMENT ON COLUMN main.loads.run IS 'The run, as in meta.runs.';

COMMENT ON COLUMN main.metrics.model IS 'Model that did it.';
COMMENT ON COLUMN main.metrics.split IS 'How test data were held out: random, last, time or viewers.';
COMMENT ON COLUMN main.metrics.metric IS 'Name of the metric; docs/metrics.md defines each.';
COMMENT ON COLUMN main.metrics.k IS 'Length of the list that was judged.';
COMMENT ON COLUMN main.metrics."value" IS 'Mean over viewers, or the one value of a catalogue metric.';
COMMENT ON COLUMN main.metrics.low IS 'Lower end of the 95 % bootstrap interval over viewers.';
COMMENT ON COLUMN main.metrics.high IS 'Upper end of the 95 % bootstrap interval over viewers.';
COMMENT ON COLUMN main.metrics.viewers IS 'Viewers that had something to find in the test data.';
COMMENT ON COLUMN main.metrics.signal IS 'What was learnt from; numbers of different signals, shares or seeds cannot be compared.';
COMMENT ON COLUMN main.metrics.share IS 'Share that was held out.';
COMMENT ON COLUMN main.metrics.seed IS 'Random seed of the split.';
COMMENT ON COLUMN main.metrics.measured_at IS 'When (UTC).';
COMMENT ON COLUMN main.metrics.run IS 'The run, as in meta.runs.';

COMMENT ON COLUMN main.purchases.viewer IS 'Id of the viewer in its source.';
COMMENT ON COLUMN main.purchases.title IS 'Name of the title.';
COMMENT ON COLUMN main.purchases.year IS 'Year of release.';
COMMENT ON COLUMN main.purchases.tickets IS 'Number of tickets.';
COMMENT ON COLUMN main.purchases.amount IS 'Amount paid, in the currency of the source.';
COMMENT ON COLUMN main.purchases.cinema IS 'Where it was to be seen.';
COMMENT ON COLUMN main.purchases.purchased_at IS 'When (UTC).';
COMMENT ON COLUMN main.purchases.title_id IS 'Id of the title in its source.';
COMMENT ON COLUMN main.purchases.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN main.purchases.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.ratings.viewer IS 'Id of the viewer in its source.';
COMMENT ON COLUMN main.ratings.title IS 'Name of the title.';
COMMENT ON COLUMN main.ratings.year IS 'Year of release.';
COMMENT ON COLUMN main.ratings.rating IS 'The rating on the scale of its source.';
COMMENT ON COLUMN main.ratings.rated_at IS 'When (UTC).';
COMMENT ON COLUMN main.ratings.title_id IS 'Id of the title in its source.';
COMMENT ON COLUMN main.ratings.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN main.ratings.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.recommendation_reasons.viewer IS 'Id of the viewer in its source.';
COMMENT ON COLUMN main.recommendation_reasons.rank IS 'Place in the list, counted from 1.';
COMMENT ON COLUMN main.recommendation_reasons.title IS 'Name of the title.';
COMMENT ON COLUMN main.recommendation_reasons.year IS 'Year of release.';
COMMENT ON COLUMN main.recommendation_reasons.reason IS 'Place among the reasons, the largest contribution first, counted from 1.';
COMMENT ON COLUMN main.recommendation_reasons.because IS 'Name of the watched title that the score comes from.';
COMMENT ON COLUMN main.recommendation_reasons.because_year IS 'Year of release of that title.';
COMMENT ON COLUMN main.recommendation_reasons.share IS 'Its part of the score; the shares of all watched titles sum to 1.';
COMMENT ON COLUMN main.recommendation_reasons.contribution IS 'What it added to the score.';
COMMENT ON COLUMN main.recommendation_reasons.model IS 'Model that did it.';
COMMENT ON COLUMN main.recommendation_reasons.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.recommendation_reasons.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN main.recommendation_reasons.title_key IS 'Key of the title, as in raw.titles.';
COMMENT ON COLUMN main.recommendation_reasons.because_title_key IS 'Key of the watched title, as in raw.titles.';

COMMENT ON COLUMN main.recommendations.viewer IS 'Id of the viewer in its source.';
COMMENT ON COLUMN main.recommendations.rank IS 'Place in the list, counted from 1.';
COMMENT ON COLUMN main.recommendations.title IS 'Name of the title.';
COMMENT ON COLUMN main.recommendations.year IS 'Year of release.';
COMMENT ON COLUMN main.recommendations.score IS 'Score of the model; only its order within one viewer has a meaning.';
COMMENT ON COLUMN main.recommendations.model IS 'Model that did it.';
COMMENT ON COLUMN main.recommendations.title_id IS 'Id of the title in its source.';
COMMENT ON COLUMN main.recommendations.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.recommendations.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN main.recommendations.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.recommendations_by_model.model IS 'Model that did it.';
COMMENT ON COLUMN main.recommendations_by_model.viewer IS 'Id of the viewer in its source.';
COMMENT ON COLUMN main.recommendations_by_model.rank IS 'Place in the list, counted from 1.';
COMMENT ON COLUMN main.recommendations_by_model.title IS 'Name of the title.';
COMMENT ON COLUMN main.recommendations_by_model.year IS 'Year of release.';
COMMENT ON COLUMN main.recommendations_by_model.score IS 'Score of the model; only its order within one viewer has a meaning.';
COMMENT ON COLUMN main.recommendations_by_model.title_id IS 'Id of the title in its source.';
COMMENT ON COLUMN main.recommendations_by_model.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.recommendations_by_model.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN main.recommendations_by_model.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.refused.load IS 'Number of the load, as in meta.loads.';
COMMENT ON COLUMN main.refused.source IS 'Kind of source.';
COMMENT ON COLUMN main.refused.file IS 'File that the row stands in.';
COMMENT ON COLUMN main.refused.line IS 'Line of a text file, or row of any other, counted from 1.';
COMMENT ON COLUMN main.refused.reason IS 'Why it was refused.';
COMMENT ON COLUMN main.refused.content IS 'The row as it stood there, cut at 500 characters.';

COMMENT ON COLUMN main.runs.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.runs.verb IS 'What was asked for.';
COMMENT ON COLUMN main.runs.model IS 'Model that did it.';
COMMENT ON COLUMN main.runs.status IS 'running, done or failed.';
COMMENT ON COLUMN main.runs.started_at IS 'When it began (UTC).';
COMMENT ON COLUMN main.runs.seconds IS 'How long it took.';
COMMENT ON COLUMN main.runs.seed IS 'Random seed.';
COMMENT ON COLUMN main.runs.plugin IS 'Distribution that the model came from.';
COMMENT ON COLUMN main.runs.plugin_version IS 'Version of that distribution.';
COMMENT ON COLUMN main.runs.settings IS 'Every setting of the run, as JSON.';
COMMENT ON COLUMN main.runs.error IS 'Why it failed, in one line.';

COMMENT ON COLUMN main.tags.viewer IS 'Id of the viewer in its source.';
COMMENT ON COLUMN main.tags.title IS 'Name of the title.';
COMMENT ON COLUMN main.tags.year IS 'Year of release.';
COMMENT ON COLUMN main.tags.tag IS 'The tag as it was written.';
COMMENT ON COLUMN main.tags.tagged_at IS 'When (UTC).';
COMMENT ON COLUMN main.tags.title_id IS 'Id of the title in its source.';
COMMENT ON COLUMN main.tags.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN main.tags.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.titles.title_id IS 'Id of the title in its source.';
COMMENT ON COLUMN main.titles.title IS 'Name of the title.';
COMMENT ON COLUMN main.titles.year IS 'Year of release.';
COMMENT ON COLUMN main.titles.runtime_minutes IS 'Length in minutes.';
COMMENT ON COLUMN main.titles.genres IS 'Genres of the title, in alphabetical order.';
COMMENT ON COLUMN main.titles.plot IS 'Plot or extract, as plain text.';
COMMENT ON COLUMN main.titles.title_key IS 'Key of the title, as in raw.titles.';

COMMENT ON COLUMN main.viewers.viewer IS 'Id of the viewer in its source.';
COMMENT ON COLUMN main.viewers.gender IS 'Gender as the source gives it.';
COMMENT ON COLUMN main.viewers.age IS 'Age in years, or the lower bound of an age group, as the source gives it.';
COMMENT ON COLUMN main.viewers.occupation IS 'Occupation as the source gives it.';
COMMENT ON COLUMN main.viewers.postcode IS 'Postcode as the source gives it.';
COMMENT ON COLUMN main.viewers.viewer_key IS 'Key of the viewer, as in raw.viewers.';

COMMENT ON COLUMN main.watches.viewer IS 'Id of the viewer in its source.';
COMMENT ON COLUMN main.watches.title IS 'Name of the title.';
COMMENT ON COLUMN main.watches.year IS 'Year of release.';
COMMENT ON COLUMN main.watches.minutes IS 'Minutes watched.';
COMMENT ON COLUMN main.watches.watched_at IS 'When it began (UTC).';
COMMENT ON COLUMN main.watches.title_id IS 'Id of the title in its source.';
COMMENT ON COLUMN main.watches.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN main.watches.title_key IS 'Key of the title, as in raw.titles.';

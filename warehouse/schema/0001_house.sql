-- The five schemas and their first tables. No index, key or constraint on data tables: see docs/warehouse.md.

CREATE SCHEMA IF NOT EXISTS meta;
CREATE SCHEMA IF NOT EXISTS raw;
CREATE SCHEMA IF NOT EXISTS features;
CREATE SCHEMA IF NOT EXISTS models;
CREATE SCHEMA IF NOT EXISTS results;

-- meta: who did it ---------------------------------------------------------------------------------------------------

CREATE TABLE meta.runs (
    run VARCHAR, verb VARCHAR, model VARCHAR, plugin VARCHAR, plugin_version VARCHAR, cinekit_version VARCHAR,
    settings JSON, seed BIGINT, status VARCHAR, error VARCHAR, started_at TIMESTAMP, ended_at TIMESTAMP,
    host VARCHAR, process_id INTEGER, process_started DOUBLE
);
COMMENT ON TABLE meta.runs IS 'One row for every command that computed or loaded something, finished or not.';
COMMENT ON COLUMN meta.runs.run IS 'Id of the run: a UUID version 7, so that ids sort by time.';
COMMENT ON COLUMN meta.runs.verb IS 'What was asked for: load, simulate, recommend, evaluate.';
COMMENT ON COLUMN meta.runs.model IS 'Model or source that did it.';
COMMENT ON COLUMN meta.runs.plugin IS 'Distribution that the model came from.';
COMMENT ON COLUMN meta.runs.plugin_version IS 'Version of that distribution.';
COMMENT ON COLUMN meta.runs.cinekit_version IS 'Version of cinekit that ran it.';
COMMENT ON COLUMN meta.runs.settings IS 'Every setting of the run, defaults included, as JSON.';
COMMENT ON COLUMN meta.runs.seed IS 'Random seed; the same seed on the same data gives the same rows.';
COMMENT ON COLUMN meta.runs.status IS 'running, done or failed; a run whose process was killed is shown as failed.';
COMMENT ON COLUMN meta.runs.error IS 'Why it failed, in one line.';
COMMENT ON COLUMN meta.runs.started_at IS 'When it began (UTC).';
COMMENT ON COLUMN meta.runs.ended_at IS 'When it ended (UTC).';
COMMENT ON COLUMN meta.runs.host IS 'Machine that it ran on.';
COMMENT ON COLUMN meta.runs.process_id IS 'Process that ran it.';
COMMENT ON COLUMN meta.runs.process_started IS 'When that process began, in seconds since 1970: tells it from a later one with the same id.';

CREATE TABLE meta.run_reads (run VARCHAR, table_name VARCHAR, row_count BIGINT, load INTEGER);
COMMENT ON TABLE meta.run_reads IS 'What each run read: one row a table.';
COMMENT ON COLUMN meta.run_reads.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN meta.run_reads.table_name IS 'Table that it read, with its schema.';
COMMENT ON COLUMN meta.run_reads.row_count IS 'Rows that the table had then.';
COMMENT ON COLUMN meta.run_reads.load IS 'Latest load that had changed the table by then.';

CREATE TABLE meta.run_writes (run VARCHAR, table_name VARCHAR, row_count BIGINT);
COMMENT ON TABLE meta.run_writes IS 'What each run wrote: one row a table.';
COMMENT ON COLUMN meta.run_writes.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN meta.run_writes.table_name IS 'Table that it wrote, with its schema.';
COMMENT ON COLUMN meta.run_writes.row_count IS 'Rows that it added to the table.';

CREATE TABLE meta.loads (
    load INTEGER, run VARCHAR, source VARCHAR, path VARCHAR, sha256 VARCHAR, bytes BIGINT, options JSON,
    rows_taken BIGINT, rows_refused BIGINT, rows_folded BIGINT, loaded_at TIMESTAMP
);
COMMENT ON TABLE meta.loads IS 'Numbered loads: one row for every file, folder or archive that was taken in.';
COMMENT ON COLUMN meta.loads.load IS 'Number of the load, counted from 1.';
COMMENT ON COLUMN meta.loads.run IS 'The run that loaded it, as in meta.runs.';
COMMENT ON COLUMN meta.loads.source IS 'Kind of source: movielens, films, watches, ratings, titles, simulation.';
COMMENT ON COLUMN meta.loads.path IS 'Where it was loaded from.';
COMMENT ON COLUMN meta.loads.sha256 IS 'SHA-256 of what was loaded; the same content is not loaded twice with the same options.';
COMMENT ON COLUMN meta.loads.bytes IS 'Size of what was loaded, in bytes.';
COMMENT ON COLUMN meta.loads.options IS 'Options of the load (column mapping, encoding), as JSON.';
COMMENT ON COLUMN meta.loads.rows_taken IS 'Rows of the source that are in the warehouse now because of this load.';
COMMENT ON COLUMN meta.loads.rows_refused IS 'Rows that were refused; they are in meta.refused_rows with their reason.';
COMMENT ON COLUMN meta.loads.rows_folded IS 'Rows that were folded into another as duplicates.';
COMMENT ON COLUMN meta.loads.loaded_at IS 'When it was loaded (UTC).';

CREATE TABLE meta.load_tables (load INTEGER, table_name VARCHAR, row_count BIGINT);
COMMENT ON TABLE meta.load_tables IS 'Tables that each load changed.';
COMMENT ON COLUMN meta.load_tables.load IS 'Number of the load, as in meta.loads.';
COMMENT ON COLUMN meta.load_tables.table_name IS 'Table that it changed, with its schema.';
COMMENT ON COLUMN meta.load_tables.row_count IS 'Rows that it added or replaced.';

CREATE TABLE meta.refused_rows (load INTEGER, file VARCHAR, line BIGINT, reason VARCHAR, content VARCHAR);
COMMENT ON TABLE meta.refused_rows IS 'Rows that a load refused, with the reason.';
COMMENT ON COLUMN meta.refused_rows.load IS 'Number of the load, as in meta.loads.';
COMMENT ON COLUMN meta.refused_rows.file IS 'File that the row stands in.';
COMMENT ON COLUMN meta.refused_rows.line IS 'Line of a text file, or row of any other, counted from 1.';
COMMENT ON COLUMN meta.refused_rows.reason IS 'Why it was refused.';
COMMENT ON COLUMN meta.refused_rows.content IS 'The row as it stood there, cut at 500 characters.';

CREATE TABLE meta.artifacts (run VARCHAR, path VARCHAR, sha256 VARCHAR, bytes BIGINT);
COMMENT ON TABLE meta.artifacts IS 'Files that runs saved beside the warehouse.';
COMMENT ON COLUMN meta.artifacts.run IS 'The run that saved it, as in meta.runs.';
COMMENT ON COLUMN meta.artifacts.path IS 'Path of the file, relative to the folder of artifacts beside the warehouse.';
COMMENT ON COLUMN meta.artifacts.sha256 IS 'SHA-256 of the file, checked before it is used.';
COMMENT ON COLUMN meta.artifacts.bytes IS 'Size of the file, in bytes.';

-- raw: what was loaded -----------------------------------------------------------------------------------------------

CREATE TABLE raw.titles (
    title_key INTEGER, title_id VARCHAR, name VARCHAR, year SMALLINT, runtime_minutes DOUBLE, plot VARCHAR,
    imdb_id VARCHAR, tmdb_id VARCHAR, article VARCHAR, load INTEGER
);
COMMENT ON TABLE raw.titles IS 'Films and programmes: one row a title_id.';
COMMENT ON COLUMN raw.titles.title_key IS 'Dense integer key of the title within this warehouse, counted from 1.';
COMMENT ON COLUMN raw.titles.title_id IS 'Id of the title in its source, as text.';
COMMENT ON COLUMN raw.titles.name IS 'Name as people say it: the year split off, a trailing article put in front.';
COMMENT ON COLUMN raw.titles.year IS 'Year of release.';
COMMENT ON COLUMN raw.titles.runtime_minutes IS 'Length in minutes.';
COMMENT ON COLUMN raw.titles.plot IS 'Plot or extract, as plain text.';
COMMENT ON COLUMN raw.titles.imdb_id IS 'Id at IMDb, such as tt0114709.';
COMMENT ON COLUMN raw.titles.tmdb_id IS 'Id at TMDB.';
COMMENT ON COLUMN raw.titles.article IS 'Name of its encyclopaedia article.';
COMMENT ON COLUMN raw.titles.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.genres (title_key INTEGER, genre VARCHAR, load INTEGER);
COMMENT ON TABLE raw.genres IS 'Genres of titles: one row a title and genre.';
COMMENT ON COLUMN raw.genres.title_key IS 'Key of the title, as in raw.titles.';
COMMENT ON COLUMN raw.genres.genre IS 'Name of the genre.';
COMMENT ON COLUMN raw.genres.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.credits (title_key INTEGER, person VARCHAR, role VARCHAR, billing INTEGER, load INTEGER);
COMMENT ON TABLE raw.credits IS 'People of titles: one row a title, person and role.';
COMMENT ON COLUMN raw.credits.title_key IS 'Key of the title, as in raw.titles.';
COMMENT ON COLUMN raw.credits.person IS 'Name of the person.';
COMMENT ON COLUMN raw.credits.role IS 'What the person did: cast, director, writer.';
COMMENT ON COLUMN raw.credits.billing IS 'Place in the order of billing, counted from 1.';
COMMENT ON COLUMN raw.credits.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.tags (viewer_key INTEGER, title_key INTEGER, tag VARCHAR, tagged_at TIMESTAMP, load INTEGER);
COMMENT ON TABLE raw.tags IS 'Words that viewers put on titles: one row a viewer, title and tag.';
COMMENT ON COLUMN raw.tags.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN raw.tags.title_key IS 'Key of the title, as in raw.titles.';
COMMENT ON COLUMN raw.tags.tag IS 'The tag as it was written.';
COMMENT ON COLUMN raw.tags.tagged_at IS 'When (UTC).';
COMMENT ON COLUMN raw.tags.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.viewers (
    viewer_key INTEGER, viewer_id VARCHAR, gender VARCHAR, age SMALLINT, occupation VARCHAR, postcode VARCHAR,
    load INTEGER
);
COMMENT ON TABLE raw.viewers IS 'People who watch: one row a viewer_id.';
COMMENT ON COLUMN raw.viewers.viewer_key IS 'Dense integer key of the viewer within this warehouse, counted from 1.';
COMMENT ON COLUMN raw.viewers.viewer_id IS 'Id of the viewer in its source, as text.';
COMMENT ON COLUMN raw.viewers.gender IS 'Gender as the source gives it.';
COMMENT ON COLUMN raw.viewers.age IS 'Age in years, or the lower bound of an age group, as the source gives it.';
COMMENT ON COLUMN raw.viewers.occupation IS 'Occupation as the source gives it.';
COMMENT ON COLUMN raw.viewers.postcode IS 'Postcode as the source gives it.';
COMMENT ON COLUMN raw.viewers.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.ratings (viewer_key INTEGER, title_key INTEGER, rating FLOAT, rated_at TIMESTAMP, load INTEGER);
COMMENT ON TABLE raw.ratings IS 'Ratings: one row a viewer and title, the latest.';
COMMENT ON COLUMN raw.ratings.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN raw.ratings.title_key IS 'Key of the title, as in raw.titles.';
COMMENT ON COLUMN raw.ratings.rating IS 'The rating on the scale of its source.';
COMMENT ON COLUMN raw.ratings.rated_at IS 'When (UTC).';
COMMENT ON COLUMN raw.ratings.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.watches (viewer_key INTEGER, title_key INTEGER, minutes FLOAT, watched_at TIMESTAMP, load INTEGER);
COMMENT ON TABLE raw.watches IS 'Watch history: one row a viewing.';
COMMENT ON COLUMN raw.watches.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN raw.watches.title_key IS 'Key of the title, as in raw.titles.';
COMMENT ON COLUMN raw.watches.minutes IS 'Minutes watched.';
COMMENT ON COLUMN raw.watches.watched_at IS 'When it began (UTC).';
COMMENT ON COLUMN raw.watches.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.purchases (
    viewer_key INTEGER, title_key INTEGER, tickets INTEGER, amount DOUBLE, cinema VARCHAR, purchased_at TIMESTAMP,
    load INTEGER
);
COMMENT ON TABLE raw.purchases IS 'Tickets bought: one row a purchase.';
COMMENT ON COLUMN raw.purchases.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN raw.purchases.title_key IS 'Key of the title, as in raw.titles.';
COMMENT ON COLUMN raw.purchases.tickets IS 'Number of tickets.';
COMMENT ON COLUMN raw.purchases.amount IS 'Amount paid, in the currency of the source.';
COMMENT ON COLUMN raw.purchases.cinema IS 'Where it was to be seen.';
COMMENT ON COLUMN raw.purchases.purchased_at IS 'When (UTC).';
COMMENT ON COLUMN raw.purchases.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.reviews (
    review_id VARCHAR, viewer_key INTEGER, title_key INTEGER, review VARCHAR, score DOUBLE, reviewed_at TIMESTAMP,
    load INTEGER
);
COMMENT ON TABLE raw.reviews IS 'Reviews: one row a review_id.';
COMMENT ON COLUMN raw.reviews.review_id IS 'Id of the review in its source, as text.';
COMMENT ON COLUMN raw.reviews.viewer_key IS 'Key of the viewer who wrote it, as in raw.viewers.';
COMMENT ON COLUMN raw.reviews.title_key IS 'Key of the title, as in raw.titles.';
COMMENT ON COLUMN raw.reviews.review IS 'Text of the review.';
COMMENT ON COLUMN raw.reviews.score IS 'Score that its writer, or a human judge, gave.';
COMMENT ON COLUMN raw.reviews.reviewed_at IS 'When (UTC).';
COMMENT ON COLUMN raw.reviews.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.series (series_id VARCHAR, observed_at TIMESTAMP, observation DOUBLE, load INTEGER);
COMMENT ON TABLE raw.series IS 'Time series: one row a series and time.';
COMMENT ON COLUMN raw.series.series_id IS 'Id of the series in its source, as text.';
COMMENT ON COLUMN raw.series.observed_at IS 'Time of the observation (UTC).';
COMMENT ON COLUMN raw.series.observation IS 'Value observed.';
COMMENT ON COLUMN raw.series.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.simulated_viewers (
    viewer_key INTEGER, taste FLOAT[], watches_per_day DOUBLE, joined_at TIMESTAMP, left_at TIMESTAMP, load INTEGER
);
COMMENT ON TABLE raw.simulated_viewers IS 'The truth behind simulated viewers, which no model may read.';
COMMENT ON COLUMN raw.simulated_viewers.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN raw.simulated_viewers.taste IS 'Latent taste: its dot product with a title''s factors is the affinity.';
COMMENT ON COLUMN raw.simulated_viewers.watches_per_day IS 'Expected watches on an average day while a member.';
COMMENT ON COLUMN raw.simulated_viewers.joined_at IS 'When the viewer came (UTC).';
COMMENT ON COLUMN raw.simulated_viewers.left_at IS 'When the viewer left for good (UTC), NULL if still there at the end.';
COMMENT ON COLUMN raw.simulated_viewers.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.simulated_titles (title_key INTEGER, factors FLOAT[], appeal DOUBLE, load INTEGER);
COMMENT ON TABLE raw.simulated_titles IS 'The truth behind simulated titles, which no model may read.';
COMMENT ON COLUMN raw.simulated_titles.title_key IS 'Key of the title, as in raw.titles.';
COMMENT ON COLUMN raw.simulated_titles.factors IS 'Latent factors, as many as a viewer''s taste has.';
COMMENT ON COLUMN raw.simulated_titles.appeal IS 'Log of how often the title is watched beside what taste explains.';
COMMENT ON COLUMN raw.simulated_titles.load IS 'Load that brought it, as in meta.loads.';

-- models: what was fitted --------------------------------------------------------------------------------------------

CREATE TABLE models.fitted (
    run VARCHAR, verb VARCHAR, model VARCHAR, plugin VARCHAR, plugin_version VARCHAR, settings JSON, seed BIGINT,
    data_state VARCHAR, viewers INTEGER, titles INTEGER, interactions BIGINT, fitted_at TIMESTAMP
);
COMMENT ON TABLE models.fitted IS 'Fitted models that were saved; one is used again while settings, seed and data are the same.';
COMMENT ON COLUMN models.fitted.run IS 'The run that fitted it, as in meta.runs; its files are in meta.artifacts.';
COMMENT ON COLUMN models.fitted.verb IS 'Verb of the model.';
COMMENT ON COLUMN models.fitted.model IS 'Name of the model.';
COMMENT ON COLUMN models.fitted.plugin IS 'Distribution that the model came from.';
COMMENT ON COLUMN models.fitted.plugin_version IS 'Version of that distribution.';
COMMENT ON COLUMN models.fitted.settings IS 'Every setting that the fit depended on, as JSON.';
COMMENT ON COLUMN models.fitted.seed IS 'Random seed of the fit.';
COMMENT ON COLUMN models.fitted.data_state IS 'Hash of which loads had changed the tables that it read, and of its code; another hash means another fit.';
COMMENT ON COLUMN models.fitted.viewers IS 'Viewers that it was fitted on.';
COMMENT ON COLUMN models.fitted.titles IS 'Titles that it can rank.';
COMMENT ON COLUMN models.fitted.interactions IS 'Interactions that it was fitted on.';
COMMENT ON COLUMN models.fitted.fitted_at IS 'When it was fitted (UTC).';

-- results: what came out ---------------------------------------------------------------------------------------------

CREATE TABLE results.recommendations (
    run VARCHAR, viewer_key INTEGER, title_key INTEGER, rank INTEGER, score FLOAT
);
COMMENT ON TABLE results.recommendations IS 'Recommended titles: one row a run, viewer and rank.';
COMMENT ON COLUMN results.recommendations.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.recommendations.viewer_key IS 'Key of the viewer, as in raw.viewers; NULL for somebody described with --like.';
COMMENT ON COLUMN results.recommendations.title_key IS 'Key of the title, as in raw.titles.';
COMMENT ON COLUMN results.recommendations.rank IS 'Place in the list, counted from 1.';
COMMENT ON COLUMN results.recommendations.score IS 'Score of the model; only its order within one viewer has a meaning.';

CREATE TABLE results.recommendation_reasons (
    run VARCHAR, viewer_key INTEGER, title_key INTEGER, reason INTEGER, because_title_key INTEGER,
    contribution FLOAT, share FLOAT
);
COMMENT ON TABLE results.recommendation_reasons IS 'Why a title was recommended: the watched titles that its score comes from.';
COMMENT ON COLUMN results.recommendation_reasons.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.recommendation_reasons.viewer_key IS 'Key of the viewer, as in raw.viewers; NULL for somebody described with --like.';
COMMENT ON COLUMN results.recommendation_reasons.title_key IS 'Key of the recommended title, as in raw.titles.';
COMMENT ON COLUMN results.recommendation_reasons.reason IS 'Place among the reasons, the largest contribution first, counted from 1.';
COMMENT ON COLUMN results.recommendation_reasons.because_title_key IS 'Key of the watched title that contributed, as in raw.titles.';
COMMENT ON COLUMN results.recommendation_reasons.contribution IS 'What it added to the score.';
COMMENT ON COLUMN results.recommendation_reasons.share IS 'Contribution divided by the score; the shares of all watched titles sum to 1.';

CREATE TABLE results.metrics (
    run VARCHAR, model VARCHAR, split VARCHAR, metric VARCHAR, k INTEGER, "value" DOUBLE, low DOUBLE, high DOUBLE,
    viewers INTEGER
);
COMMENT ON TABLE results.metrics IS 'Measured quality: one row a run, model, split, metric and k.';
COMMENT ON COLUMN results.metrics.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.metrics.model IS 'Model that was measured.';
COMMENT ON COLUMN results.metrics.split IS 'How test data were held out: random, last, time or viewers.';
COMMENT ON COLUMN results.metrics.metric IS 'Name of the metric; docs/metrics.md defines each.';
COMMENT ON COLUMN results.metrics.k IS 'Length of the list that was judged.';
COMMENT ON COLUMN results.metrics."value" IS 'Mean over viewers, or the one value of a catalogue metric.';
COMMENT ON COLUMN results.metrics.low IS 'Lower end of the 95 % bootstrap interval over viewers.';
COMMENT ON COLUMN results.metrics.high IS 'Upper end of the 95 % bootstrap interval over viewers.';
COMMENT ON COLUMN results.metrics.viewers IS 'Viewers that had something to find in the test data.';

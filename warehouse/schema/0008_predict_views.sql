-- What users see of predictions: names instead of keys, the latest finished run, and what came true once it is known.

-- Series -------------------------------------------------------------------------------------------------------------
--
-- As toolkit.event_series adds tickets and watches up: by UTC day, from the first day of a series to the last day of
-- its source, which counts where its last event is of 20:00 or later, or where no event has a time of day. Days without
-- events are 0. A purchase without a number of tickets is one. Where no watch has minutes, watches are counted; else
-- those without are left out. A title goes by its name, with the year where others have the name, and
-- with the id where they have the year too.

CREATE VIEW main.daily_sums AS
WITH events AS NOT MATERIALIZED (
    SELECT 'tickets' AS source, title_key, cinema, purchased_at AS happened_at, coalesce(tickets, 1)::DOUBLE AS amount
    FROM raw.purchases WHERE purchased_at IS NOT NULL
    UNION ALL
    SELECT 'watches', title_key, NULL, watched_at,
           CASE WHEN (SELECT count(minutes) FROM raw.watches) = 0 THEN 1 ELSE minutes END
    FROM raw.watches WHERE watched_at IS NOT NULL
),
last_days AS (
    SELECT source, CASE WHEN bool_and(happened_at = date_trunc('day', happened_at)) OR hour(max(happened_at)) >= 20
                        THEN max(happened_at)::DATE ELSE max(happened_at)::DATE - 1 END AS last_day
    FROM events GROUP BY source
),
-- Not materialized, so that of one source and grouping no other is worked out.
days AS NOT MATERIALIZED (
    SELECT e.source, e.title_key, e.cinema, e.happened_at::DATE AS day, l.last_day, e.amount AS y
    FROM events e JOIN last_days l USING (source)
    WHERE e.happened_at::DATE <= l.last_day AND e.amount IS NOT NULL
),
dated AS (
    SELECT title_key, title_id, CASE WHEN count(*) OVER (PARTITION BY coalesce(name, title_id)) > 1 AND year IS NOT NULL
                                     THEN coalesce(name, title_id) || ' (' || year || ')'
                                     ELSE coalesce(name, title_id) END AS dated
    FROM raw.titles
),
names AS (
    SELECT title_key, CASE WHEN count(*) OVER (PARTITION BY dated) > 1
                           THEN dated || ' [' || title_id || ']' ELSE dated END AS series_id
    FROM dated
)
SELECT source, 'total' AS grouping, 'all' AS series_id, day, sum(y) AS y, last_day FROM days GROUP BY ALL
UNION ALL
SELECT d.source, 'title', n.series_id, d.day, sum(d.y), d.last_day
FROM days d JOIN names n USING (title_key) GROUP BY ALL
UNION ALL
SELECT source, 'cinema', cinema, day, sum(y), last_day FROM days WHERE cinema IS NOT NULL GROUP BY ALL
UNION ALL
SELECT d.source, 'genre', g.genre, d.day, sum(d.y), d.last_day
FROM days d JOIN raw.genres g USING (title_key) GROUP BY ALL;
COMMENT ON VIEW main.daily_sums IS 'Tickets, and minutes watched, by day, added up in total and by title, cinema and genre; days without any are left out.';

CREATE VIEW main.series AS
WITH days AS (
    SELECT source, grouping, series_id, unnest(generate_series(min(day), last_day, INTERVAL 1 DAY)) AS ds
    FROM main.daily_sums GROUP BY source, grouping, series_id, last_day
)
SELECT 'series' AS source, NULL::VARCHAR AS grouping, series_id, observed_at AS ds, observation AS y
FROM raw.series WHERE isfinite(observation)
UNION ALL
SELECT d.source, d.grouping, d.series_id, d.ds, coalesce(s.y, 0)
FROM days d
LEFT JOIN main.daily_sums s
    ON s.source = d.source AND s.grouping = d.grouping AND s.series_id = d.series_id AND s.day = d.ds::DATE;
COMMENT ON VIEW main.series IS 'Every series that can be forecast: those loaded, and tickets and minutes watched by day, days without any being 0.';

-- Forecasts ----------------------------------------------------------------------------------------------------------

CREATE VIEW main.forecast_series AS
SELECT s.source, s.grouping, s.series_id, s.cutoff, s.frequency, s.season, s.first_at, s.length, s.filled, s.method,
       s.reason, m.model, s.run
FROM results.forecast_series s JOIN meta.runs m USING (run)
WHERE m.status = 'done'
QUALIFY rank() OVER (PARTITION BY s.source, s.grouping, s.series_id ORDER BY m.ended_at DESC, s.run DESC) = 1;
COMMENT ON VIEW main.forecast_series IS 'For each series the latest finished run that was asked for it: what it had to go by, or why there is no forecast.';

CREATE VIEW main.forecast_history AS
WITH intervals AS (
    SELECT run, series_id, cutoff, horizon,
           max("value") FILTER (WHERE round(quantile, 6) = 0.1) AS low_80,
           max("value") FILTER (WHERE round(quantile, 6) = 0.9) AS high_80,
           max("value") FILTER (WHERE round(quantile, 6) = 0.025) AS low_95,
           max("value") FILTER (WHERE round(quantile, 6) = 0.975) AS high_95
    FROM results.forecast_quantiles GROUP BY run, series_id, cutoff, horizon
),
-- Joined by equalities alone, with '' for no grouping: joins by anything else are slow.
actuals AS (
    SELECT 'series' AS source, '' AS grouping, series_id, observed_at AS ds, observation AS y
    FROM raw.series WHERE isfinite(observation)
    UNION ALL
    SELECT source, grouping, series_id, day::TIMESTAMP, y FROM main.daily_sums
),
-- Of loaded series whose times lay on no grid and were moved to where their steps begin, so are the actuals.
moved AS (
    SELECT DISTINCT series_id, frequency FROM results.forecast_series
    WHERE source = 'series' AND starts_with(method, 'its times were moved')
),
moved_actuals AS (
    SELECT m.series_id, m.frequency, date_trunc(m.frequency, o.observed_at) AS ds, any_value(o.observation) AS y
    FROM raw.series o JOIN moved m USING (series_id)
    WHERE isfinite(o.observation) AND m.frequency IN ('hour', 'day', 'week', 'month', 'quarter', 'year')
    GROUP BY ALL HAVING count(*) = 1
),
ends AS (SELECT DISTINCT source, grouping, series_id, last_day FROM main.daily_sums)
SELECT s.source, s.grouping, s.series_id, f.cutoff, f.ds, f.horizon, f.mean, i.low_80, i.high_80, i.low_95, i.high_95,
       CASE WHEN a.y IS NULL AND f.ds::DATE <= e.last_day THEN 0 ELSE coalesce(a.y, v.y) END AS actual, s.scale, m.model,
       m.ended_at AS forecast_at, f.run
FROM results.forecasts f
JOIN results.forecast_series s USING (run, series_id, cutoff)
JOIN meta.runs m USING (run)
LEFT JOIN intervals i USING (run, series_id, cutoff, horizon)
LEFT JOIN actuals a
    ON a.source = s.source AND a.grouping = coalesce(s.grouping, '') AND a.series_id = s.series_id AND a.ds = f.ds
LEFT JOIN ends e ON e.source = s.source AND e.grouping = s.grouping AND e.series_id = s.series_id
LEFT JOIN moved_actuals v
    ON v.series_id = CASE WHEN starts_with(s.method, 'its times were moved') THEN s.series_id END
    AND v.frequency = s.frequency AND v.ds = f.ds
WHERE m.status = 'done';
COMMENT ON VIEW main.forecast_history IS 'The forecasts of all finished runs, with what came true where it is known.';

CREATE VIEW main.forecasts AS
WITH latest AS (
    SELECT s.run, s.series_id, s.cutoff FROM results.forecast_series s JOIN meta.runs m USING (run)
    WHERE m.status = 'done' AND s.reason IS NULL
    QUALIFY rank() OVER (PARTITION BY s.source, s.grouping, s.series_id ORDER BY m.ended_at DESC, s.run DESC) = 1
)
SELECT h.* EXCLUDE (scale, model, forecast_at, run), h.model, h.forecast_at, h.run
FROM main.forecast_history h JOIN latest USING (run, series_id, cutoff);
COMMENT ON VIEW main.forecasts IS 'For each series the forecast of the latest finished run, whatever its model, with what came true where it is known.';

CREATE VIEW main.forecasts_by_model AS
WITH latest AS (
    SELECT s.run, s.series_id, s.cutoff FROM results.forecast_series s JOIN meta.runs m USING (run)
    WHERE m.status = 'done' AND s.reason IS NULL
    QUALIFY rank() OVER (
        PARTITION BY s.source, s.grouping, s.series_id, m.model ORDER BY m.ended_at DESC, s.run DESC
    ) = 1
)
SELECT h.model, h.* EXCLUDE (scale, model, forecast_at, run), h.forecast_at, h.run
FROM main.forecast_history h JOIN latest USING (run, series_id, cutoff);
COMMENT ON VIEW main.forecasts_by_model IS 'For each series and model the forecast of the latest finished run.';

CREATE VIEW main.forecast_accuracy AS
SELECT model, source, grouping, series_id, cutoff, count(*) AS horizon, count(actual) AS points,
       avg(abs(actual - mean)) / nullif(any_value(scale), 0) AS mase,
       avg(CASE WHEN actual = mean THEN 0 ELSE 200 * abs(actual - mean) / (abs(actual) + abs(mean)) END) AS smape,
       sum(abs(actual - mean)) / nullif(sum(abs(actual)), 0) AS wape,
       avg(abs(actual - mean)) AS mae,
       avg((actual BETWEEN low_80 AND high_80)::INTEGER) AS coverage_80,
       avg((actual BETWEEN low_95 AND high_95)::INTEGER) AS coverage_95,
       any_value(forecast_at) AS forecast_at, run
FROM main.forecast_history
GROUP BY model, source, grouping, series_id, cutoff, run
HAVING count(actual) > 0;
COMMENT ON VIEW main.forecast_accuracy IS 'How near the forecasts of all finished runs came to what is known by now: one row a run, series and cutoff of which something is.';

-- Viewers ------------------------------------------------------------------------------------------------------------

CREATE VIEW main.probabilities AS
WITH latest AS (
    SELECT p.viewer_key, p.task, p.run
    FROM (SELECT DISTINCT run, viewer_key, task, as_of FROM results.probabilities) p
    JOIN meta.runs m USING (run) WHERE m.status = 'done'
    -- What was said of an earlier day, to see how good that was, does not hide what is said of the latest.
    QUALIFY row_number() OVER (
        PARTITION BY p.viewer_key, p.task ORDER BY p.as_of DESC NULLS LAST, m.ended_at DESC, p.run DESC
    ) = 1
)
SELECT v.viewer_id AS viewer, p.task, p.as_of, p.horizon, p.place, p.class, t.name AS title, p.probability,
       -- A task that the model of the run cannot do is done by another.
       coalesce(json_extract_string(m.settings, '$.models."' || p.task || '"'), m.model) AS model, p.run,
       p.viewer_key
FROM results.probabilities p
JOIN latest USING (viewer_key, task, run)
JOIN meta.runs m USING (run)
JOIN raw.viewers v USING (viewer_key)
LEFT JOIN raw.titles t ON t.title_id = CASE WHEN p.task = 'next-title' THEN p.class END;
COMMENT ON VIEW main.probabilities IS 'For each viewer and task the probabilities as of the latest day, by the latest finished run about it, whatever its model.';

-- As toolkit.history and toolkit.tasks have it: an event needs a viewer, a title and a time, whose fraction of a second
-- is cut off. Activity is watches; ratings, or else purchases, where there are no watches. The day of the last event
-- counts where that is of 23:00 or later, or where no event has a time of day. The answer lies in the `horizon` days
-- after as_of, and is known once all of these are. A session begins more than half an hour after the last activity ended.

CREATE VIEW main.outcomes AS
WITH events AS (
    SELECT 1 AS signal, w.viewer_key, w.title_key, date_trunc('second', w.watched_at) AS happened_at,
           coalesce(round(60 * coalesce(w.minutes, t.runtime_minutes)), 0) AS seconds
    FROM raw.watches w LEFT JOIN raw.titles t USING (title_key)
    UNION ALL
    SELECT 2, viewer_key, title_key, date_trunc('second', rated_at), 0 FROM raw.ratings
    UNION ALL
    SELECT 3, viewer_key, title_key, date_trunc('second', purchased_at), 0 FROM raw.purchases
),
known AS (
    SELECT *, happened_at - to_seconds(lag(seconds) OVER mine) - lag(happened_at) OVER mine <= INTERVAL 30 MINUTE AS goes_on
    FROM events WHERE viewer_key IS NOT NULL AND title_key IS NOT NULL AND happened_at IS NOT NULL
    WINDOW mine AS (PARTITION BY signal, viewer_key ORDER BY happened_at, title_key, seconds)
),
observed AS (
    SELECT min(signal) AS activity,
           max(happened_at)::DATE - (bool_or(happened_at <> date_trunc('day', happened_at))
                                     AND hour(max(happened_at)) < 23)::INTEGER AS last_day
    FROM known
),
asked AS (
    SELECT DISTINCT p.run, p.viewer_key, p.task, p.as_of, p.horizon
    FROM results.probabilities p JOIN meta.runs m USING (run) WHERE m.status = 'done'
),
spans AS (
    SELECT DISTINCT a.viewer_key, a.as_of, a.horizon, o.activity FROM asked a, observed o
    WHERE a.as_of + a.horizon <= o.last_day
),
answers AS (
    SELECT s.viewer_key, s.as_of, s.horizon, count(*) FILTER (WHERE k.signal = s.activity) AS times,
           count(*) FILTER (WHERE k.signal = 3) AS purchases,
           coalesce(sum(k.seconds) FILTER (WHERE k.signal = s.activity), 0) / 60 AS minutes,
           min({'at': k.happened_at, 'title_key': k.title_key}) FILTER (WHERE k.signal = s.activity) AS next,
           min(k.happened_at) FILTER (WHERE k.signal = s.activity AND k.goes_on IS NOT TRUE) AS session
    FROM spans s
    LEFT JOIN known k ON k.viewer_key = s.viewer_key AND k.happened_at >= s.as_of + 1
        AND k.happened_at < s.as_of + 1 + s.horizon
    GROUP BY s.viewer_key, s.as_of, s.horizon
),
true_classes AS (
    SELECT q.*, CASE WHEN CASE q.task WHEN 'churn' THEN a.times = 0 WHEN 'purchase' THEN a.purchases > 0
                               ELSE a.times > 0 END THEN 'yes' ELSE 'no' END AS class
    FROM asked q JOIN answers a USING (viewer_key, as_of, horizon)
    WHERE q.task IN ('active-tomorrow', 'active-week', 'churn', 'purchase')
    UNION ALL
    SELECT q.*, c.class
    FROM asked q JOIN answers a USING (viewer_key, as_of, horizon)
    JOIN results.task_classes c ON c.run = q.run AND c.task = q.task AND a.minutes >= c.low
        AND (a.minutes < c.high OR c.high IS NULL)
    WHERE q.task = 'minutes-tomorrow'
    UNION ALL
    SELECT q.*, c.class
    FROM asked q JOIN answers a USING (viewer_key, as_of, horizon)
    JOIN results.task_classes c ON c.run = q.run AND c.task = q.task AND hour(a.session) >= c.low
        AND hour(a.session) < c.high
    WHERE q.task = 'next-daypart'
    UNION ALL
    SELECT q.*, t.title_id
    FROM asked q JOIN answers a USING (viewer_key, as_of, horizon) JOIN raw.titles t ON t.title_key = a.next.title_key
    WHERE q.task = 'next-title'
    UNION ALL
    SELECT q.*, CASE WHEN c.churned THEN 'yes' ELSE 'no' END
    FROM asked q JOIN raw.customers c USING (viewer_key) WHERE q.task = 'customer-churn' AND c.churned IS NOT NULL
    UNION ALL
    SELECT q.*, c.class
    FROM asked q
    JOIN (
        SELECT viewer_key, day, coalesce(max(next_watch_time), max(watch_time_after)) AS minutes
        FROM (
            SELECT viewer_key, day, next_watch_time, NULL AS watch_time_after FROM raw.watch_times
            UNION ALL
            SELECT viewer_key, day - 1, NULL, watch_time FROM raw.watch_times
        )
        GROUP BY viewer_key, day
    ) w ON w.viewer_key = q.viewer_key AND w.day = q.as_of
    JOIN results.task_classes c ON c.run = q.run AND c.task = q.task AND w.minutes >= c.low
        AND (w.minutes < c.high OR c.high IS NULL)
    WHERE q.task = 'watch-time'
)
SELECT v.viewer_id AS viewer, o.task, o.as_of, o.horizon, o.class, t.name AS title,
       coalesce(json_extract_string(m.settings, '$.models."' || o.task || '"'), m.model) AS model, o.run,
       o.viewer_key
FROM true_classes o
JOIN meta.runs m USING (run)
JOIN raw.viewers v USING (viewer_key)
LEFT JOIN raw.titles t ON t.title_id = CASE WHEN o.task = 'next-title' THEN o.class END;
COMMENT ON VIEW main.outcomes IS 'What came true of what finished runs were asked about viewers, where it is known by now.';

CREATE VIEW main.calibration AS
WITH scored AS (
    SELECT o.model, p.task, p.horizon, CASE WHEN p.task <> 'next-title' THEN p.class END AS class, p.probability,
           (p.class = o.class)::INTEGER AS came_true
    FROM results.probabilities p
    JOIN main.outcomes o
        ON o.run = p.run AND o.viewer_key = p.viewer_key AND o.task = p.task AND o.as_of IS NOT DISTINCT FROM p.as_of
    WHERE p.class <> 'no'
    -- The same question asked again counts once.
    QUALIFY row_number() OVER (
        PARTITION BY o.model, p.task, p.horizon, p.as_of, p.viewer_key, p.class ORDER BY p.run DESC
    ) = 1
)
SELECT model, task, horizon, class, least(floor(probability * 10), 9)::INTEGER + 1 AS tenth, count(*) AS n,
       avg(probability) AS mean_probability, avg(came_true) AS share, avg((probability - came_true) ** 2) AS brier
FROM scored GROUP BY ALL;
COMMENT ON VIEW main.calibration IS 'How often what finished runs gave a probability came true: one row a model, task, horizon, class and tenth of probability; what was asked again counts once.';

CREATE OR REPLACE VIEW main.metrics AS
WITH latest AS (
    SELECT r.model AS verb, m.model, m.task, m.split, m.metric, m.k, arg_max(m.run, r.ended_at) AS run
    FROM results.metrics m JOIN meta.runs r USING (run) WHERE r.status = 'done' GROUP BY ALL
)
SELECT latest.verb, m.model, m.task, m.split, m.metric, m.k, m."value", m.low, m.high, m.viewers, m.texts, m.series,
       m.examples, r.settings->>'$.signal' AS signal, (r.settings->>'$.share')::DOUBLE AS share, r.seed,
       r.ended_at AS measured_at, m.run
FROM results.metrics m
JOIN latest ON latest.model = m.model AND latest.split = m.split AND latest.metric = m.metric AND latest.run = m.run
    AND latest.k IS NOT DISTINCT FROM m.k AND latest.task IS NOT DISTINCT FROM m.task
JOIN meta.runs r ON r.run = m.run;
COMMENT ON VIEW main.metrics IS 'The latest measured quality of each model, by task, split, metric and k.';

-- What the columns of the views are -----------------------------------------------------------------------------------

COMMENT ON COLUMN main.daily_sums.source IS 'tickets or watches.';
COMMENT ON COLUMN main.daily_sums.grouping IS 'What was added up by: total, title, cinema, genre.';
COMMENT ON COLUMN main.daily_sums.series_id IS 'The name of a title, cinema or genre, or ''all''.';
COMMENT ON COLUMN main.daily_sums.day IS 'The day (UTC).';
COMMENT ON COLUMN main.daily_sums.y IS 'Tickets, or minutes watched, on it; watches, where none has minutes.';
COMMENT ON COLUMN main.daily_sums.last_day IS 'Last day of the source that is over: what is not here until then is 0.';

COMMENT ON COLUMN main.series.source IS 'What the series is of: series (a loaded one), tickets or watches.';
COMMENT ON COLUMN main.series.grouping IS 'What tickets or watches were added up by: total, title, cinema, genre; NULL of loaded series.';
COMMENT ON COLUMN main.series.series_id IS 'Id of the series: the loaded one''s; the name of a title, cinema or genre; or ''all''.';
COMMENT ON COLUMN main.series.ds IS 'Time of the value (UTC); the day, of tickets and watches.';
COMMENT ON COLUMN main.series.y IS 'The value: what was loaded, tickets, or minutes watched; watches, where none has minutes.';

COMMENT ON COLUMN main.forecast_series.source IS 'What the series is of: series (a loaded one), tickets or watches.';
COMMENT ON COLUMN main.forecast_series.grouping IS 'What tickets or watches were added up by: total, title, cinema, genre; NULL of loaded series.';
COMMENT ON COLUMN main.forecast_series.series_id IS 'Id of the series: the loaded one''s; the name of a title, cinema or genre; or ''all''.';
COMMENT ON COLUMN main.forecast_series.cutoff IS 'Time of the last value that was known (UTC); NULL where nothing could be forecast.';
COMMENT ON COLUMN main.forecast_series.frequency IS 'Step of the series, such as day.';
COMMENT ON COLUMN main.forecast_series.season IS 'Main season in steps.';
COMMENT ON COLUMN main.forecast_series.first_at IS 'Time of its first value (UTC).';
COMMENT ON COLUMN main.forecast_series.length IS 'Values that the forecast was made from, filled ones included.';
COMMENT ON COLUMN main.forecast_series.filled IS 'How many of them were missing and filled in.';
COMMENT ON COLUMN main.forecast_series.method IS 'What was done where it is not what the model does otherwise, such as a fallback; NULL where nothing was.';
COMMENT ON COLUMN main.forecast_series.reason IS 'Why the series has no forecast; NULL where it has one.';
COMMENT ON COLUMN main.forecast_series.model IS 'Model that did it.';
COMMENT ON COLUMN main.forecast_series.run IS 'The run, as in meta.runs.';

COMMENT ON COLUMN main.forecast_history.source IS 'What the series is of: series (a loaded one), tickets or watches.';
COMMENT ON COLUMN main.forecast_history.grouping IS 'What tickets or watches were added up by: total, title, cinema, genre; NULL of loaded series.';
COMMENT ON COLUMN main.forecast_history.series_id IS 'Id of the series: the loaded one''s; the name of a title, cinema or genre; or ''all''.';
COMMENT ON COLUMN main.forecast_history.cutoff IS 'Time of the last value that was known (UTC).';
COMMENT ON COLUMN main.forecast_history.ds IS 'Time that is forecast (UTC).';
COMMENT ON COLUMN main.forecast_history.horizon IS 'Steps from the cutoff to it, counted from 1.';
COMMENT ON COLUMN main.forecast_history.mean IS 'What is expected then.';
COMMENT ON COLUMN main.forecast_history.low_80 IS 'Lower end of the interval that is to hold 80 % of outcomes; NULL where it was not asked for.';
COMMENT ON COLUMN main.forecast_history.high_80 IS 'Upper end of the interval that is to hold 80 % of outcomes; NULL where it was not asked for.';
COMMENT ON COLUMN main.forecast_history.low_95 IS 'Lower end of the interval that is to hold 95 % of outcomes; NULL where it was not asked for.';
COMMENT ON COLUMN main.forecast_history.high_95 IS 'Upper end of the interval that is to hold 95 % of outcomes; NULL where it was not asked for.';
COMMENT ON COLUMN main.forecast_history.actual IS 'What came true; NULL where that is not known yet.';
COMMENT ON COLUMN main.forecast_history.scale IS 'Mean absolute difference of values a season apart, before the cutoff: the denominator of MASE.';
COMMENT ON COLUMN main.forecast_history.model IS 'Model that did it.';
COMMENT ON COLUMN main.forecast_history.forecast_at IS 'When it was forecast (UTC).';
COMMENT ON COLUMN main.forecast_history.run IS 'The run, as in meta.runs.';

COMMENT ON COLUMN main.forecasts.source IS 'What the series is of: series (a loaded one), tickets or watches.';
COMMENT ON COLUMN main.forecasts.grouping IS 'What tickets or watches were added up by: total, title, cinema, genre; NULL of loaded series.';
COMMENT ON COLUMN main.forecasts.series_id IS 'Id of the series: the loaded one''s; the name of a title, cinema or genre; or ''all''.';
COMMENT ON COLUMN main.forecasts.cutoff IS 'Time of the last value that was known (UTC).';
COMMENT ON COLUMN main.forecasts.ds IS 'Time that is forecast (UTC).';
COMMENT ON COLUMN main.forecasts.horizon IS 'Steps from the cutoff to it, counted from 1.';
COMMENT ON COLUMN main.forecasts.mean IS 'What is expected then.';
COMMENT ON COLUMN main.forecasts.low_80 IS 'Lower end of the interval that is to hold 80 % of outcomes; NULL where it was not asked for.';
COMMENT ON COLUMN main.forecasts.high_80 IS 'Upper end of the interval that is to hold 80 % of outcomes; NULL where it was not asked for.';
COMMENT ON COLUMN main.forecasts.low_95 IS 'Lower end of the interval that is to hold 95 % of outcomes; NULL where it was not asked for.';
COMMENT ON COLUMN main.forecasts.high_95 IS 'Upper end of the interval that is to hold 95 % of outcomes; NULL where it was not asked for.';
COMMENT ON COLUMN main.forecasts.actual IS 'What came true; NULL where that is not known yet.';
COMMENT ON COLUMN main.forecasts.model IS 'Model that did it.';
COMMENT ON COLUMN main.forecasts.forecast_at IS 'When it was forecast (UTC).';
COMMENT ON COLUMN main.forecasts.run IS 'The run, as in meta.runs.';

COMMENT ON COLUMN main.forecasts_by_model.model IS 'Model that did it.';
COMMENT ON COLUMN main.forecasts_by_model.source IS 'What the series is of: series (a loaded one), tickets or watches.';
COMMENT ON COLUMN main.forecasts_by_model.grouping IS 'What tickets or watches were added up by: total, title, cinema, genre; NULL of loaded series.';
COMMENT ON COLUMN main.forecasts_by_model.series_id IS 'Id of the series: the loaded one''s; the name of a title, cinema or genre; or ''all''.';
COMMENT ON COLUMN main.forecasts_by_model.cutoff IS 'Time of the last value that was known (UTC).';
COMMENT ON COLUMN main.forecasts_by_model.ds IS 'Time that is forecast (UTC).';
COMMENT ON COLUMN main.forecasts_by_model.horizon IS 'Steps from the cutoff to it, counted from 1.';
COMMENT ON COLUMN main.forecasts_by_model.mean IS 'What is expected then.';
COMMENT ON COLUMN main.forecasts_by_model.low_80 IS 'Lower end of the interval that is to hold 80 % of outcomes; NULL where it was not asked for.';
COMMENT ON COLUMN main.forecasts_by_model.high_80 IS 'Upper end of the interval that is to hold 80 % of outcomes; NULL where it was not asked for.';
COMMENT ON COLUMN main.forecasts_by_model.low_95 IS 'Lower end of the interval that is to hold 95 % of outcomes; NULL where it was not asked for.';
COMMENT ON COLUMN main.forecasts_by_model.high_95 IS 'Upper end of the interval that is to hold 95 % of outcomes; NULL where it was not asked for.';
COMMENT ON COLUMN main.forecasts_by_model.actual IS 'What came true; NULL where that is not known yet.';
COMMENT ON COLUMN main.forecasts_by_model.forecast_at IS 'When it was forecast (UTC).';
COMMENT ON COLUMN main.forecasts_by_model.run IS 'The run, as in meta.runs.';

COMMENT ON COLUMN main.forecast_accuracy.model IS 'Model that did it.';
COMMENT ON COLUMN main.forecast_accuracy.source IS 'What the series is of: series (a loaded one), tickets or watches.';
COMMENT ON COLUMN main.forecast_accuracy.grouping IS 'What tickets or watches were added up by: total, title, cinema, genre; NULL of loaded series.';
COMMENT ON COLUMN main.forecast_accuracy.series_id IS 'Id of the series: the loaded one''s; the name of a title, cinema or genre; or ''all''.';
COMMENT ON COLUMN main.forecast_accuracy.cutoff IS 'Time of the last value that was known (UTC).';
COMMENT ON COLUMN main.forecast_accuracy.horizon IS 'Steps that were forecast.';
COMMENT ON COLUMN main.forecast_accuracy.points IS 'How many of them are known by now.';
COMMENT ON COLUMN main.forecast_accuracy.mase IS 'Mean absolute error / mean absolute difference of values a season apart before the cutoff; below 1 is better than the last season again. NULL where that difference is 0.';
COMMENT ON COLUMN main.forecast_accuracy.smape IS 'Mean of 200 |actual - mean| / (|actual| + |mean|), in %, from 0 to 200; 0 / 0 is 0.';
COMMENT ON COLUMN main.forecast_accuracy.wape IS 'Sum of absolute errors / sum of absolute actuals; NULL where that sum is 0.';
COMMENT ON COLUMN main.forecast_accuracy.mae IS 'Mean absolute error, in the unit of the series.';
COMMENT ON COLUMN main.forecast_accuracy.coverage_80 IS 'Share of known steps that lie in their interval of 80 %.';
COMMENT ON COLUMN main.forecast_accuracy.coverage_95 IS 'Share of known steps that lie in their interval of 95 %.';
COMMENT ON COLUMN main.forecast_accuracy.forecast_at IS 'When it was forecast (UTC).';
COMMENT ON COLUMN main.forecast_accuracy.run IS 'The run, as in meta.runs.';

COMMENT ON COLUMN main.probabilities.viewer IS 'Id of the viewer in its source.';
COMMENT ON COLUMN main.probabilities.task IS 'What is asked, as in results.probabilities.';
COMMENT ON COLUMN main.probabilities.as_of IS 'Last day that was known (UTC); NULL of plain tables without dates.';
COMMENT ON COLUMN main.probabilities.horizon IS 'Days after as_of within which the answer is found; NULL of plain tables.';
COMMENT ON COLUMN main.probabilities.place IS 'Place of the class in their order, counted from 1; of next-title the rank.';
COMMENT ON COLUMN main.probabilities.class IS 'The answer: yes or no, a range of minutes, a part of the day; of next-title the id of a title.';
COMMENT ON COLUMN main.probabilities.title IS 'Name of the title, of next-title.';
COMMENT ON COLUMN main.probabilities.probability IS 'Probability of the class.';
COMMENT ON COLUMN main.probabilities.model IS 'Model that did it.';
COMMENT ON COLUMN main.probabilities.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.probabilities.viewer_key IS 'Key of the viewer, as in raw.viewers.';

COMMENT ON COLUMN main.outcomes.viewer IS 'Id of the viewer in its source.';
COMMENT ON COLUMN main.outcomes.task IS 'What is asked, as in results.probabilities.';
COMMENT ON COLUMN main.outcomes.as_of IS 'Last day that was known (UTC); NULL of plain tables without dates.';
COMMENT ON COLUMN main.outcomes.horizon IS 'Days after as_of within which the answer is found; NULL of plain tables.';
COMMENT ON COLUMN main.outcomes.class IS 'The answer that came true; of next-title the id of a title.';
COMMENT ON COLUMN main.outcomes.title IS 'Name of the title, of next-title.';
COMMENT ON COLUMN main.outcomes.model IS 'Model that did it.';
COMMENT ON COLUMN main.outcomes.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.outcomes.viewer_key IS 'Key of the viewer, as in raw.viewers.';

COMMENT ON COLUMN main.calibration.model IS 'Model that did it.';
COMMENT ON COLUMN main.calibration.task IS 'What is asked, as in results.probabilities.';
COMMENT ON COLUMN main.calibration.horizon IS 'Days within which the answer is found; NULL of plain tables.';
COMMENT ON COLUMN main.calibration.class IS 'The answer whose probability it is, yes where there are yes and no; NULL of next-title, where all titles are counted together.';
COMMENT ON COLUMN main.calibration.tenth IS 'Tenth of probability, from 1 (below .1) to 10 (.9 or more).';
COMMENT ON COLUMN main.calibration.n IS 'Probabilities in it whose outcome is known.';
COMMENT ON COLUMN main.calibration.mean_probability IS 'Their mean.';
COMMENT ON COLUMN main.calibration.share IS 'Share of them that came true; near their mean where the model is calibrated.';
COMMENT ON COLUMN main.calibration.brier IS 'Mean of (probability - 1 or 0)²; weighted by n, the mean over tenths is the Brier score.';

COMMENT ON COLUMN main.metrics.verb IS 'Verb of the model: recommend, analyze, predict.';
COMMENT ON COLUMN main.metrics.model IS 'Model that was measured.';
COMMENT ON COLUMN main.metrics.task IS 'Of predict what was forecast: a task of results.probabilities, or series, tickets, watches; NULL of other verbs.';
COMMENT ON COLUMN main.metrics.split IS 'How test data were held out: random, last, time or viewers; folds for reviews; windows for series, cutoff for viewers'' tasks.';
COMMENT ON COLUMN main.metrics.metric IS 'Name of the metric; docs/metrics.md and docs/sentiment.md define each.';
COMMENT ON COLUMN main.metrics.k IS 'Length of the list that was judged; number of folds for reviews; number of windows for series.';
COMMENT ON COLUMN main.metrics."value" IS 'Mean over viewers, reviews, series or examples, or the one value of a metric of the whole.';
COMMENT ON COLUMN main.metrics.low IS 'Lower end of the 95 % bootstrap interval.';
COMMENT ON COLUMN main.metrics.high IS 'Upper end of the 95 % bootstrap interval.';
COMMENT ON COLUMN main.metrics.viewers IS 'Viewers that had something to find in the test data; NULL where there are none.';
COMMENT ON COLUMN main.metrics.texts IS 'Labelled reviews that were judged; NULL where there are none.';
COMMENT ON COLUMN main.metrics.series IS 'Series that were judged; NULL where there are none.';
COMMENT ON COLUMN main.metrics.examples IS 'Pairs of a viewer and an origin, or of a series and a window, that were judged; NULL of other verbs.';
COMMENT ON COLUMN main.metrics.signal IS 'What was learnt from; numbers of different signals, shares or seeds cannot be compared.';
COMMENT ON COLUMN main.metrics.share IS 'Share that was held out.';
COMMENT ON COLUMN main.metrics.seed IS 'Random seed of the split.';
COMMENT ON COLUMN main.metrics.measured_at IS 'When (UTC).';
COMMENT ON COLUMN main.metrics.run IS 'The run, as in meta.runs.';

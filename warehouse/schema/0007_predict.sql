-- Forecasts of series, probabilities of what viewers do next, and the plain tables that these can be made from.

CREATE TABLE raw.customers (
    viewer_key INTEGER, churned BOOLEAN, load INTEGER
);
COMMENT ON TABLE raw.customers IS 'Customers of a plain table, with whether they left: one row a viewer.';
COMMENT ON COLUMN raw.customers.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN raw.customers.churned IS 'Whether the customer left; NULL where that is not known yet, and a prediction is wanted.';
COMMENT ON COLUMN raw.customers.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.customer_attributes (
    viewer_key INTEGER, attribute VARCHAR, content VARCHAR, load INTEGER
);
COMMENT ON TABLE raw.customer_attributes IS 'What a plain table of customers says of each beside: one row a viewer and attribute.';
COMMENT ON COLUMN raw.customer_attributes.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN raw.customer_attributes.attribute IS 'Name of the column.';
COMMENT ON COLUMN raw.customer_attributes.content IS 'What stands there, as text; rows where nothing stands are left out.';
COMMENT ON COLUMN raw.customer_attributes.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.watch_times (
    viewer_key INTEGER, place INTEGER, day DATE, watch_time DOUBLE, next_watch_time DOUBLE, load INTEGER
);
COMMENT ON TABLE raw.watch_times IS 'Minutes watched by day, from a plain table: one row a viewer and place.';
COMMENT ON COLUMN raw.watch_times.viewer_key IS 'Key of the viewer, as in raw.viewers; a file without viewers is one of its own.';
COMMENT ON COLUMN raw.watch_times.place IS 'Place of the row among the viewer''s, in the order of time: counted from 1, or the days since 1970 where there are dates.';
COMMENT ON COLUMN raw.watch_times.day IS 'Which day it was; NULL where the file has no dates.';
COMMENT ON COLUMN raw.watch_times.watch_time IS 'Minutes watched on the day.';
COMMENT ON COLUMN raw.watch_times.next_watch_time IS 'Minutes watched on the next day; NULL where they are not known yet.';
COMMENT ON COLUMN raw.watch_times.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE results.forecast_series (
    run VARCHAR, source VARCHAR, series_id VARCHAR, grouping VARCHAR, cutoff TIMESTAMP, frequency VARCHAR,
    season INTEGER, first_at TIMESTAMP, length INTEGER, filled INTEGER, scale DOUBLE, method VARCHAR, reason VARCHAR
);
COMMENT ON TABLE results.forecast_series IS 'Series that a run was asked to forecast, those that could not be included: one row a run, series and cutoff.';
COMMENT ON COLUMN results.forecast_series.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.forecast_series.source IS 'What the series are of: series (loaded ones), tickets or watches.';
COMMENT ON COLUMN results.forecast_series.series_id IS 'Id of the series: the loaded one''s; a title, cinema or genre; or ''all''.';
COMMENT ON COLUMN results.forecast_series.grouping IS 'What tickets or watches were added up by: total, title, cinema, genre; NULL of loaded series.';
COMMENT ON COLUMN results.forecast_series.cutoff IS 'Time of the last value that was known (UTC); NULL where nothing could be forecast.';
COMMENT ON COLUMN results.forecast_series.frequency IS 'Step of the series, such as day.';
COMMENT ON COLUMN results.forecast_series.season IS 'Main season in steps.';
COMMENT ON COLUMN results.forecast_series.first_at IS 'Time of its first value (UTC).';
COMMENT ON COLUMN results.forecast_series.length IS 'Values that the forecast was made from, filled ones included.';
COMMENT ON COLUMN results.forecast_series.filled IS 'How many of them were missing and filled in.';
COMMENT ON COLUMN results.forecast_series.scale IS 'Mean absolute difference of values a season apart: the denominator of MASE.';
COMMENT ON COLUMN results.forecast_series.method IS 'What was done where it is not what the model does otherwise, such as a fallback; NULL where nothing was.';
COMMENT ON COLUMN results.forecast_series.reason IS 'Why the series has no forecast; NULL where it has one.';

CREATE TABLE results.forecasts (
    run VARCHAR, series_id VARCHAR, cutoff TIMESTAMP, ds TIMESTAMP, horizon INTEGER, mean DOUBLE
);
COMMENT ON TABLE results.forecasts IS 'Forecasts of series: one row a run, series, cutoff and horizon.';
COMMENT ON COLUMN results.forecasts.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.forecasts.series_id IS 'Id of the series, as in results.forecast_series.';
COMMENT ON COLUMN results.forecasts.cutoff IS 'Time of the last value that was known (UTC).';
COMMENT ON COLUMN results.forecasts.ds IS 'Time that is forecast (UTC).';
COMMENT ON COLUMN results.forecasts.horizon IS 'Steps from the cutoff to it, counted from 1.';
COMMENT ON COLUMN results.forecasts.mean IS 'What is expected then.';

CREATE TABLE results.forecast_quantiles (
    run VARCHAR, series_id VARCHAR, cutoff TIMESTAMP, ds TIMESTAMP, horizon INTEGER, quantile DOUBLE, value DOUBLE
);
COMMENT ON TABLE results.forecast_quantiles IS 'Quantiles of forecasts: one row a run, series, cutoff, horizon and quantile.';
COMMENT ON COLUMN results.forecast_quantiles.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.forecast_quantiles.series_id IS 'Id of the series, as in results.forecast_series.';
COMMENT ON COLUMN results.forecast_quantiles.cutoff IS 'Time of the last value that was known (UTC).';
COMMENT ON COLUMN results.forecast_quantiles.ds IS 'Time that is forecast (UTC).';
COMMENT ON COLUMN results.forecast_quantiles.horizon IS 'Steps from the cutoff to it, counted from 1.';
COMMENT ON COLUMN results.forecast_quantiles.quantile IS 'Probability that the value is at most this: the interval of 80 % lies between .1 and .9.';
COMMENT ON COLUMN results.forecast_quantiles.value IS 'The quantile; over the quantiles of a forecast it never falls.';

CREATE TABLE results.probabilities (
    run VARCHAR, viewer_key INTEGER, task VARCHAR, as_of DATE, horizon INTEGER, class VARCHAR, place INTEGER,
    probability DOUBLE
);
COMMENT ON TABLE results.probabilities IS 'What viewers will do, as probabilities: one row a run, viewer, task, as_of, horizon and class.';
COMMENT ON COLUMN results.probabilities.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.probabilities.viewer_key IS 'Key of the viewer, as in raw.viewers.';
COMMENT ON COLUMN results.probabilities.task IS 'What is asked: active-tomorrow, active-week, minutes-tomorrow, next-daypart, next-title, churn, purchase, watch-time, customer-churn.';
COMMENT ON COLUMN results.probabilities.as_of IS 'Last day that was known (UTC); NULL of plain tables without dates.';
COMMENT ON COLUMN results.probabilities.horizon IS 'Days after as_of within which the answer is found; NULL of plain tables.';
COMMENT ON COLUMN results.probabilities.class IS 'The answer: yes or no, a range of minutes, a part of the day; of next-title the id of a title.';
COMMENT ON COLUMN results.probabilities.place IS 'Place of the class in their order, counted from 1; of next-title the rank.';
COMMENT ON COLUMN results.probabilities.probability IS 'Probability of the class; of all classes they sum to 1, but for next-title, where only the likeliest are kept.';

CREATE TABLE results.task_classes (
    run VARCHAR, task VARCHAR, class VARCHAR, place INTEGER, low DOUBLE, high DOUBLE
);
COMMENT ON TABLE results.task_classes IS 'Classes of each task in a run, with their bounds where they are ranges: one row a run, task and class.';
COMMENT ON COLUMN results.task_classes.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.task_classes.task IS 'What is asked, as in results.probabilities.';
COMMENT ON COLUMN results.task_classes.class IS 'The answer.';
COMMENT ON COLUMN results.task_classes.place IS 'Place of the class in their order, counted from 1.';
COMMENT ON COLUMN results.task_classes.low IS 'Least minutes of the class, or first hour of the part of day; NULL where it is no range.';
COMMENT ON COLUMN results.task_classes.high IS 'Minutes, or hour, below which it ends; NULL where it has no end, or is no range.';

ALTER TABLE results.metrics ADD COLUMN task VARCHAR;
ALTER TABLE results.metrics ADD COLUMN series INTEGER;
ALTER TABLE results.metrics ADD COLUMN examples INTEGER;
COMMENT ON COLUMN results.metrics.task IS 'Of predict what was forecast: a task of results.probabilities, or series, tickets, watches; NULL of other verbs.';
COMMENT ON COLUMN results.metrics.series IS 'Series that were judged; NULL where there are none.';
COMMENT ON COLUMN results.metrics.examples IS 'Pairs of a viewer and an origin, or of a series and a window, that were judged; NULL of other verbs.';
COMMENT ON COLUMN results.metrics.split IS 'How test data were held out: random, last, time or viewers; folds for reviews; windows for series, cutoff for viewers'' tasks.';
COMMENT ON COLUMN results.metrics.k IS 'Length of the list that was judged; number of folds for reviews; number of windows for series.';

ALTER TABLE models.fitted ADD COLUMN series INTEGER;
ALTER TABLE models.fitted ADD COLUMN examples BIGINT;
COMMENT ON COLUMN models.fitted.series IS 'Series that it was fitted on; NULL of other verbs.';
COMMENT ON COLUMN models.fitted.examples IS 'Pairs of a viewer and an origin that it was fitted on; NULL of other verbs.';

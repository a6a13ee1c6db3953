-- Metrics of groups of viewers, and which models can be told apart.

ALTER TABLE results.metrics ADD COLUMN grouping VARCHAR;
ALTER TABLE results.metrics ADD COLUMN viewer_group VARCHAR;
COMMENT ON TABLE results.metrics IS 'Measured quality: one row a run, model, split, metric, k and task, and group of viewers where these are judged apart.';
COMMENT ON COLUMN results.metrics.grouping IS 'What the row''s viewers are grouped by: gender, age, occupation; NULL of all viewers together.';
COMMENT ON COLUMN results.metrics.viewer_group IS 'The group; NULL of all viewers together, and of the gap between two groups (metric NAME_gap).';

CREATE TABLE results.metric_differences (
    run VARCHAR, model VARCHAR, other_model VARCHAR, split VARCHAR, metric VARCHAR, k INTEGER, difference DOUBLE,
    low DOUBLE, high DOUBLE, p DOUBLE, p_holm DOUBLE, viewers INTEGER
);
COMMENT ON TABLE results.metric_differences IS 'Models compared on the same viewers: one row a run, pair of models, split, metric and k.';
COMMENT ON COLUMN results.metric_differences.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.metric_differences.model IS 'One model.';
COMMENT ON COLUMN results.metric_differences.other_model IS 'The model that it is compared with.';
COMMENT ON COLUMN results.metric_differences.split IS 'How test data were held out, as in results.metrics.';
COMMENT ON COLUMN results.metric_differences.metric IS 'Name of the metric; docs/metrics.md defines each.';
COMMENT ON COLUMN results.metric_differences.k IS 'Length of the list that was judged.';
COMMENT ON COLUMN results.metric_differences.difference IS 'Mean over viewers of the metric of model less that of other_model.';
COMMENT ON COLUMN results.metric_differences.low IS 'Lower end of its paired 95 % bootstrap interval over viewers.';
COMMENT ON COLUMN results.metric_differences.high IS 'Upper end of its paired 95 % bootstrap interval over viewers.';
COMMENT ON COLUMN results.metric_differences.p IS 'Two-sided p of the paired randomisation test.';
COMMENT ON COLUMN results.metric_differences.p_holm IS 'That p corrected after Holm over all pairs of the run, for this metric and k.';
COMMENT ON COLUMN results.metric_differences.viewers IS 'Viewers that both were judged by.';

CREATE OR REPLACE VIEW main.metrics AS
WITH latest AS (
    SELECT r.model AS verb, m.model, m.task, m.split, m.metric, m.k, arg_max(m.run, r.ended_at) AS run
    FROM results.metrics m JOIN meta.runs r USING (run) WHERE r.status = 'done' AND m.grouping IS NULL GROUP BY ALL
)
SELECT latest.verb, m.model, m.task, m.split, m.metric, m.k, m."value", m.low, m.high, m.viewers, m.texts, m.series,
       m.examples, r.settings->>'$.signal' AS signal, (r.settings->>'$.share')::DOUBLE AS share, r.seed,
       r.ended_at AS measured_at, m.run
FROM results.metrics m
JOIN latest ON latest.model = m.model AND latest.split = m.split AND latest.metric = m.metric AND latest.run = m.run
    AND latest.k IS NOT DISTINCT FROM m.k AND latest.task IS NOT DISTINCT FROM m.task
JOIN meta.runs r ON r.run = m.run
WHERE m.grouping IS NULL;
COMMENT ON VIEW main.metrics IS 'The latest measured quality of each model, by task, split, metric and k; of all viewers together.';
COMMENT ON COLUMN main.metrics.verb IS 'Verb of the model: recommend, analyze, predict, generate.';
COMMENT ON COLUMN main.metrics.model IS 'Model that was measured.';
COMMENT ON COLUMN main.metrics.task IS 'Of predict what was forecast: a task of results.probabilities, or series, tickets, watches; of generate what was made; NULL of other verbs.';
COMMENT ON COLUMN main.metrics.split IS 'How test data were held out: random, last, time or viewers; folds for reviews; windows for series, cutoff for viewers'' tasks; held-out for generators.';
COMMENT ON COLUMN main.metrics.metric IS 'Name of the metric; docs/metrics.md and docs/sentiment.md define each.';
COMMENT ON COLUMN main.metrics.k IS 'Length of the list that was judged; number of folds for reviews; number of windows for series.';
COMMENT ON COLUMN main.metrics."value" IS 'Mean over viewers, reviews, series or examples, or the one value of a metric of the whole.';
COMMENT ON COLUMN main.metrics.low IS 'Lower end of the 95 % bootstrap interval.';
COMMENT ON COLUMN main.metrics.high IS 'Upper end of the 95 % bootstrap interval.';
COMMENT ON COLUMN main.metrics.viewers IS 'Viewers that had something to find in the test data; NULL where there are none.';
COMMENT ON COLUMN main.metrics.texts IS 'Labelled reviews that were judged; NULL where there are none.';
COMMENT ON COLUMN main.metrics.series IS 'Series that were judged; NULL where there are none.';
COMMENT ON COLUMN main.metrics.examples IS 'Pairs of a viewer and an origin, or of a series and a window, that were judged; of generate the items held out; NULL of other verbs.';
COMMENT ON COLUMN main.metrics.signal IS 'What was learnt from; numbers of different signals, shares or seeds cannot be compared.';
COMMENT ON COLUMN main.metrics.share IS 'Share that was held out.';
COMMENT ON COLUMN main.metrics.seed IS 'Random seed of the split.';
COMMENT ON COLUMN main.metrics.measured_at IS 'When (UTC).';
COMMENT ON COLUMN main.metrics.run IS 'The run, as in meta.runs.';

CREATE VIEW main.group_metrics AS
WITH latest AS (
    SELECT m.model, m.split, m.metric, m.k, m.grouping, arg_max(m.run, r.ended_at) AS run
    FROM results.metrics m JOIN meta.runs r USING (run) WHERE r.status = 'done' AND m.grouping IS NOT NULL GROUP BY ALL
)
SELECT m.model, m.split, m.metric, m.k, m.grouping, m.viewer_group, m."value", m.low, m.high, m.viewers,
       r.settings->>'$.signal' AS signal, (r.settings->>'$.share')::DOUBLE AS share, r.seed, r.ended_at AS measured_at,
       m.run
FROM results.metrics m
JOIN latest USING (model, split, metric, k, grouping, run)
JOIN meta.runs r USING (run);
COMMENT ON VIEW main.group_metrics IS 'The latest measured quality of each model for groups of viewers, by split, metric and k, and the gaps between groups.';
COMMENT ON COLUMN main.group_metrics.model IS 'Model that was measured.';
COMMENT ON COLUMN main.group_metrics.split IS 'How test data were held out: random, last, time or viewers.';
COMMENT ON COLUMN main.group_metrics.metric IS 'Name of the metric; NAME_gap is the highest mean of a group less the lowest.';
COMMENT ON COLUMN main.group_metrics.k IS 'Length of the list that was judged.';
COMMENT ON COLUMN main.group_metrics.grouping IS 'What viewers are grouped by: gender, age, occupation.';
COMMENT ON COLUMN main.group_metrics.viewer_group IS 'The group; NULL of a gap.';
COMMENT ON COLUMN main.group_metrics."value" IS 'Mean over the viewers of the group, or the gap.';
COMMENT ON COLUMN main.group_metrics.low IS 'Lower end of the 95 % bootstrap interval.';
COMMENT ON COLUMN main.group_metrics.high IS 'Upper end of the 95 % bootstrap interval.';
COMMENT ON COLUMN main.group_metrics.viewers IS 'Viewers of the group, or of both groups of a gap, that had something to find in the test data.';
COMMENT ON COLUMN main.group_metrics.signal IS 'What was learnt from; numbers of different signals, shares or seeds cannot be compared.';
COMMENT ON COLUMN main.group_metrics.share IS 'Share that was held out.';
COMMENT ON COLUMN main.group_metrics.seed IS 'Random seed of the split.';
COMMENT ON COLUMN main.group_metrics.measured_at IS 'When (UTC).';
COMMENT ON COLUMN main.group_metrics.run IS 'The run, as in meta.runs.';

CREATE VIEW main.metric_differences AS
SELECT d.model, d.other_model, d.split, d.metric, d.k, d.difference, d.low, d.high, d.p, d.p_holm, d.viewers,
       r.settings->>'$.signal' AS signal, (r.settings->>'$.share')::DOUBLE AS share, r.seed, r.ended_at AS measured_at,
       d.run
FROM results.metric_differences d
JOIN meta.runs r USING (run)
WHERE r.status = 'done'
QUALIFY row_number() OVER (
    PARTITION BY least(d.model, d.other_model), greatest(d.model, d.other_model), d.split, d.metric, d.k
    ORDER BY r.ended_at DESC, d.run DESC
) = 1;
COMMENT ON VIEW main.metric_differences IS 'Which models can be told apart: the latest comparison of each two, by split, metric and k.';
COMMENT ON COLUMN main.metric_differences.model IS 'One model.';
COMMENT ON COLUMN main.metric_differences.other_model IS 'The model that it is compared with.';
COMMENT ON COLUMN main.metric_differences.split IS 'How test data were held out: random, last, time or viewers.';
COMMENT ON COLUMN main.metric_differences.metric IS 'Name of the metric; docs/metrics.md defines each.';
COMMENT ON COLUMN main.metric_differences.k IS 'Length of the list that was judged.';
COMMENT ON COLUMN main.metric_differences.difference IS 'Mean over viewers of the metric of model less that of other_model.';
COMMENT ON COLUMN main.metric_differences.low IS 'Lower end of its paired 95 % bootstrap interval over viewers.';
COMMENT ON COLUMN main.metric_differences.high IS 'Upper end of its paired 95 % bootstrap interval over viewers.';
COMMENT ON COLUMN main.metric_differences.p IS 'Two-sided p of the paired randomisation test.';
COMMENT ON COLUMN main.metric_differences.p_holm IS 'That p corrected after Holm over all pairs of the run, for this metric and k; below .05 the two can be told apart.';
COMMENT ON COLUMN main.metric_differences.viewers IS 'Viewers that both were judged by.';
COMMENT ON COLUMN main.metric_differences.signal IS 'What was learnt from; numbers of different signals, shares or seeds cannot be compared.';
COMMENT ON COLUMN main.metric_differences.share IS 'Share that was held out.';
COMMENT ON COLUMN main.metric_differences.seed IS 'Random seed of the split.';
COMMENT ON COLUMN main.metric_differences.measured_at IS 'When (UTC).';
COMMENT ON COLUMN main.metric_differences.run IS 'The run, as in meta.runs.';

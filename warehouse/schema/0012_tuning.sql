-- Searches for good settings of a model: every setting that was tried, and what it came to.

CREATE TABLE models.trials (
    run VARCHAR, study VARCHAR, basis VARCHAR, verb VARCHAR, model VARCHAR, trial INTEGER, settings JSON,
    metric VARCHAR, k INTEGER, "value" DOUBLE, low DOUBLE, high DOUBLE, cpu_seconds DOUBLE, state VARCHAR,
    error VARCHAR, ended_at TIMESTAMP
);
COMMENT ON TABLE models.trials IS 'Settings that were tried by tune: one row a run and trial. They stay if the run is stopped or killed later.';
COMMENT ON COLUMN models.trials.run IS 'The run that tried it, as in meta.runs.';
COMMENT ON COLUMN models.trials.study IS 'Run that began the study, as in meta.runs: a later run on the same basis goes on with it.';
COMMENT ON COLUMN models.trials.basis IS 'Hash of what values are comparable by: model, version, code, data, split, seed, metric, settings to begin with, and what is searched.';
COMMENT ON COLUMN models.trials.verb IS 'Verb of the model.';
COMMENT ON COLUMN models.trials.model IS 'Name of the model.';
COMMENT ON COLUMN models.trials.trial IS 'Place of the trial in its study, counted from 1; the first has the settings of the config, or the defaults.';
COMMENT ON COLUMN models.trials.settings IS 'Every setting of the model, those that are not searched included, as JSON.';
COMMENT ON COLUMN models.trials.metric IS 'What is to be as large as can be: ndcg.';
COMMENT ON COLUMN models.trials.k IS 'Length of the lists that were judged.';
COMMENT ON COLUMN models.trials."value" IS 'The metric on the validation part; NULL of a trial that failed.';
COMMENT ON COLUMN models.trials.low IS 'Lower end of the 95 % bootstrap interval over viewers.';
COMMENT ON COLUMN models.trials.high IS 'Upper end of the 95 % bootstrap interval over viewers.';
COMMENT ON COLUMN models.trials.cpu_seconds IS 'Seconds of processor time, of all threads; 0 where the same settings had been tried in the study before.';
COMMENT ON COLUMN models.trials.state IS 'done or failed.';
COMMENT ON COLUMN models.trials.error IS 'Why it failed, in one line.';
COMMENT ON COLUMN models.trials.ended_at IS 'When it ended (UTC).';

CREATE VIEW main.trials AS
SELECT t.verb, t.model, t.trial, t.state, t.metric, t.k, t."value", t.low, t.high,
       t.state = 'done' AND row_number() OVER (
           PARTITION BY t.study ORDER BY t.state = 'done' DESC, t."value" DESC, t.run, t.trial
       ) = 1 AS best,
       t.settings, t.cpu_seconds, t.error, r.settings->>'$.name' AS name, r.settings->>'$.split' AS split, r.seed,
       r.status AS run_status, t.ended_at, t.study, t.run
FROM models.trials t JOIN meta.runs r USING (run);
COMMENT ON VIEW main.trials IS 'Settings that were tried by tune, those of runs that were stopped included.';

COMMENT ON COLUMN main.trials.verb IS 'Verb of the model.';
COMMENT ON COLUMN main.trials.model IS 'Name of the model.';
COMMENT ON COLUMN main.trials.trial IS 'Place of the trial in its study, counted from 1.';
COMMENT ON COLUMN main.trials.state IS 'done or failed.';
COMMENT ON COLUMN main.trials.metric IS 'What is to be as large as can be: ndcg.';
COMMENT ON COLUMN main.trials.k IS 'Length of the lists that were judged.';
COMMENT ON COLUMN main.trials."value" IS 'The metric on the validation part; NULL of a trial that failed.';
COMMENT ON COLUMN main.trials.low IS 'Lower end of the 95 % bootstrap interval over viewers.';
COMMENT ON COLUMN main.trials.high IS 'Upper end of the 95 % bootstrap interval over viewers.';
COMMENT ON COLUMN main.trials.best IS 'Whether it is the best of its study; of equal ones the first.';
COMMENT ON COLUMN main.trials.settings IS 'Every setting of the model, those that are not searched included, as JSON.';
COMMENT ON COLUMN main.trials.cpu_seconds IS 'Seconds of processor time, of all threads; 0 where the same settings had been tried in the study before.';
COMMENT ON COLUMN main.trials.error IS 'Why it failed, in one line.';
COMMENT ON COLUMN main.trials.name IS 'What --name called the run; NULL where it was not given.';
COMMENT ON COLUMN main.trials.split IS 'How the test and the validation part were held out: random, last, time or viewers.';
COMMENT ON COLUMN main.trials.seed IS 'Random seed of the splits, the fits and the search.';
COMMENT ON COLUMN main.trials.run_status IS 'running, done or failed: how the run that tried it ended, which is no matter for the trial.';
COMMENT ON COLUMN main.trials.ended_at IS 'When it ended (UTC).';
COMMENT ON COLUMN main.trials.study IS 'Run that began the study, as in meta.runs.';
COMMENT ON COLUMN main.trials.run IS 'The run that tried it, as in meta.runs.';

-- What can be learnt from to make new material (scripts, music, images), and what was made.

CREATE TABLE raw.scripts (
    script_key INTEGER, name VARCHAR, format VARCHAR, content VARCHAR, sha256 VARCHAR, load INTEGER
);
COMMENT ON TABLE raw.scripts IS 'Scripts to learn from: one row a content.';
COMMENT ON COLUMN raw.scripts.script_key IS 'Dense integer key of the script within this warehouse, counted from 1.';
COMMENT ON COLUMN raw.scripts.name IS 'Path of its file below the folder that was loaded.';
COMMENT ON COLUMN raw.scripts.format IS 'Ending of the file, without the dot: fountain, spmd, fdx, txt.';
COMMENT ON COLUMN raw.scripts.content IS 'Its text, with newlines as line ends.';
COMMENT ON COLUMN raw.scripts.sha256 IS 'SHA-256 of that text.';
COMMENT ON COLUMN raw.scripts.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.pieces (
    piece_key INTEGER, piece_id VARCHAR, part VARCHAR, beats DOUBLE, tempo DOUBLE, sha256 VARCHAR, load INTEGER
);
COMMENT ON TABLE raw.pieces IS 'Pieces of music to learn from: one row a piece.';
COMMENT ON COLUMN raw.pieces.piece_key IS 'Dense integer key of the piece within this warehouse, counted from 1.';
COMMENT ON COLUMN raw.pieces.piece_id IS 'Path of its file below the folder that was loaded; of a file with several with their part and number, such as chorales.json train 1.';
COMMENT ON COLUMN raw.pieces.part IS 'Part of the data that its file puts it into: train, valid or test; NULL where it says nothing.';
COMMENT ON COLUMN raw.pieces.beats IS 'Length in quarter notes.';
COMMENT ON COLUMN raw.pieces.tempo IS 'Quarter notes a minute at the beginning; NULL where the file has none.';
COMMENT ON COLUMN raw.pieces.sha256 IS 'SHA-256 of its notes'' voices, pitches and times: the same notes are one piece.';
COMMENT ON COLUMN raw.pieces.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.notes (
    piece_key INTEGER, voice INTEGER, pitch SMALLINT, start_beat DOUBLE, beats DOUBLE, velocity SMALLINT,
    program SMALLINT, load INTEGER
);
COMMENT ON TABLE raw.notes IS 'Notes of pieces, percussion left out: one row a note.';
COMMENT ON COLUMN raw.notes.piece_key IS 'Key of the piece, as in raw.pieces.';
COMMENT ON COLUMN raw.notes.voice IS 'Voice that plays it, counted from 1: a track and channel of a MIDI file, in their order; of chords the highest first.';
COMMENT ON COLUMN raw.notes.pitch IS 'MIDI number of the pitch: 60 is middle C.';
COMMENT ON COLUMN raw.notes.start_beat IS 'When it begins, in quarter notes from the beginning of the piece.';
COMMENT ON COLUMN raw.notes.beats IS 'How long it sounds, in quarter notes.';
COMMENT ON COLUMN raw.notes.velocity IS 'How hard it is struck, 1 to 127; NULL where the file does not say.';
COMMENT ON COLUMN raw.notes.program IS 'Instrument by its General MIDI number, counted from 0; NULL where the file does not say.';
COMMENT ON COLUMN raw.notes.load IS 'Load that brought it, as in meta.loads.';

CREATE TABLE raw.images (
    image_key INTEGER, name VARCHAR, sequence VARCHAR, frame INTEGER, width INTEGER, height INTEGER, mode VARCHAR,
    content BLOB, sha256 VARCHAR, load INTEGER
);
COMMENT ON TABLE raw.images IS 'Images to learn from: one row an image, of an animation one row a frame.';
COMMENT ON COLUMN raw.images.image_key IS 'Dense integer key of the image within this warehouse, counted from 1.';
COMMENT ON COLUMN raw.images.name IS 'Path of its file below the folder that was loaded.';
COMMENT ON COLUMN raw.images.sequence IS 'Sequence that it is a frame of: its name without the number at its end and without its ending; of an animation, and where there is no number, the name without its ending.';
COMMENT ON COLUMN raw.images.frame IS 'Number of the frame in its sequence, as its name gives it; of an animation counted from 0; 0 where there is no number.';
COMMENT ON COLUMN raw.images.width IS 'Width in pixels.';
COMMENT ON COLUMN raw.images.height IS 'Height in pixels.';
COMMENT ON COLUMN raw.images.mode IS 'Kind of its pixels as the file has them, such as RGBA, RGB, L, P.';
COMMENT ON COLUMN raw.images.content IS 'The image as a PNG file of 8 bits: RGBA where it has transparency, else RGB or L.';
COMMENT ON COLUMN raw.images.sha256 IS 'SHA-256 of its size and pixels as RGBA: the same pixels are one content, which only one load brings.';
COMMENT ON COLUMN raw.images.load IS 'Load that brought it, as in meta.loads.';

ALTER TABLE models.fitted ADD COLUMN items BIGINT;
ALTER TABLE models.fitted ADD COLUMN makes VARCHAR;
ALTER TABLE models.fitted ADD COLUMN epochs INTEGER;
ALTER TABLE models.fitted ADD COLUMN finished BOOLEAN;
ALTER TABLE models.fitted ADD COLUMN loss DOUBLE;
COMMENT ON COLUMN models.fitted.items IS 'Titles, rows, scripts, pieces or images that a generator was fitted on; NULL of other verbs.';
COMMENT ON COLUMN models.fitted.makes IS 'What a generator makes: titles, metadata, script, music or effects; NULL of other verbs.';
COMMENT ON COLUMN models.fitted.epochs IS 'Passes over the items that a generator was trained for; NULL where it is not trained in passes.';
COMMENT ON COLUMN models.fitted.finished IS 'Whether training came to its end; false where --minutes ended it, and it can go on.';
COMMENT ON COLUMN models.fitted.loss IS 'Mean loss on the items that were held out to judge it, in the unit of what it makes (see docs/metrics.md); NULL of a model without a likelihood, and of other verbs.';

CREATE TABLE results.generation_runs (
    run VARCHAR, makes VARCHAR, fitted_by VARCHAR, asked INTEGER, made INTEGER, drawn INTEGER, verbatim INTEGER,
    near_copies INTEGER, repeated INTEGER, near DOUBLE
);
COMMENT ON TABLE results.generation_runs IS 'What each run of generate made, and what it rejected as copies: one row a run.';
COMMENT ON COLUMN results.generation_runs.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.generation_runs.makes IS 'What was made: titles, metadata, script, music or effects.';
COMMENT ON COLUMN results.generation_runs.fitted_by IS 'The run that fitted the model, as in meta.runs.';
COMMENT ON COLUMN results.generation_runs.asked IS 'Samples that were asked for.';
COMMENT ON COLUMN results.generation_runs.made IS 'Samples that were kept.';
COMMENT ON COLUMN results.generation_runs.drawn IS 'Samples that were drawn, rejected ones included.';
COMMENT ON COLUMN results.generation_runs.verbatim IS 'Of them, those that are what they learnt from, to the letter.';
COMMENT ON COLUMN results.generation_runs.near_copies IS 'Of them, those that were nearer to an item they learnt from than `near`, verbatim ones left out.';
COMMENT ON COLUMN results.generation_runs.repeated IS 'Of them, those that had been drawn before in the run.';
COMMENT ON COLUMN results.generation_runs.near IS 'Distance below which a sample counts as a near copy; between 0 and 1.';

CREATE TABLE results.generations (
    run VARCHAR, sample INTEGER, content VARCHAR, file VARCHAR, wish VARCHAR, loss DOUBLE, nearest VARCHAR,
    distance DOUBLE
);
COMMENT ON TABLE results.generations IS 'What was made: one row a run and sample.';
COMMENT ON COLUMN results.generations.run IS 'The run, as in meta.runs, where seed and settings are.';
COMMENT ON COLUMN results.generations.sample IS 'Place of the sample in the run, counted from 1.';
COMMENT ON COLUMN results.generations.content IS 'The sample as text: a title, a script, a row of metadata as JSON; NULL of music and images.';
COMMENT ON COLUMN results.generations.file IS 'Its file, relative to the folder of artifacts beside the warehouse; NULL where it is text alone.';
COMMENT ON COLUMN results.generations.wish IS 'What was asked of this sample, where not the same was asked of all, such as its place between two others.';
COMMENT ON COLUMN results.generations.loss IS 'Negative log-likelihood that its model gives it, in the unit of models.fitted.loss; NULL of a model without one.';
COMMENT ON COLUMN results.generations.nearest IS 'Name of the nearest item that was learnt from.';
COMMENT ON COLUMN results.generations.distance IS 'Distance to it, from 0 (the same) to 1 (see docs/generate.md for what it is of each kind).';

CREATE TABLE results.generated_titles (
    run VARCHAR, sample INTEGER, year SMALLINT, runtime_minutes DOUBLE, cast_size INTEGER, ratings BIGINT,
    mean_rating DOUBLE, rating_spread DOUBLE
);
COMMENT ON TABLE results.generated_titles IS 'Synthetic rows of titles, by generate metadata: one row a run and sample.';
COMMENT ON COLUMN results.generated_titles.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.generated_titles.sample IS 'The sample, as in results.generations.';
COMMENT ON COLUMN results.generated_titles.year IS 'Year of release.';
COMMENT ON COLUMN results.generated_titles.runtime_minutes IS 'Length in minutes; NULL where no loaded title has one, or as often as theirs are.';
COMMENT ON COLUMN results.generated_titles.cast_size IS 'People in its cast.';
COMMENT ON COLUMN results.generated_titles.ratings IS 'Ratings that it has.';
COMMENT ON COLUMN results.generated_titles.mean_rating IS 'Mean of its ratings; NULL where it has none.';
COMMENT ON COLUMN results.generated_titles.rating_spread IS 'Standard deviation of its ratings; NULL where it has fewer than two.';

CREATE TABLE results.generated_genres (run VARCHAR, sample INTEGER, genre VARCHAR);
COMMENT ON TABLE results.generated_genres IS 'Genres of synthetic titles: one row a run, sample and genre.';
COMMENT ON COLUMN results.generated_genres.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.generated_genres.sample IS 'The sample, as in results.generations.';
COMMENT ON COLUMN results.generated_genres.genre IS 'Name of the genre.';

COMMENT ON COLUMN results.metrics.task IS 'Of predict what was forecast: a task of results.probabilities, or series, tickets, watches; of generate what was made; NULL of other verbs.';
COMMENT ON COLUMN results.metrics.examples IS 'Pairs of a viewer and an origin, or of a series and a window, that were judged; of generate the items held out; NULL of other verbs.';
COMMENT ON COLUMN results.metrics.split IS 'How test data were held out: random, last, time or viewers; folds for reviews; windows for series, cutoff for viewers'' tasks; held-out for generators.';

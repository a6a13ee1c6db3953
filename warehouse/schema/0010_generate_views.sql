-- What users see of what was made, and of what it can be learnt from.

CREATE VIEW main.loaded_scripts AS
SELECT s.name, s.format, length(s.content) AS characters, l.loaded_at, s.load, s.script_key
FROM raw.scripts s LEFT JOIN meta.loads l USING (load);
COMMENT ON VIEW main.loaded_scripts IS 'Scripts that can be learnt from, without their text.';

CREATE VIEW main.loaded_pieces AS
WITH notes AS (
    SELECT piece_key, count(DISTINCT voice) AS voices, count(*) AS notes, min(pitch) AS lowest, max(pitch) AS highest
    FROM raw.notes GROUP BY piece_key
)
SELECT p.piece_id, p.part, p.beats, p.tempo, n.voices, n.notes, n.lowest, n.highest, l.loaded_at, p.load, p.piece_key
FROM raw.pieces p LEFT JOIN notes n USING (piece_key) LEFT JOIN meta.loads l USING (load);
COMMENT ON VIEW main.loaded_pieces IS 'Pieces of music that can be learnt from, with the number and range of their notes.';

CREATE VIEW main.loaded_images AS
SELECT i.name, i.sequence, i.frame, i.width, i.height, i.mode, octet_length(i.content) AS bytes, l.loaded_at, i.load,
       i.image_key
FROM raw.images i LEFT JOIN meta.loads l USING (load);
COMMENT ON VIEW main.loaded_images IS 'Images that can be learnt from, without their pixels.';

CREATE VIEW main.generation_runs AS
SELECT g.makes, m.model, g.asked, g.made, g.drawn, g.verbatim, g.near_copies, g.repeated,
       (g.verbatim + g.near_copies + g.repeated) / nullif(g.drawn, 0)::DOUBLE AS rejected_share, g.near, m.settings,
       m.seed, m.ended_at AS made_at, g.fitted_by, g.run
FROM results.generation_runs g JOIN meta.runs m USING (run)
WHERE m.status = 'done';
COMMENT ON VIEW main.generation_runs IS 'What each finished run of generate made, and what it rejected.';

CREATE VIEW main.generations AS
WITH latest AS (
    SELECT run, makes, model, seed, made_at FROM main.generation_runs
    QUALIFY row_number() OVER (PARTITION BY makes, model ORDER BY made_at DESC, run DESC) = 1
)
SELECT l.makes, l.model, g.sample, g.content, g.file, g.wish, g.loss, g.nearest, g.distance, l.seed, l.made_at, g.run
FROM results.generations g JOIN latest l USING (run);
COMMENT ON VIEW main.generations IS 'For each generator the samples of its latest finished run; those of all runs are in results.generations.';

CREATE VIEW main.synthetic_titles AS
WITH genres AS (
    SELECT run, sample, list(genre ORDER BY genre) AS genres FROM results.generated_genres GROUP BY run, sample
)
SELECT g.model, g.sample, t.year, c.genres, t.runtime_minutes, t.cast_size, t.ratings, t.mean_rating, t.rating_spread,
       g.nearest, g.distance, g.seed, g.made_at, g.run
FROM results.generated_titles t JOIN main.generations g USING (run, sample) LEFT JOIN genres c USING (run, sample);
COMMENT ON VIEW main.synthetic_titles IS 'For each generator of metadata the synthetic titles of its latest finished run, with their genres.';

-- What the columns of the views are -----------------------------------------------------------------------------------

COMMENT ON COLUMN main.loaded_scripts.name IS 'Path of its file below the folder that was loaded.';
COMMENT ON COLUMN main.loaded_scripts.format IS 'Ending of the file, without the dot: fountain, spmd, fdx, txt.';
COMMENT ON COLUMN main.loaded_scripts.characters IS 'Length of its text in characters.';
COMMENT ON COLUMN main.loaded_scripts.loaded_at IS 'When it was loaded (UTC).';
COMMENT ON COLUMN main.loaded_scripts.load IS 'Load that brought it, as in meta.loads.';
COMMENT ON COLUMN main.loaded_scripts.script_key IS 'Key of the script, as in raw.scripts, where its text is.';

COMMENT ON COLUMN main.loaded_pieces.piece_id IS 'Path of its file below the folder that was loaded; of a file with several with their part and number.';
COMMENT ON COLUMN main.loaded_pieces.part IS 'Part of the data that its file puts it into: train, valid or test; NULL where it says nothing.';
COMMENT ON COLUMN main.loaded_pieces.beats IS 'Length in quarter notes.';
COMMENT ON COLUMN main.loaded_pieces.tempo IS 'Quarter notes a minute at the beginning; NULL where the file has none.';
COMMENT ON COLUMN main.loaded_pieces.voices IS 'Voices that play in it.';
COMMENT ON COLUMN main.loaded_pieces.notes IS 'Notes in it.';
COMMENT ON COLUMN main.loaded_pieces.lowest IS 'MIDI number of its lowest pitch: 60 is middle C.';
COMMENT ON COLUMN main.loaded_pieces.highest IS 'MIDI number of its highest pitch.';
COMMENT ON COLUMN main.loaded_pieces.loaded_at IS 'When it was loaded (UTC).';
COMMENT ON COLUMN main.loaded_pieces.load IS 'Load that brought it, as in meta.loads.';
COMMENT ON COLUMN main.loaded_pieces.piece_key IS 'Key of the piece, as in raw.pieces and raw.notes.';

COMMENT ON COLUMN main.loaded_images.name IS 'Path of its file below the folder that was loaded.';
COMMENT ON COLUMN main.loaded_images.sequence IS 'Sequence that it is a frame of; its name where it is alone.';
COMMENT ON COLUMN main.loaded_images.frame IS 'Number of the frame in its sequence; 0 where it has none.';
COMMENT ON COLUMN main.loaded_images.width IS 'Width in pixels.';
COMMENT ON COLUMN main.loaded_images.height IS 'Height in pixels.';
COMMENT ON COLUMN main.loaded_images.mode IS 'Kind of its pixels as the file has them, such as RGBA, RGB, L, P.';
COMMENT ON COLUMN main.loaded_images.bytes IS 'Size of the image as the PNG file that is kept of it.';
COMMENT ON COLUMN main.loaded_images.loaded_at IS 'When it was loaded (UTC).';
COMMENT ON COLUMN main.loaded_images.load IS 'Load that brought it, as in meta.loads.';
COMMENT ON COLUMN main.loaded_images.image_key IS 'Key of the image, as in raw.images, where its pixels are.';

COMMENT ON COLUMN main.generation_runs.makes IS 'What was made: titles, metadata, script, music or effects.';
COMMENT ON COLUMN main.generation_runs.model IS 'Model that did it.';
COMMENT ON COLUMN main.generation_runs.asked IS 'Samples that were asked for.';
COMMENT ON COLUMN main.generation_runs.made IS 'Samples that were kept.';
COMMENT ON COLUMN main.generation_runs.drawn IS 'Samples that were drawn, rejected ones included.';
COMMENT ON COLUMN main.generation_runs.verbatim IS 'Of them, those that are what they learnt from, to the letter.';
COMMENT ON COLUMN main.generation_runs.near_copies IS 'Of them, those that were nearer to an item they learnt from than `near`, verbatim ones left out.';
COMMENT ON COLUMN main.generation_runs.repeated IS 'Of them, those that had been drawn before in the run.';
COMMENT ON COLUMN main.generation_runs.rejected_share IS 'Share of those drawn that were verbatim, near copies or repeated; with --keep-copies copies are counted all the same, and kept.';
COMMENT ON COLUMN main.generation_runs.near IS 'Distance below which a sample counts as a near copy; between 0 and 1.';
COMMENT ON COLUMN main.generation_runs.settings IS 'Settings of the model, and what was asked, as JSON.';
COMMENT ON COLUMN main.generation_runs.seed IS 'Random seed of sampling.';
COMMENT ON COLUMN main.generation_runs.made_at IS 'When it was made (UTC).';
COMMENT ON COLUMN main.generation_runs.fitted_by IS 'The run that fitted the model, as in meta.runs.';
COMMENT ON COLUMN main.generation_runs.run IS 'The run, as in meta.runs.';

COMMENT ON COLUMN main.generations.makes IS 'What was made: titles, metadata, script, music or effects.';
COMMENT ON COLUMN main.generations.model IS 'Model that did it.';
COMMENT ON COLUMN main.generations.sample IS 'Place of the sample in the run, counted from 1.';
COMMENT ON COLUMN main.generations.content IS 'The sample as text: a title, a script, a row of metadata as JSON; NULL of music and images.';
COMMENT ON COLUMN main.generations.file IS 'Its file, relative to the folder of artifacts beside the warehouse; NULL where it is text alone.';
COMMENT ON COLUMN main.generations.wish IS 'What was asked of this sample, where not the same was asked of all, such as its place between two others.';
COMMENT ON COLUMN main.generations.loss IS 'Negative log-likelihood that its model gives it, in the unit of models.fitted.loss; NULL of a model without one.';
COMMENT ON COLUMN main.generations.nearest IS 'Name of the nearest item that was learnt from.';
COMMENT ON COLUMN main.generations.distance IS 'Distance to it, from 0 (the same) to 1.';
COMMENT ON COLUMN main.generations.seed IS 'Random seed of sampling.';
COMMENT ON COLUMN main.generations.made_at IS 'When it was made (UTC).';
COMMENT ON COLUMN main.generations.run IS 'The run, as in meta.runs.';

COMMENT ON COLUMN main.synthetic_titles.model IS 'Model that did it.';
COMMENT ON COLUMN main.synthetic_titles.sample IS 'The sample, as in generations.';
COMMENT ON COLUMN main.synthetic_titles.year IS 'Year of release.';
COMMENT ON COLUMN main.synthetic_titles.genres IS 'Names of its genres, in the order of the alphabet; NULL where it has none.';
COMMENT ON COLUMN main.synthetic_titles.runtime_minutes IS 'Length in minutes; NULL where it has none.';
COMMENT ON COLUMN main.synthetic_titles.cast_size IS 'People in its cast.';
COMMENT ON COLUMN main.synthetic_titles.ratings IS 'Ratings that it has.';
COMMENT ON COLUMN main.synthetic_titles.mean_rating IS 'Mean of its ratings; NULL where it has none.';
COMMENT ON COLUMN main.synthetic_titles.rating_spread IS 'Standard deviation of its ratings; NULL where it has fewer than two.';
COMMENT ON COLUMN main.synthetic_titles.nearest IS 'Name of the nearest title that was learnt from.';
COMMENT ON COLUMN main.synthetic_titles.distance IS 'Distance to it, from 0 (the same) to 1.';
COMMENT ON COLUMN main.synthetic_titles.seed IS 'Random seed of sampling.';
COMMENT ON COLUMN main.synthetic_titles.made_at IS 'When it was made (UTC).';
COMMENT ON COLUMN main.synthetic_titles.run IS 'The run, as in meta.runs.';

-- What earlier tables and views hold now as well -----------------------------------------------------------------------

COMMENT ON COLUMN meta.refused_rows.line IS 'Line of a text file, or row of any other, counted from 1; NULL where a whole file, or a piece or image of it, was refused.';
COMMENT ON COLUMN main.metrics.verb IS 'Verb of the model: recommend, analyze, predict, generate.';
COMMENT ON COLUMN main.metrics.task IS 'Of predict what was forecast: a task of results.probabilities, or series, tickets, watches; of generate what was made; NULL of other verbs.';
COMMENT ON COLUMN main.metrics.split IS 'How test data were held out: random, last, time or viewers; folds for reviews; windows for series, cutoff for viewers'' tasks; held-out for generators.';
COMMENT ON COLUMN main.metrics.examples IS 'Pairs of a viewer and an origin, or of a series and a window, that were judged; of generate the items held out; NULL of other verbs.';

-- What videos and images came to.

CREATE TABLE results.videos (
    run VARCHAR, document_key INTEGER, width INTEGER, height INTEGER, frames INTEGER, seconds DOUBLE, frame_rate DOUBLE,
    variable_rate BOOLEAN, shots INTEGER, scenes INTEGER, cuts INTEGER, fades INTEGER, dissolves INTEGER,
    average_shot_length DOUBLE, median_shot_length DOUBLE, shot_length_deviation DOUBLE, cuts_per_minute DOUBLE,
    rhythm DOUBLE, brightness DOUBLE, contrast DOUBLE, saturation DOUBLE, warmth DOUBLE, motion DOUBLE
);
COMMENT ON TABLE results.videos IS 'Videos as a whole: one row a run and document.';
COMMENT ON COLUMN results.videos.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.videos.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.videos.width IS 'Width in pixels.';
COMMENT ON COLUMN results.videos.height IS 'Height in pixels.';
COMMENT ON COLUMN results.videos.frames IS 'Frames that were decoded.';
COMMENT ON COLUMN results.videos.seconds IS 'Length in seconds.';
COMMENT ON COLUMN results.videos.frame_rate IS 'Frames a second, on average.';
COMMENT ON COLUMN results.videos.variable_rate IS 'Whether the frames stand at uneven times.';
COMMENT ON COLUMN results.videos.shots IS 'Shots.';
COMMENT ON COLUMN results.videos.scenes IS 'Scenes: shots grouped by similarity in time.';
COMMENT ON COLUMN results.videos.cuts IS 'Hard cuts.';
COMMENT ON COLUMN results.videos.fades IS 'Fades to or from a plain picture.';
COMMENT ON COLUMN results.videos.dissolves IS 'Dissolves.';
COMMENT ON COLUMN results.videos.average_shot_length IS 'Mean length of a shot in seconds (ASL).';
COMMENT ON COLUMN results.videos.median_shot_length IS 'Median length of a shot in seconds (MSL).';
COMMENT ON COLUMN results.videos.shot_length_deviation IS 'Standard deviation of the lengths of shots in seconds.';
COMMENT ON COLUMN results.videos.cuts_per_minute IS 'Changes of shot a minute.';
COMMENT ON COLUMN results.videos.rhythm IS 'Correlation of the lengths of neighbouring shots, from -1 (alternating) to 1 (in waves); NULL for fewer than 4 shots.';
COMMENT ON COLUMN results.videos.brightness IS 'Mean lightness L* of the shots, weighted by length, from 0 to 100.';
COMMENT ON COLUMN results.videos.contrast IS 'Likewise: standard deviation of L*.';
COMMENT ON COLUMN results.videos.saturation IS 'Likewise: mean chroma, from 0.';
COMMENT ON COLUMN results.videos.warmth IS 'Likewise: mean b*, positive for warm (yellow), negative for cold (blue).';
COMMENT ON COLUMN results.videos.motion IS 'Likewise: mean difference of neighbouring frames in L*, from 0 to 100.';

CREATE TABLE results.shots (
    run VARCHAR, document_key INTEGER, shot INTEGER, first_frame INTEGER, last_frame INTEGER, starts_at DOUBLE,
    ends_at DOUBLE, seconds DOUBLE, opened_by VARCHAR, opened_frames INTEGER, confidence DOUBLE, scene INTEGER,
    brightness DOUBLE, contrast DOUBLE, saturation DOUBLE, warmth DOUBLE, motion DOUBLE, faces INTEGER,
    face_height DOUBLE, shot_scale VARCHAR, key_frame INTEGER, key_frame_file VARCHAR
);
COMMENT ON TABLE results.shots IS 'Shots of videos: one row a run, document and shot.';
COMMENT ON COLUMN results.shots.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.shots.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.shots.shot IS 'Place of the shot, counted from 1.';
COMMENT ON COLUMN results.shots.first_frame IS 'Its first frame, counted from 0; of a dissolve or fade, the middle of it.';
COMMENT ON COLUMN results.shots.last_frame IS 'Its last frame.';
COMMENT ON COLUMN results.shots.starts_at IS 'When it begins, in seconds.';
COMMENT ON COLUMN results.shots.ends_at IS 'When the next begins or the video ends, in seconds.';
COMMENT ON COLUMN results.shots.seconds IS 'Its length.';
COMMENT ON COLUMN results.shots.opened_by IS 'How it begins: start, cut, fade, dissolve.';
COMMENT ON COLUMN results.shots.opened_frames IS 'Frames that the transition into it takes; 0 for a cut.';
COMMENT ON COLUMN results.shots.confidence IS 'How clear the transition into it is, from 0 to 1; NULL of the first shot.';
COMMENT ON COLUMN results.shots.scene IS 'Scene that it belongs to, counted from 1.';
COMMENT ON COLUMN results.shots.brightness IS 'Mean lightness L* of its frames, from 0 to 100.';
COMMENT ON COLUMN results.shots.contrast IS 'Mean over frames of the standard deviation of L*.';
COMMENT ON COLUMN results.shots.saturation IS 'Mean chroma, from 0.';
COMMENT ON COLUMN results.shots.warmth IS 'Mean b*, positive for warm (yellow), negative for cold (blue).';
COMMENT ON COLUMN results.shots.motion IS 'Mean difference of neighbouring frames in L*, from 0 to 100.';
COMMENT ON COLUMN results.shots.faces IS 'Faces found in its key frame; NULL where they were not looked for.';
COMMENT ON COLUMN results.shots.face_height IS 'Height of the largest face as a share of the picture''s; NULL without one.';
COMMENT ON COLUMN results.shots.shot_scale IS 'close-up, medium or long, by the largest face; NULL without one.';
COMMENT ON COLUMN results.shots.key_frame IS 'Frame that stands for it.';
COMMENT ON COLUMN results.shots.key_frame_file IS 'PNG of it, relative to the run''s folder of artifacts.';

CREATE TABLE results.images (
    run VARCHAR, document_key INTEGER, width INTEGER, height INTEGER, mode VARCHAR, opaque_share DOUBLE,
    brightness DOUBLE, contrast DOUBLE, saturation DOUBLE, warmth DOUBLE, faces INTEGER, face_height DOUBLE,
    shot_scale VARCHAR
);
COMMENT ON TABLE results.images IS 'Images: one row a run and document.';
COMMENT ON COLUMN results.images.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.images.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.images.width IS 'Width in pixels.';
COMMENT ON COLUMN results.images.height IS 'Height in pixels.';
COMMENT ON COLUMN results.images.mode IS 'How its pixels are kept, such as RGB or RGBA.';
COMMENT ON COLUMN results.images.opaque_share IS 'Mean opacity of its pixels, from 0 to 1; the colours are those of what is opaque.';
COMMENT ON COLUMN results.images.brightness IS 'Mean lightness L*, from 0 to 100.';
COMMENT ON COLUMN results.images.contrast IS 'Standard deviation of L*.';
COMMENT ON COLUMN results.images.saturation IS 'Mean chroma, from 0.';
COMMENT ON COLUMN results.images.warmth IS 'Mean b*, positive for warm (yellow), negative for cold (blue).';
COMMENT ON COLUMN results.images.faces IS 'Faces found; NULL where they were not looked for.';
COMMENT ON COLUMN results.images.face_height IS 'Height of the largest face as a share of the picture''s; NULL without one.';
COMMENT ON COLUMN results.images.shot_scale IS 'close-up, medium or long, by the largest face; NULL without one.';

CREATE TABLE results.palettes (
    run VARCHAR, document_key INTEGER, shot INTEGER, place INTEGER, colour VARCHAR, lightness DOUBLE, a DOUBLE,
    b DOUBLE, share DOUBLE
);
COMMENT ON TABLE results.palettes IS 'Palettes of shots and images: one row a run, document, shot and colour.';
COMMENT ON COLUMN results.palettes.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.palettes.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.palettes.shot IS 'The shot, as in results.shots; NULL of an image.';
COMMENT ON COLUMN results.palettes.place IS 'Place of the colour, the largest share first, counted from 1.';
COMMENT ON COLUMN results.palettes.colour IS 'The colour in sRGB, such as #1f3a5c.';
COMMENT ON COLUMN results.palettes.lightness IS 'L* of CIELAB (D65), from 0 to 100.';
COMMENT ON COLUMN results.palettes.a IS 'a* of CIELAB: green to red.';
COMMENT ON COLUMN results.palettes.b IS 'b* of CIELAB: blue to yellow.';
COMMENT ON COLUMN results.palettes.share IS 'Share of the pixels that are nearest to it; the shares of a palette sum to 1.';

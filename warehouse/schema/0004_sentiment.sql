-- Sentiment of lines, scenes, characters, documents and reviews; measured quality of models of text.

CREATE TABLE results.sentiment (
    run VARCHAR, document_key INTEGER, level VARCHAR, place INTEGER, scene INTEGER, character VARCHAR, words INTEGER,
    sentiment DOUBLE
);
COMMENT ON TABLE results.sentiment IS 'Sentiment of documents: one row a run, document, level and place. Of dialogue it is an index, not a measured probability.';
COMMENT ON COLUMN results.sentiment.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.sentiment.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.sentiment.level IS 'line, scene, character or document.';
COMMENT ON COLUMN results.sentiment.place IS 'Of a line: its element or cue. Of a scene: its number. Of others: counted from 1.';
COMMENT ON COLUMN results.sentiment.scene IS 'Scene of a line or scene; NULL where there are no scenes.';
COMMENT ON COLUMN results.sentiment.character IS 'Who speaks, of lines and characters; NULL where it is not known.';
COMMENT ON COLUMN results.sentiment.words IS 'Words that were scored.';
COMMENT ON COLUMN results.sentiment.sentiment IS 'Index from -1 (negative) to 1 (positive); above line level the mean of lines, weighted by words. NULL where the model knows none of the words.';

CREATE TABLE results.arcs (
    run VARCHAR, document_key INTEGER, point INTEGER, share DOUBLE, seconds DOUBLE, raw DOUBLE, smoothed DOUBLE
);
COMMENT ON TABLE results.arcs IS 'The emotional arc over a story, at 100 points: one row a run, document and point.';
COMMENT ON COLUMN results.arcs.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.arcs.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.arcs.point IS 'Place of the point, counted from 1.';
COMMENT ON COLUMN results.arcs.share IS 'Share of the story at the point, from 0 to 1.';
COMMENT ON COLUMN results.arcs.seconds IS 'Seconds from the beginning, where times are known.';
COMMENT ON COLUMN results.arcs.raw IS 'Mean sentiment of the lines of that part of the story; NULL where none was scored. The single lines are in results.sentiment.';
COMMENT ON COLUMN results.arcs.smoothed IS 'The arc: the first terms of the lines'' discrete cosine transform.';

CREATE TABLE results.review_sentiment (
    run VARCHAR, review_id VARCHAR, sentiment DOUBLE, probability DOUBLE, label VARCHAR, language VARCHAR
);
COMMENT ON TABLE results.review_sentiment IS 'Sentiment of reviews: one row a run and review.';
COMMENT ON COLUMN results.review_sentiment.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.review_sentiment.review_id IS 'The review, as in raw.reviews.';
COMMENT ON COLUMN results.review_sentiment.sentiment IS 'From -1 (negative) to 1 (positive); NULL where the model cannot say.';
COMMENT ON COLUMN results.review_sentiment.probability IS 'Calibrated probability that the review is positive.';
COMMENT ON COLUMN results.review_sentiment.label IS 'positive or negative; NULL where the model cannot say.';
COMMENT ON COLUMN results.review_sentiment.language IS 'Language of the review, as an ISO 639-1 code; NULL where there are too few words to tell.';

ALTER TABLE results.metrics ADD COLUMN texts INTEGER;
COMMENT ON COLUMN results.metrics.texts IS 'Labelled reviews that were judged; NULL where viewers were.';
COMMENT ON COLUMN results.metrics.split IS 'How test data were held out: random, last, time or viewers; folds for reviews.';
COMMENT ON COLUMN results.metrics.k IS 'Length of the list that was judged; number of folds for reviews.';
COMMENT ON COLUMN results.metrics."value" IS 'Mean over viewers or reviews, or the one value of a metric of the whole.';
COMMENT ON COLUMN results.metrics.low IS 'Lower end of the 95 % bootstrap interval over viewers or reviews.';
COMMENT ON COLUMN results.metrics.high IS 'Upper end of the 95 % bootstrap interval over viewers or reviews.';
COMMENT ON COLUMN results.metrics.viewers IS 'Viewers that had something to find in the test data; NULL where reviews were judged.';

ALTER TABLE models.fitted ADD COLUMN texts BIGINT;
COMMENT ON COLUMN models.fitted.texts IS 'Labelled texts that it was fitted on; NULL of recommenders.';

-- Weights between titles as rows: a recommender that is a sum of them, for whoever only writes SQL.

CREATE TABLE models.title_neighbours (
    run VARCHAR, title_key INTEGER, rank INTEGER, neighbour_key INTEGER, weight FLOAT
);
COMMENT ON TABLE models.title_neighbours IS 'The largest weights of titles on one another: one row a run, title and rank. A title''s score for a viewer is the sum of the weights of the neighbours that the viewer liked.';
COMMENT ON COLUMN models.title_neighbours.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN models.title_neighbours.title_key IS 'Key of the title that is scored, as in raw.titles.';
COMMENT ON COLUMN models.title_neighbours.rank IS 'Place among the title''s weights, the one farthest from 0 first, counted from 1.';
COMMENT ON COLUMN models.title_neighbours.neighbour_key IS 'Key of the title that adds to the score where a viewer liked it, as in raw.titles.';
COMMENT ON COLUMN models.title_neighbours.weight IS 'What it adds; below 0 where it speaks against the title.';

CREATE VIEW main.title_neighbours AS
WITH latest AS (
    SELECT m.model, arg_max(n.run, m.ended_at) AS run
    FROM (SELECT DISTINCT run FROM models.title_neighbours) n JOIN meta.runs m USING (run)
    WHERE m.status = 'done' GROUP BY m.model
)
SELECT l.model, t.name AS title, t.year, n.rank, b.name AS neighbour, b.year AS neighbour_year, n.weight, n.run,
       n.title_key, n.neighbour_key
FROM models.title_neighbours n
JOIN latest l USING (run)
JOIN raw.titles t USING (title_key)
JOIN raw.titles b ON b.title_key = n.neighbour_key;
COMMENT ON VIEW main.title_neighbours IS 'For each model the weights of titles on one another, of the latest finished run that wrote them.';
COMMENT ON COLUMN main.title_neighbours.model IS 'Model that did it.';
COMMENT ON COLUMN main.title_neighbours.title IS 'Name of the title that is scored.';
COMMENT ON COLUMN main.title_neighbours.year IS 'Year of release.';
COMMENT ON COLUMN main.title_neighbours.rank IS 'Place among the title''s weights, the one farthest from 0 first, counted from 1.';
COMMENT ON COLUMN main.title_neighbours.neighbour IS 'Name of the title that adds to the score where a viewer liked it.';
COMMENT ON COLUMN main.title_neighbours.neighbour_year IS 'Year of release of that title.';
COMMENT ON COLUMN main.title_neighbours.weight IS 'What it adds; below 0 where it speaks against the title.';
COMMENT ON COLUMN main.title_neighbours.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN main.title_neighbours.title_key IS 'Key of the title that is scored, as in raw.titles.';
COMMENT ON COLUMN main.title_neighbours.neighbour_key IS 'Key of the title that adds to its score, as in raw.titles.';

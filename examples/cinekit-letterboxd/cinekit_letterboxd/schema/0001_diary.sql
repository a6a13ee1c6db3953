-- What an export says that cinekit's own tables have no place for. A later export adds its rows beside earlier ones.

CREATE TABLE plugin_letterboxd.diary (
    viewer_key INTEGER, title_key INTEGER, logged_on DATE, watched_on DATE, rating FLOAT, rewatch BOOLEAN, uri VARCHAR,
    load INTEGER
);
COMMENT ON TABLE plugin_letterboxd.diary IS 'Entries of Letterboxd diaries, those of each export.';
COMMENT ON COLUMN plugin_letterboxd.diary.viewer_key IS 'Who watched, as in raw.viewers.';
COMMENT ON COLUMN plugin_letterboxd.diary.title_key IS 'What, as in raw.titles.';
COMMENT ON COLUMN plugin_letterboxd.diary.logged_on IS 'Day on which the entry was written.';
COMMENT ON COLUMN plugin_letterboxd.diary.watched_on IS 'Day on which the film was watched.';
COMMENT ON COLUMN plugin_letterboxd.diary.rating IS 'Stars then given, 0.5 to 5; NULL where none were.';
COMMENT ON COLUMN plugin_letterboxd.diary.rewatch IS 'Whether the viewer had watched it before.';
COMMENT ON COLUMN plugin_letterboxd.diary.uri IS 'Address of the entry.';
COMMENT ON COLUMN plugin_letterboxd.diary.load IS 'The load that it stems from, as in meta.loads.';

CREATE TABLE plugin_letterboxd.watchlist (
    viewer_key INTEGER, title_key INTEGER, added_on DATE, uri VARCHAR, load INTEGER
);
COMMENT ON TABLE plugin_letterboxd.watchlist IS 'Films on Letterboxd watchlists, those of each export.';
COMMENT ON COLUMN plugin_letterboxd.watchlist.viewer_key IS 'Whose list, as in raw.viewers.';
COMMENT ON COLUMN plugin_letterboxd.watchlist.title_key IS 'The film, as in raw.titles.';
COMMENT ON COLUMN plugin_letterboxd.watchlist.added_on IS 'Day on which it was put there.';
COMMENT ON COLUMN plugin_letterboxd.watchlist.uri IS 'Address of the film.';
COMMENT ON COLUMN plugin_letterboxd.watchlist.load IS 'The load that it stems from, as in meta.loads.';

CREATE VIEW plugin_letterboxd.current_watchlist AS
SELECT viewer_key, title_key, added_on FROM plugin_letterboxd.watchlist
QUALIFY load = max(load) OVER (PARTITION BY viewer_key);
COMMENT ON VIEW plugin_letterboxd.current_watchlist IS 'Films on each viewer''s watchlist by the latest export.';
COMMENT ON COLUMN plugin_letterboxd.current_watchlist.viewer_key IS 'Whose list, as in raw.viewers.';
COMMENT ON COLUMN plugin_letterboxd.current_watchlist.title_key IS 'The film, as in raw.titles.';
COMMENT ON COLUMN plugin_letterboxd.current_watchlist.added_on IS 'Day on which it was put there.';

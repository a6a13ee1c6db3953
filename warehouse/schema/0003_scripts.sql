-- Documents that were analysed, and what scripts and subtitles came to.

-- raw: documents -----------------------------------------------------------------------------------------------------

CREATE TABLE raw.documents (
    document_key INTEGER, sha256 VARCHAR, kind VARCHAR, name VARCHAR, path VARCHAR, bytes BIGINT, title_key INTEGER,
    content VARCHAR, run VARCHAR
);
COMMENT ON TABLE raw.documents IS 'Files that were analysed: one row a content, whatever it is called.';
COMMENT ON COLUMN raw.documents.document_key IS 'Dense integer key of the document within this warehouse, counted from 1.';
COMMENT ON COLUMN raw.documents.sha256 IS 'SHA-256 of the file; the same content is the same document.';
COMMENT ON COLUMN raw.documents.kind IS 'Kind of document: script, subtitles, video, image.';
COMMENT ON COLUMN raw.documents.name IS 'Name of the file when it was first seen.';
COMMENT ON COLUMN raw.documents.path IS 'Where it was first seen.';
COMMENT ON COLUMN raw.documents.bytes IS 'Size of the file, in bytes.';
COMMENT ON COLUMN raw.documents.title_key IS 'Key of the title that it belongs to, as in raw.titles.';
COMMENT ON COLUMN raw.documents.content IS 'Its text, of documents that are text; NULL of others.';
COMMENT ON COLUMN raw.documents.run IS 'The run that brought it, as in meta.runs.';

COMMENT ON COLUMN raw.titles.load IS 'Load that brought it, as in meta.loads; NULL where a document of that name did.';

CREATE TABLE results.analyses (
    run VARCHAR, document_key INTEGER, language VARCHAR, sentiment_model VARCHAR, sentiment_settings JSON,
    sentiment_fit VARCHAR
);
COMMENT ON TABLE results.analyses IS 'Which run analysed which document.';
COMMENT ON COLUMN results.analyses.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.analyses.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.analyses.language IS 'Language of its words, as an ISO 639-1 code; NULL where there are too few to tell.';
COMMENT ON COLUMN results.analyses.sentiment_model IS 'Model that scored its sentiment; NULL where none did, or where it does not read that language.';
COMMENT ON COLUMN results.analyses.sentiment_settings IS 'Settings of that model, as JSON.';
COMMENT ON COLUMN results.analyses.sentiment_fit IS 'The run that fitted that model, as in meta.runs; NULL where it was not fitted.';

-- results: scripts ---------------------------------------------------------------------------------------------------

CREATE TABLE results.script_elements (
    run VARCHAR, document_key INTEGER, element INTEGER, kind VARCHAR, text VARCHAR, markup VARCHAR, line INTEGER,
    scene INTEGER, character VARCHAR, extension VARCHAR, dual VARCHAR, scene_number VARCHAR, depth SMALLINT,
    "key" VARCHAR, revision VARCHAR, page INTEGER
);
COMMENT ON TABLE results.script_elements IS 'Scripts, element by element: one row a run, document and element.';
COMMENT ON COLUMN results.script_elements.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.script_elements.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.script_elements.element IS 'Place of the element in the script, counted from 1.';
COMMENT ON COLUMN results.script_elements.kind IS 'What it is: scene heading, action, character, parenthetical, dialogue, lyric, transition, section, synopsis, note, boneyard, centred, page break, title page.';
COMMENT ON COLUMN results.script_elements.text IS 'Its words, without marks of emphasis.';
COMMENT ON COLUMN results.script_elements.markup IS 'Its words with Fountain''s marks of emphasis; NULL where there are none.';
COMMENT ON COLUMN results.script_elements.line IS 'Line of the file that it begins in (paragraph of a Final Draft file), counted from 1.';
COMMENT ON COLUMN results.script_elements.scene IS 'Scene that it stands in, counted from 1; 0 before the first.';
COMMENT ON COLUMN results.script_elements.character IS 'Who speaks, of cues and of what is spoken, aliases folded.';
COMMENT ON COLUMN results.script_elements.extension IS 'Extensions of a cue as they are written, such as (V.O.).';
COMMENT ON COLUMN results.script_elements.dual IS 'left or right, of dual dialogue; NULL of other elements.';
COMMENT ON COLUMN results.script_elements.scene_number IS 'Number of a scene as the script gives it.';
COMMENT ON COLUMN results.script_elements.depth IS 'Depth of a section, counted from 1.';
COMMENT ON COLUMN results.script_elements."key" IS 'Key of an entry of the title page, such as Author.';
COMMENT ON COLUMN results.script_elements.revision IS 'Revision that the element was changed in, as the script gives it.';
COMMENT ON COLUMN results.script_elements.page IS 'Page that it begins on, counted from 1, as laid out by the usual rules.';

CREATE TABLE results.scenes (
    run VARCHAR, document_key INTEGER, scene INTEGER, heading VARCHAR, setting VARCHAR, place VARCHAR,
    time_of_day VARCHAR, scene_number VARCHAR, page INTEGER, eighths INTEGER, minutes DOUBLE, words INTEGER,
    dialogue_words INTEGER, speeches INTEGER, speakers INTEGER, first_element INTEGER, last_element INTEGER
);
COMMENT ON TABLE results.scenes IS 'Scenes of scripts: one row a run, document and scene.';
COMMENT ON COLUMN results.scenes.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.scenes.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.scenes.scene IS 'Place of the scene in the script, counted from 1.';
COMMENT ON COLUMN results.scenes.heading IS 'Heading of the scene.';
COMMENT ON COLUMN results.scenes.setting IS 'INT, EXT or INT/EXT; NULL where the heading says neither, as EST. does.';
COMMENT ON COLUMN results.scenes.place IS 'Place, as the heading names it; the whole heading where it is not understood.';
COMMENT ON COLUMN results.scenes.time_of_day IS 'Time of day, as the heading names it, such as NIGHT; NULL where it names none.';
COMMENT ON COLUMN results.scenes.scene_number IS 'Number of the scene as the script gives it.';
COMMENT ON COLUMN results.scenes.page IS 'Page that it begins on, counted from 1.';
COMMENT ON COLUMN results.scenes.eighths IS 'Length in eighths of a page, rounded, at least 1.';
COMMENT ON COLUMN results.scenes.minutes IS 'Estimated length in minutes, a page a minute.';
COMMENT ON COLUMN results.scenes.words IS 'Words of action and dialogue.';
COMMENT ON COLUMN results.scenes.dialogue_words IS 'Words that are spoken or sung.';
COMMENT ON COLUMN results.scenes.speeches IS 'Speeches: cues with what follows them.';
COMMENT ON COLUMN results.scenes.speakers IS 'Characters who speak in it.';
COMMENT ON COLUMN results.scenes.first_element IS 'Its first element, as in results.script_elements.';
COMMENT ON COLUMN results.scenes.last_element IS 'Its last element, as in results.script_elements.';

CREATE TABLE results.characters (
    run VARCHAR, document_key INTEGER, character VARCHAR, aliases VARCHAR[], speeches INTEGER, words INTEGER,
    scenes INTEGER, first_scene INTEGER, last_scene INTEGER, first_page INTEGER, last_page INTEGER,
    monologues INTEGER, longest_speech INTEGER, gender VARCHAR, degree DOUBLE, betweenness DOUBLE, pagerank DOUBLE,
    community INTEGER
);
COMMENT ON TABLE results.characters IS 'Speaking characters of scripts: one row a run, document and character.';
COMMENT ON COLUMN results.characters.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.characters.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.characters.character IS 'Name of the character, aliases folded.';
COMMENT ON COLUMN results.characters.aliases IS 'The cues that were taken for this character, as they are written.';
COMMENT ON COLUMN results.characters.speeches IS 'Speeches: cues with what follows them.';
COMMENT ON COLUMN results.characters.words IS 'Words that the character speaks or sings.';
COMMENT ON COLUMN results.characters.scenes IS 'Scenes that the character speaks in; what is before the first heading is none.';
COMMENT ON COLUMN results.characters.first_scene IS 'First scene that the character speaks in; 0 before the first heading.';
COMMENT ON COLUMN results.characters.last_scene IS 'Last scene that the character speaks in.';
COMMENT ON COLUMN results.characters.first_page IS 'Page of the first speech.';
COMMENT ON COLUMN results.characters.last_page IS 'Page of the last speech.';
COMMENT ON COLUMN results.characters.monologues IS 'Speeches of at least as many words as the setting monologue says.';
COMMENT ON COLUMN results.characters.longest_speech IS 'Words of the longest speech.';
COMMENT ON COLUMN results.characters.gender IS 'Gender that the user gave; NULL unless given, never guessed.';
COMMENT ON COLUMN results.characters.degree IS 'Share of the other characters that this one shares a scene with, from 0 to 1; NULL where the script has no scenes.';
COMMENT ON COLUMN results.characters.betweenness IS 'Betweenness among those who share scenes, from 0 to 1 (Freeman 1977); NULL without scenes.';
COMMENT ON COLUMN results.characters.pagerank IS 'PageRank in the network of who speaks to whom, weighted by speeches; sums to 1 (Page et al. 1999).';
COMMENT ON COLUMN results.characters.community IS 'Group of characters who share scenes, counted from 1, the largest first; NULL without scenes.';

CREATE TABLE results.character_links (
    run VARCHAR, document_key INTEGER, kind VARCHAR, from_character VARCHAR, to_character VARCHAR, scenes INTEGER,
    speeches INTEGER, words INTEGER
);
COMMENT ON TABLE results.character_links IS 'Who shares scenes, and who speaks to whom: one row a run, document, kind and pair.';
COMMENT ON COLUMN results.character_links.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.character_links.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.character_links.kind IS 'shares: both speak in a scene, each pair once in alphabetical order; speaks: the first speaks to the second.';
COMMENT ON COLUMN results.character_links.from_character IS 'First character, or the one who speaks.';
COMMENT ON COLUMN results.character_links.to_character IS 'Second character, or the one spoken to.';
COMMENT ON COLUMN results.character_links.scenes IS 'Scenes in which it is so.';
COMMENT ON COLUMN results.character_links.speeches IS 'Speeches to the other; NULL where the kind is shares.';
COMMENT ON COLUMN results.character_links.words IS 'Words to the other; NULL where the kind is shares.';

CREATE TABLE results.script_pacing (
    run VARCHAR, document_key INTEGER, format VARCHAR, pages INTEGER, eighths INTEGER, minutes DOUBLE, scenes INTEGER,
    scene_eighths DOUBLE, median_scene_eighths DOUBLE, cuts_per_page DOUBLE, words INTEGER, dialogue_words INTEGER,
    dialogue_share DOUBLE, characters INTEGER, women_pairs INTEGER, reading_ease DOUBLE, reading_grade DOUBLE
);
COMMENT ON TABLE results.script_pacing IS 'Scripts as a whole: one row a run and document.';
COMMENT ON COLUMN results.script_pacing.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.script_pacing.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.script_pacing.format IS 'What it was read as: fountain, fdx, text, pdf.';
COMMENT ON COLUMN results.script_pacing.pages IS 'Pages, as laid out by the usual rules.';
COMMENT ON COLUMN results.script_pacing.eighths IS 'Length in eighths of a page.';
COMMENT ON COLUMN results.script_pacing.minutes IS 'Estimated length in minutes, a page a minute.';
COMMENT ON COLUMN results.script_pacing.scenes IS 'Scenes.';
COMMENT ON COLUMN results.script_pacing.scene_eighths IS 'Mean length of a scene in eighths of a page.';
COMMENT ON COLUMN results.script_pacing.median_scene_eighths IS 'Median length of a scene in eighths of a page.';
COMMENT ON COLUMN results.script_pacing.cuts_per_page IS 'Changes of scene a page: scenes less one, divided by the pages that are filled; NULL without scenes.';
COMMENT ON COLUMN results.script_pacing.words IS 'Words of action and dialogue.';
COMMENT ON COLUMN results.script_pacing.dialogue_words IS 'Words that are spoken or sung.';
COMMENT ON COLUMN results.script_pacing.dialogue_share IS 'Dialogue words divided by words, from 0 to 1.';
COMMENT ON COLUMN results.script_pacing.characters IS 'Characters who speak.';
COMMENT ON COLUMN results.script_pacing.women_pairs IS 'Pairs of named women of whom one speaks to the other; NULL unless the user gave genders.';
COMMENT ON COLUMN results.script_pacing.reading_ease IS 'Flesch reading ease of action and dialogue, in English; NULL in other languages (Flesch 1948).';
COMMENT ON COLUMN results.script_pacing.reading_grade IS 'Flesch-Kincaid grade of the same (Kincaid et al. 1975).';

CREATE TABLE results.themes (
    run VARCHAR, document_key INTEGER, theme INTEGER, place INTEGER, word VARCHAR, weight DOUBLE
);
COMMENT ON TABLE results.themes IS 'Themes of scripts (topics over scenes) with their top words: one row a run, document, theme and word.';
COMMENT ON COLUMN results.themes.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.themes.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.themes.theme IS 'Theme, counted from 1, the strongest first.';
COMMENT ON COLUMN results.themes.place IS 'Place of the word in the theme, counted from 1.';
COMMENT ON COLUMN results.themes.word IS 'The word.';
COMMENT ON COLUMN results.themes.weight IS 'Weight of the word in the theme, as a share of the theme''s weights.';

CREATE TABLE results.scene_themes (run VARCHAR, document_key INTEGER, scene INTEGER, theme INTEGER, share DOUBLE);
COMMENT ON TABLE results.scene_themes IS 'How much of each theme a scene has: one row a run, document, scene and theme.';
COMMENT ON COLUMN results.scene_themes.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.scene_themes.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.scene_themes.scene IS 'The scene, as in results.scenes.';
COMMENT ON COLUMN results.scene_themes.theme IS 'The theme, as in results.themes.';
COMMENT ON COLUMN results.scene_themes.share IS 'Share of the theme in the scene; the shares of a scene sum to 1.';

-- results: subtitles -------------------------------------------------------------------------------------------------

CREATE TABLE results.cues (
    run VARCHAR, document_key INTEGER, cue INTEGER, starts_at DOUBLE, ends_at DOUBLE, text VARCHAR, speaker VARCHAR,
    words INTEGER, letters INTEGER, letters_per_second DOUBLE, silence_before DOUBLE
);
COMMENT ON TABLE results.cues IS 'Cues of subtitles, in order of time: one row a run, document and cue.';
COMMENT ON COLUMN results.cues.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.cues.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.cues.cue IS 'Place of the cue in time, counted from 1.';
COMMENT ON COLUMN results.cues.starts_at IS 'When it appears, in seconds.';
COMMENT ON COLUMN results.cues.ends_at IS 'When it disappears, in seconds.';
COMMENT ON COLUMN results.cues.text IS 'Its words, without marks of style and names of speakers.';
COMMENT ON COLUMN results.cues.speaker IS 'Who speaks, where the text names one who speaks all of it.';
COMMENT ON COLUMN results.cues.words IS 'Words.';
COMMENT ON COLUMN results.cues.letters IS 'Characters to read, spaces included and line breaks not.';
COMMENT ON COLUMN results.cues.letters_per_second IS 'Speech rate: characters divided by the seconds that the cue is shown; NULL where it is shown for none.';
COMMENT ON COLUMN results.cues.silence_before IS 'Seconds without any cue before it, of the first since the beginning; 0 where cues overlap.';

CREATE TABLE results.subtitle_pacing (
    run VARCHAR, document_key INTEGER, format VARCHAR, cues INTEGER, words INTEGER, seconds DOUBLE, spoken_seconds DOUBLE,
    silent_share DOUBLE, longest_silence DOUBLE, words_per_minute DOUBLE, letters_per_second DOUBLE, speakers INTEGER
);
COMMENT ON TABLE results.subtitle_pacing IS 'Subtitles as a whole: one row a run and document.';
COMMENT ON COLUMN results.subtitle_pacing.run IS 'The run, as in meta.runs.';
COMMENT ON COLUMN results.subtitle_pacing.document_key IS 'Key of the document, as in raw.documents.';
COMMENT ON COLUMN results.subtitle_pacing.format IS 'What it was read as: srt, vtt, ass, ssa, microdvd.';
COMMENT ON COLUMN results.subtitle_pacing.cues IS 'Cues.';
COMMENT ON COLUMN results.subtitle_pacing.words IS 'Words of all cues.';
COMMENT ON COLUMN results.subtitle_pacing.seconds IS 'Seconds from the beginning of the film to the end of the last cue.';
COMMENT ON COLUMN results.subtitle_pacing.spoken_seconds IS 'Seconds during which some cue is shown.';
COMMENT ON COLUMN results.subtitle_pacing.silent_share IS 'Share of the seconds during which none is.';
COMMENT ON COLUMN results.subtitle_pacing.longest_silence IS 'Longest time between two cues, in seconds.';
COMMENT ON COLUMN results.subtitle_pacing.words_per_minute IS 'Words divided by the minutes during which some cue is shown.';
COMMENT ON COLUMN results.subtitle_pacing.letters_per_second IS 'Median speech rate of the cues.';
COMMENT ON COLUMN results.subtitle_pacing.speakers IS 'Speakers whom the text names.';

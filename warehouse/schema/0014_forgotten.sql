-- Viewers who asked to be forgotten, known only by a hash whose key is not in the warehouse.

CREATE TABLE meta.forgotten (viewer_hash VARCHAR, run VARCHAR, forgotten_at TIMESTAMP);
COMMENT ON TABLE meta.forgotten IS 'Forgotten viewers: a load refuses their rows.';
COMMENT ON COLUMN meta.forgotten.viewer_hash IS 'HMAC-SHA256 of the viewer id under the key beside the warehouse; tells nobody without it who it was.';
COMMENT ON COLUMN meta.forgotten.run IS 'The run that forgot the viewer, as in meta.runs.';
COMMENT ON COLUMN meta.forgotten.forgotten_at IS 'When (UTC).';

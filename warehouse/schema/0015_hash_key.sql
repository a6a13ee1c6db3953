-- Which key the hashes of viewers were made with, so that another is not taken for it.

CREATE TABLE meta.hash_key (key_hash VARCHAR, used_at TIMESTAMP);
COMMENT ON TABLE meta.hash_key IS 'The key of viewers'' hashes: one row as soon as there are pseudonyms or forgotten viewers.';
COMMENT ON COLUMN meta.hash_key.key_hash IS 'HMAC-SHA256 of a constant under the key, which tells whether it is the same.';
COMMENT ON COLUMN meta.hash_key.used_at IS 'When it was first used (UTC).';

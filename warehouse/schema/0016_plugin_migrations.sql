-- Plugins may have tables of their own, each plugin in a schema that is called after it.

CREATE TABLE meta.plugin_migrations (
    plugin_schema VARCHAR, number INTEGER, name VARCHAR, sha256 VARCHAR, plugin VARCHAR, plugin_version VARCHAR,
    applied_at TIMESTAMP
);
COMMENT ON TABLE meta.plugin_migrations IS 'Steps of the schemas of plugins that were applied to this file.';
COMMENT ON COLUMN meta.plugin_migrations.plugin_schema IS 'The schema: plugin_ and the name of the plugin''s entry point.';
COMMENT ON COLUMN meta.plugin_migrations.number IS 'Number of the step.';
COMMENT ON COLUMN meta.plugin_migrations.name IS 'Name of its SQL file.';
COMMENT ON COLUMN meta.plugin_migrations.sha256 IS 'SHA-256 of that file as it was applied.';
COMMENT ON COLUMN meta.plugin_migrations.plugin IS 'Distribution that it came with; no other may use the schema.';
COMMENT ON COLUMN meta.plugin_migrations.plugin_version IS 'Version of that distribution.';
COMMENT ON COLUMN meta.plugin_migrations.applied_at IS 'When it was applied (UTC).';

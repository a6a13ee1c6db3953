"""The built-in plugins, one folder a verb, found through the same entry points as anybody else's."""

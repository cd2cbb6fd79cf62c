"""Energy tables: entries with source and evidence, scopes, uncertainty bands, technology scaling."""

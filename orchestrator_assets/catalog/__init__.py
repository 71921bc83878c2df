"""The database: one PostgreSQL, embedded by default, for Dagster's storage and for the catalog alike."""

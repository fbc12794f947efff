"""The ports on PostgreSQL and SQLite, from the same tables."""

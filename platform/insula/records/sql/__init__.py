"""Record stores in SQL: one file of SQLite beside the application, or a PostgreSQL database."""

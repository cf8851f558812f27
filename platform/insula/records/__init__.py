"""Records: what pours in, kept by tenant, stream and time.

The room holds the promise of a record store, the stores that keep it (SQLite, PostgreSQL, Cassandra), the suite that
proves it, and the catalogue that says which streams a tenant has and how they are laid out.
"""

"""The real servers that tests use: PostgreSQL, Apache Cassandra and Chromium, installed and started by these scripts."""

-- Rows stand in the order of their ids, which is the order of time; the index keeps each series together.
CREATE TABLE record (
    tenant_id BLOB NOT NULL,
    stream_id BLOB NOT NULL,
    id BLOB NOT NULL,
    series TEXT NOT NULL,
    body BLOB NOT NULL,
    written INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, stream_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_by_series ON record (tenant_id, stream_id, series, id);
CREATE TABLE record_bucket (
    tenant_id BLOB NOT NULL,
    stream_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    shards INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, stream_id, number)
) STRICT, WITHOUT ROWID;

"""The statements of the SQL stores, with `:name` for a value and `{record}` for a table's full name."""

# ruff: noqa: S608  # the parts are constants of this file; every value is bound

_KEY = "tenant_id = :tenant AND stream_id = :stream"

_READ = "SELECT id, series, body FROM {record} WHERE " + _KEY + " AND id >= :low AND id < :high"

#: By whether a series is asked for, and by whether the newest come first.
READ = {
    (False, True): _READ + " ORDER BY id DESC LIMIT :limit",
    (False, False): _READ + " ORDER BY id LIMIT :limit",
    (True, True): _READ + " AND series = :series ORDER BY series DESC, id DESC LIMIT :limit",
    (True, False): _READ + " AND series = :series ORDER BY series, id LIMIT :limit",
}

# Jumps from one series to the next along the index instead of reading every record of the stream.
LATEST = """
WITH RECURSIVE names(series) AS (
    SELECT * FROM (
        SELECT series FROM {record} WHERE tenant_id = :tenant AND stream_id = :stream ORDER BY series LIMIT 1
    ) AS first
    UNION ALL
    SELECT (
        SELECT r.series FROM {record} AS r
        WHERE r.tenant_id = :tenant AND r.stream_id = :stream AND r.series > names.series
        ORDER BY r.series LIMIT 1
    ) FROM names WHERE names.series IS NOT NULL
), newest AS (
    SELECT (
        SELECT r.id FROM {record} AS r
        WHERE r.tenant_id = :tenant AND r.stream_id = :stream AND r.series = names.series
            AND r.id >= :low AND r.id < :high
        ORDER BY r.series DESC, r.id DESC LIMIT 1
    ) AS id FROM names WHERE names.series IS NOT NULL
)
SELECT r.id, r.series, r.body FROM newest
JOIN {record} AS r ON r.tenant_id = :tenant AND r.stream_id = :stream AND r.id = newest.id
ORDER BY r.id DESC LIMIT :limit
"""

COUNT = "SELECT count(*) FROM {record} WHERE " + _KEY + " AND id >= :low AND id < :high"

BUCKETS = "SELECT number, ends, shards FROM {bucket} WHERE " + _KEY + " ORDER BY number"

# The later write wins, and a repeated append is never later: it carries the time of the id.
_LATER = (
    " ON CONFLICT (tenant_id, stream_id, id) DO UPDATE SET body = excluded.body, written = excluded.written"
    " WHERE excluded.written > record.written"
)

_INTO_RECORD = "INSERT INTO {record} (tenant_id, stream_id, id, series, body, written) "
_INTO_BUCKET = "INSERT INTO {bucket} (tenant_id, stream_id, number, ends, shards) "

INSERT_ONE = _INTO_RECORD + "VALUES (?, ?, ?, ?, ?, ?)" + _LATER
INSERT_BUCKET = _INTO_BUCKET + "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"

INSERT_MANY = (
    _INTO_RECORD
    + "SELECT :tenant, :stream, row.* FROM unnest(:ids, :series, :bodies, :written) AS row(id, series, body, written)"
    + _LATER
)
INSERT_BUCKETS = (
    _INTO_BUCKET
    + "SELECT :tenant, :stream, row.* FROM unnest(:numbers, :ends, :shards) AS row(number, ends, shards)"
    + " ON CONFLICT DO NOTHING"
)

# The oldest first, along the primary key: a batch costs the same however many records are left.
EXPIRE = (
    "DELETE FROM {record} WHERE "
    + _KEY
    + " AND id IN (SELECT id FROM {record} WHERE "
    + _KEY
    + " AND id < :high ORDER BY id LIMIT :limit)"
)
FORGET_BUCKETS = "DELETE FROM {bucket} WHERE " + _KEY + " AND ends <= :ends"

REDACT = (
    "UPDATE {record} SET body = :body, written = :written WHERE "
    + _KEY
    + " AND id = :id AND written <= :written"
)

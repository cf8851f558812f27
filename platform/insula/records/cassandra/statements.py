"""Every statement on the record tables, by name; nothing else in the code writes to them."""

# ruff: noqa: S608  # the parts are constants of this file; every value is bound

from __future__ import annotations

from insula.records.interfaces import KEPT_DAYS

_PARTITION = "tenant = ? AND stream = ? AND bucket = ? AND shard = ?"
_BETWEEN = " AND id >= ? AND id < ?"

STATEMENTS = {
    "insert-bucket": (
        "INSERT INTO {keyspace}.buckets (tenant, stream, bucket, ends, shards) VALUES (?, ?, ?, ?, ?) USING TTL ?"
    ),
    "buckets-desc": (
        "SELECT bucket, ends, shards FROM {keyspace}.buckets"
        " WHERE tenant = ? AND stream = ? AND bucket >= ? AND bucket <= ? LIMIT ?"
    ),
    "buckets-asc": (
        "SELECT bucket, ends, shards FROM {keyspace}.buckets"
        " WHERE tenant = ? AND stream = ? AND bucket >= ? AND bucket <= ? ORDER BY bucket ASC LIMIT ?"
    ),
}

for _class in KEPT_DAYS:
    _time, _series = f"{{keyspace}}.records_{_class}", f"{{keyspace}}.records_by_series_{_class}"
    _columns = (
        "(tenant, stream, bucket, shard, id, series, body) VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"
    )
    STATEMENTS |= {
        f"insert-{_class}": f"INSERT INTO {_time} {_columns}",
        f"insert-series-{_class}": f"INSERT INTO {_series} {_columns}",
        f"time-desc-{_class}": f"SELECT id, series, body FROM {_time} WHERE {_PARTITION}{_BETWEEN} LIMIT ?",
        f"time-asc-{_class}": (
            f"SELECT id, series, body FROM {_time} WHERE {_PARTITION}{_BETWEEN} ORDER BY id ASC LIMIT ?"
        ),
        f"series-desc-{_class}": (
            f"SELECT id, series, body FROM {_series} WHERE {_PARTITION} AND series = ?{_BETWEEN} LIMIT ?"
        ),
        f"series-asc-{_class}": (
            f"SELECT id, series, body FROM {_series} WHERE {_PARTITION} AND series = ?{_BETWEEN}"
            " ORDER BY series DESC, id ASC LIMIT ?"
        ),
        # Series stand together with their newest record first, so a group's first row is the one.
        f"latest-{_class}": f"SELECT id, series, body FROM {_series} WHERE {_PARTITION} GROUP BY series",
        f"count-{_class}": f"SELECT count(*) FROM {_time} WHERE {_PARTITION}{_BETWEEN}",
        f"ids-series-{_class}": f"SELECT id, series, TTL(body) FROM {_series} WHERE {_PARTITION}",
        f"find-{_class}": f"SELECT id, series, TTL(body) FROM {_time} WHERE {_PARTITION} AND id = ?",
        f"redact-{_class}": (
            f"UPDATE {_time} USING TIMESTAMP ? AND TTL ? SET body = ? WHERE {_PARTITION} AND id = ?"
        ),
        f"redact-series-{_class}": (
            f"UPDATE {_series} USING TIMESTAMP ? AND TTL ? SET body = ? WHERE {_PARTITION} AND series = ? AND id = ?"
        ),
    }

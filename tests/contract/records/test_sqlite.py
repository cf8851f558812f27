"""The promise kept by SQLite."""

import sqlite3
import time

import pytest

from insula.records.contract import RecordStoreContract
from insula.records.interfaces import Range, StoreUnavailable
from insula.records.specimens import ids, rows_of, stream_of
from insula.records.sql.sqlite import SQLiteRecordStore


@pytest.fixture(autouse=True, params=["sqlite"])
def kind(request):
    """The summary of a run counts tests by the store that their parameters name."""
    return request.param


class TestSQLite(RecordStoreContract):
    @pytest.fixture
    def store(self, sqlite_store):
        return sqlite_store


def test_a_file_that_somebody_else_holds_is_unavailable_soon_and_works_afterwards(tmp_path):
    store = SQLiteRecordStore(f"sqlite:///{tmp_path}/records.db", busy_seconds=0.2)
    store.migrate()
    stream, rows = stream_of(), rows_of(10)
    store.append(stream, rows[:1])
    holder = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(StoreUnavailable) as refused:
        store.append(stream, rows)
    assert time.monotonic() - began < 3
    assert set(refused.value.not_written) == set(ids(rows))
    assert refused.value.retry_after
    assert ids(store.read(stream, Range())) == [rows[0].id]
    holder.execute("ROLLBACK")
    holder.close()
    store.append(stream, rows)
    assert store.count(stream) == 10
    store.close()


def test_a_store_that_was_never_migrated_says_so(tmp_path):
    store = SQLiteRecordStore(f"sqlite:///{tmp_path}/none/records.db")
    assert store.pending() == ["0001_records"]
    assert not store.ready().ok
    with pytest.raises(StoreUnavailable):
        store.append(stream_of(), rows_of(1))
    assert store.migrate() == ["0001_records"]
    store.append(stream_of(), rows_of(1))
    store.close()


def test_what_is_acknowledged_reaches_the_disk(sqlite_store):
    with sqlite_store._raw() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)

"""The promise kept by PostgreSQL, and its row security with nothing else in front."""

# ruff: noqa: S608  # names of tables are constants of the tests

import time
import uuid

import psycopg
import pytest

from insula.records.contract import RecordStoreContract
from insula.records.interfaces import Range, StoreUnavailable
from insula.records.specimens import ids, rows_of, stream_of
from insula.records.sql.postgresql import PostgreSQLRecordStore

from .conftest import postgres_url

pytestmark = pytest.mark.postgresql


@pytest.fixture(autouse=True, params=["postgresql"])
def kind(request):
    """The summary of a run counts tests by the store that their parameters name."""
    return request.param


class TestPostgreSQL(RecordStoreContract):
    @pytest.fixture
    def store(self, postgres_store):
        return postgres_store


@pytest.fixture
def bare(postgres_address, postgres_store):
    """A connection of the application's role, as a statement that forgot its tenant would use it."""
    where = f"host={postgres_address.host} port={postgres_address.port} dbname={postgres_address.database}"
    with psycopg.connect(f"{where} user=insula_app") as connection:
        yield connection


def as_tenant(connection, tenant_id):
    connection.execute("SELECT set_config('insula.tenant', %s, true)", (str(tenant_id),))


@pytest.mark.parametrize("table", ["record", "record_bucket"])
def test_row_security_alone_keeps_tenants_apart(bare, postgres_store, table):
    stream = stream_of()
    postgres_store.append(stream, rows_of(3))
    count = f"SELECT count(*) FROM insula_records.{table} WHERE stream_id = %s"
    as_tenant(bare, stream.tenant_id)
    assert bare.execute(count, (stream.id,)).fetchone()[0] > 0
    for other in (uuid.uuid4(), ""):
        as_tenant(bare, other)
        assert bare.execute(count, (stream.id,)).fetchone() == (0,)
        assert bare.execute(f"UPDATE insula_records.{table} SET stream_id = stream_id").rowcount == 0


def test_row_security_alone_refuses_to_write_into_another_tenant(bare):
    as_tenant(bare, uuid.uuid4())
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        bare.execute(
            "INSERT INTO insula_records.record VALUES (%s, %s, %s, '', '{}', 0)",
            (uuid.uuid4(), uuid.uuid4(), uuid.uuid4()),
        )


def test_the_serving_role_owns_nothing_and_deletes_nothing(bare):
    for statement in (
        "DROP TABLE insula_records.record",
        "DELETE FROM insula_records.record",
        "ALTER TABLE insula_records.record DISABLE ROW LEVEL SECURITY",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bare.execute(statement)
        bare.rollback()


def test_a_server_that_is_away_is_unavailable_at_once_and_works_when_it_is_back(
    postgres_address, postgres_store, door
):
    front = door(postgres_address.host, postgres_address.port)
    store = PostgreSQLRecordStore(
        postgres_url(postgres_address, "insula_app", port=front.port).replace("localhost", "127.0.0.1")
    )
    stream, rows = stream_of(), rows_of(10)
    began = time.monotonic()
    with pytest.raises(StoreUnavailable) as refused:
        store.append(stream, rows)
    assert time.monotonic() - began < 3
    assert set(refused.value.not_written) == set(ids(rows))
    assert not store.ready().ok
    front.open()
    store.append(stream, rows)
    front.shut()
    with pytest.raises(StoreUnavailable):
        store.read(stream, Range())
    front.open()
    assert ids(store.read(stream, Range())) == ids(reversed(rows))
    # A connection that died while it was idle costs nobody an error.
    front.shut()
    front.open()
    assert store.count(stream) == 10
    store.close()


def test_one_append_is_one_round_trip_whose_failure_leaves_nothing(postgres_address, postgres_store):
    stream, rows = stream_of(), rows_of(4)
    store = PostgreSQLRecordStore(postgres_url(postgres_address, "insula_app"))
    store._insert(stream, [], rows[:2])
    broken = [*rows[2:], rows[0].__class__(rows[0].id, "a\0b", b"{}")]
    with pytest.raises(StoreUnavailable):
        store._insert(stream, [], broken)
    assert store.count(stream) == 2
    store.close()

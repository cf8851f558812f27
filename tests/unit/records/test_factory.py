"""From settings to a store, without connecting."""

import pytest

from insula.db.settings import DatabaseSettings
from insula.kit.errors import ConfigurationError
from insula.records.cassandra.store import CassandraRecordStore
from insula.records.factory import record_store, replication
from insula.records.settings import RecordSettings
from insula.records.sql.postgresql import PostgreSQLRecordStore
from insula.records.sql.sqlite import SQLiteRecordStore


def made(url, **more):
    return record_store(RecordSettings(url=url, **more))


def test_the_scheme_says_which_store():
    assert isinstance(made("sqlite:////tmp/none.db"), SQLiteRecordStore)
    assert isinstance(made("postgresql+psycopg://app@host/db"), PostgreSQLRecordStore)
    assert isinstance(made("cassandra://host/insula"), CassandraRecordStore)


def test_an_address_of_cassandra_names_hosts_port_keyspace_and_data_centre():
    place = made("cassandra://us%20er:p%40ss@one,two:9142/insula?dc=west", in_flight="7").link().place
    assert (list(place.hosts), place.port, place.keyspace, place.datacenter) == (
        ["one", "two"],
        9142,
        "insula",
        "west",
    )
    assert (place.username, place.password, place.in_flight) == ("us er", "p@ss", 7)
    assert "p@ss" not in repr(place)


@pytest.mark.parametrize(
    "url",
    [
        "cassandra://host",
        "cassandra:///insula",
        "cassandra://host/Big",
        "cassandra://host/in.sula",
        "cassandra://host/a;DROP",
        f"cassandra://host/{'a' * 49}",
        "mysql://host/db",
        "",
    ],
)
def test_an_address_that_cannot_work_says_so_at_the_start(url):
    with pytest.raises(ConfigurationError, match=r"insula\.records\.url"):
        made(url)


def test_copies_are_said_for_each_data_centre():
    assert replication("dc1:3 dc2:2") == "{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 2}"
    assert made("cassandra://h/k?dc=west")._migrator._replication.endswith("'west': 1}")
    with pytest.raises(ValueError, match="replication"):
        RecordSettings(url="cassandra://h/k", replication="dc1:3'; DROP")


@pytest.mark.parametrize(
    ("given", "rows", "expected"),
    [
        (None, "postgresql+psycopg://owner@host/db", "postgresql+psycopg://owner@host/db"),
        (None, "postgresql+psycopg://owner@elsewhere/db", "postgresql+psycopg://app@host/db"),
        (
            "postgresql+psycopg://me@host/db",
            "postgresql+psycopg://owner@host/db",
            "postgresql+psycopg://me@host/db",
        ),
    ],
)
def test_the_owner_of_the_rows_migrates_records_in_the_same_database(given, rows, expected):
    settings = RecordSettings(url="postgresql+psycopg://app@host/db", migrate_url=given)
    store = record_store(settings, DatabaseSettings(url="postgresql+psycopg://app@host/db", migrate_url=rows))
    assert store._migrate_url == expected

"""Makes the installation's record store from its settings."""

from __future__ import annotations

import math
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, unquote

from sqlalchemy.engine import make_url

from insula.db.settings import DatabaseSettings
from insula.kit.errors import ConfigurationError
from insula.kit.settings import settings_of
from insula.records.interfaces import RecordStore
from insula.records.ledger import SQLLedger
from insula.records.settings import RecordSettings
from insula.records.sql.postgresql import PostgreSQLRecordStore
from insula.records.sql.sqlite import SQLiteRecordStore

ROLES = ("insula_app", "insula_system")


class StoreHolder:
    """Makes the store when it is first asked for; the store itself connects later still."""

    def __init__(self, registry: Any) -> None:
        self._registry = registry
        self._lock = Lock()
        self._store: RecordStore | None = None

    def get(self) -> RecordStore:
        """Return the one store of this installation."""
        with self._lock:
            if self._store is None:
                self._store = record_store(
                    settings_of(self._registry, RecordSettings), settings_of(self._registry, DatabaseSettings)
                )
            return self._store


def store_service(context: object, request: Any) -> RecordStore:
    """Return the store for `request.find_service(RecordStore)`."""
    from insula.records.interfaces import store_of

    return store_of(request.registry)


def record_store(settings: RecordSettings, rows: DatabaseSettings | None = None) -> RecordStore:
    """Return the store that the settings name; `rows` says where the relational database is."""
    scheme = settings.url.partition(":")[0]
    if scheme == "sqlite":
        return SQLiteRecordStore(settings.url, pool_size=settings.pool_size)
    if scheme.startswith("postgresql"):
        return PostgreSQLRecordStore(
            settings.url,
            migrate_url=settings.migrate_url or _same(settings.url, rows.migrate_url if rows else None),
            upkeep_url=settings.upkeep_url or _same(settings.url, rows.system_url if rows else None),
            roles=ROLES,
            connect_seconds=math.ceil(settings.connect_seconds),
            statement_seconds=settings.bulk_seconds,
            pool_size=settings.pool_size,
        )
    if scheme == "cassandra":
        return _cassandra(settings, rows)
    raise ConfigurationError(
        f"insula.records.url begins with {scheme!r}. Use sqlite, postgresql+psycopg or cassandra."
    )


def _same(url: str, other: str | None) -> str | None:
    """Return another role's URL of the relational database where records are in that database too."""
    if other is None:
        return None
    ours, theirs = make_url(url), make_url(other)
    same = (ours.host, ours.port, ours.database) == (theirs.host, theirs.port, theirs.database)
    return other if same else None


def _cassandra(settings: RecordSettings, rows: DatabaseSettings | None) -> RecordStore:
    # The driver takes a third of a second to import, and installations on SQL never need it.
    from insula.records.cassandra.link import Place
    from insula.records.cassandra.store import CassandraRecordStore

    rest = settings.url.removeprefix("cassandra://")
    address, _, query = rest.partition("?")
    address, _, keyspace = address.partition("/")
    user, _, hosts = address.rpartition("@")
    hosts, _, port = hosts.partition(":")
    username, _, password = user.partition(":")
    if not keyspace.isidentifier() or not keyspace.islower() or len(keyspace) > 48 or not hosts:
        raise ConfigurationError(
            "insula.records.url names no host or no keyspace. "
            "Write cassandra://HOST:9042/KEYSPACE?dc=DATACENTER, the keyspace in small letters."
        )
    datacenter = parse_qs(query).get("dc", ["datacenter1"])[0]
    place = Place(
        hosts=hosts.split(","),
        port=int(port or 9042),
        keyspace=keyspace,
        datacenter=datacenter,
        username=unquote(username) or None,
        password=unquote(password) or None,
        protocol_version=settings.protocol_version,
        in_flight=settings.in_flight,
        connect_seconds=settings.connect_seconds,
        write_seconds=settings.write_seconds,
        read_seconds=settings.read_seconds,
        bulk_seconds=settings.bulk_seconds,
    )
    return CassandraRecordStore(
        place,
        replication=replication(settings.replication or f"{datacenter}:1"),
        window_days=settings.window_days,
        ledger=SQLLedger(rows.migrate_url or rows.url) if rows else None,
    )


def replication(copies: str) -> str:
    """Return `dc1:3 dc2:3` as CQL."""
    parts = [f"'{name}': {count}" for name, _, count in (part.partition(":") for part in copies.split())]
    return "{" + ", ".join(["'class': 'NetworkTopologyStrategy'", *parts]) + "}"

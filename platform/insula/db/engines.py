"""Engines, one set a process: for tenants, for the system role, for migrations."""

import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

from pyramid.registry import Registry
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection

from insula.db.guard import install
from insula.db.interfaces import NoSystemRole
from insula.db.postgresql import quicken
from insula.db.settings import DatabaseSettings
from insula.kit.caches import VersionedCache
from insula.kit.settings import settings_of

SESSION = "insula_session"
_SHAPES = "insula_shapes"
Shapes = VersionedCache[Any, Any]
"""What is compiled of statements by their shape, weighed in bytes, for whoever sends them."""


class Engines:
    """The engines of this process, made on first use and never carried over a fork."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._made: dict[tuple[int, str], Engine] = {}
        self._of_sessions: dict[Engine, Engine] = {}

    @property
    def app(self) -> Engine:
        """The engine that serves tenants."""
        return self._engine("app", self._settings.url)

    @property
    def system(self) -> Engine:
        """The engine of the system role; on SQLite the only one there is."""
        if self._settings.url.startswith("sqlite"):
            return self.app
        if self._settings.system_url is None:
            raise NoSystemRole(
                "This process has no insula.db.system_url. Set it, or run this on one that has."
            )
        return self._engine("system", self._settings.system_url)

    @property
    def migrate(self) -> Engine:
        """The engine of migrations."""
        return self._engine("migrate", self._settings.migrate_url or self._settings.url)

    def of_sessions(self, engine: Engine) -> Engine:
        """Return one of these engines as sessions use it; they begin their transactions by themselves."""
        found = self._of_sessions.get(engine)
        if found is None:
            shapes: Shapes = VersionedCache(self._settings.compiled_bytes)
            options = {SESSION: True, _SHAPES: shapes}
            found = self._of_sessions[engine] = engine.execution_options(**options)
        return found

    def dispose(self) -> None:
        """Close every connection of this process."""
        for (pid, _), engine in list(self._made.items()):
            if pid == os.getpid():
                engine.dispose()
        self._made.clear()
        self._of_sessions.clear()

    def _engine(self, name: str, url: str) -> Engine:
        key = (os.getpid(), name)
        found = self._made.get(key)
        if found is None:
            with self._lock:
                found = self._made.get(key) or self._make(name, url)
                self._made[key] = found
        return found

    def _make(self, name: str, url: str) -> Engine:
        options: dict[str, Any] = {
            "pool_size": self._settings.pool_size,
            "max_overflow": self._settings.max_overflow,
            "pool_timeout": self._settings.pool_timeout,
        }
        if url.startswith("postgresql"):
            timeouts = (
                f"-c lock_timeout={self._settings.lock_timeout}"
                + (f" -c statement_timeout={self._settings.statement_timeout}" if name == "app" else "")
                + " -c timezone=UTC"
                # What is asked is found by an index that begins with the tenant; no value makes another plan better.
                + " -c plan_cache_mode=force_generic_plan"
            )
            options["connect_args"] = {"options": timeouts, "application_name": f"insula {name}"}
        else:
            path = make_url(url).database
            if path and path != ":memory:":
                Path(path).resolve().parent.mkdir(parents=True, exist_ok=True)
            options["connect_args"] = {"timeout": self._settings.lock_timeout / 1000}
        engine = create_engine(url, **options)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_migration if name == "migrate" else _begin_read)
        elif name == "migrate":
            event.listen(engine, "connect", _become_owner)
        else:
            quicken(engine)
        if name != "migrate":
            install(engine)
        return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transaction control is off, so that BEGIN says which lock is meant.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_read(connection: Connection) -> None:
    if connection.get_execution_options().get(SESSION):
        return  # The session begins by itself, in its own mode.
    connection.connection.driver_connection.execute("BEGIN")  # type: ignore[union-attr]  # sqlite3's own


def _begin_migration(connection: Connection) -> None:
    connection.connection.driver_connection.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]  # as above


def _become_owner(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'insula_owner'")
        if cursor.fetchone():
            cursor.execute("SET ROLE insula_owner")
    connection.commit()


def shapes_of(engine: Engine) -> Shapes:
    """Return what the sessions of this engine have compiled."""
    return engine.get_execution_options()[_SHAPES]  # type: ignore[no-any-return]  # options are untyped


def engines_of(registry: Registry) -> Engines:
    """Return the installation's engines."""
    found = registry.get(Engines)
    if found is None:
        found = registry.setdefault(Engines, Engines(settings_of(registry, DatabaseSettings)))
    return found  # type: ignore[no-any-return]  # the registry is an untyped dict

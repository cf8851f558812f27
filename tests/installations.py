"""Installations for tests: the whole application over real stores, in this process."""

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import delete, update
from webtest import TestApp

from insula.accounts.seen import seen_of
from insula.app import configure
from insula.db.engines import engines_of
from insula.db.revisions import upgrade
from insula.db.roles import statements
from insula.db.work import system_work
from insula.events.models import Outbox, OutboxShare
from insula.records.interfaces import store_of
from insula.security.decisions import recorder_of
from tests.described import Described, DescribedApp
from tests.makers import TenantHandle, make_tenant

SECRET = "a secret for tests only, of forty bytes or more"  # never used outside of tests
# How fast a machine is that runs tests is nobody's promise; a test about a limit sets its own.
PATIENT = dict.fromkeys(("insula.db.statement_timeout", "insula.db.lock_timeout"), "60000") | dict.fromkeys(
    (
        "insula.db.pool_timeout",
        *(f"insula.records.{kind}_seconds" for kind in ("connect", "read", "write", "bulk")),
    ),
    "60",
)
KINDS = ("sqlite", "postgresql", "cassandra")


@dataclass
class Installation:
    """One installation: its application, its registry, and the tenants that tests make in it."""

    kind: str
    settings: dict[str, Any]
    app: Any
    registry: Any
    others: list["Installation"] = field(default_factory=list)
    _described: Described | None = None

    def client(self, host: str, **environ: str) -> TestApp:
        """Return a browser that asks this host over https."""
        base = {
            "HTTP_HOST": host,
            "wsgi.url_scheme": "https",
            "REMOTE_ADDR": "192.0.2.1",
            "SERVER_PORT": "443",
        }
        return DescribedApp(self.app, self.described, extra_environ={**base, **environ})

    def described(self) -> Described:
        """Return what the OpenAPI document says of this installation's API."""
        if self._described is None:
            self._described = Described(self.registry)
        return self._described

    def tenant(self, prefix: str = "one", *, console: bool = False) -> TenantHandle:
        """Make a tenant."""
        return TenantHandle(self, make_tenant(self.registry, prefix, console=console))

    def another_process(self, **extra: str) -> "Installation":
        """Return the same installation as a second application with caches of its own."""
        made = build(self.kind, {**self.settings, **extra})
        self.others.append(made)
        return made

    def drain(self) -> None:
        """Deliver what waits in the outbox."""
        from insula.events.relay import drain  # only tests of consumers need the relay

        drain(self.registry)

    def forget(self) -> None:
        """Drop what waits in the outbox, so that who drains next delivers what is their own."""
        with system_work(self.registry, reason="tests deliver their own alone") as work:
            work.db.execute(delete(Outbox))
            work.db.execute(update(OutboxShare).values(records=0, size=0))

    def rest(self) -> None:
        """Close the other processes, and the connections that no test holds; the next one opens its own."""
        while self.others:
            self.others.pop().close()
        engines_of(self.registry).dispose()

    def close(self) -> None:
        """Close every connection, those of its other processes too."""
        self.rest()
        # Emptied first: the timer of the buffer would open a new connection after this.
        seen_of(self.registry).flush()
        recorder_of(self.registry).stop()
        store_of(self.registry).close()
        engines_of(self.registry).dispose()


def build(kind: str, settings: dict[str, Any]) -> Installation:
    """Return an application over settings whose stores exist; `tests.includes` names what it has besides the rooms."""
    config = configure(dict(settings))
    for dotted in settings.get("tests.includes", "").split():
        config.include(dotted)
    app = config.make_wsgi_app()
    return Installation(kind, settings, app, config.registry)


def install(
    kind: str, folder: Path, postgres: Any = None, cassandra: Any = None, **extra: str
) -> Installation:
    """Create the stores of one kind, bring them up to date, and return the installation over them."""
    settings = {
        "insula.kit.secret": SECRET,
        "insula.events.relay": "off",
        "insula.web.public_scheme": "https",
        "insula.observability.log_level": "WARNING",
        "insula.observability.health_details": "loopback",
        "insula.mail.backend": "catcher",
        "insula.files.folder": str(folder / "files"),
        # All tests come from one address; those about addresses name another.
        "insula.limits.exempt": "192.0.2.0/24 127.0.0.0/8",
        "insula.accounts.seen_flush": "600",
        "insula.security.decisions_flush": "600",
        **PATIENT,
        **stores(kind, folder, postgres, cassandra),
        **extra,
    }
    made = build(kind, settings)
    upgrade(made.registry)
    store_of(made.registry).migrate()
    return made


def stores(kind: str, folder: Path, postgres: Any = None, cassandra: Any = None) -> dict[str, str]:
    """Return the settings that name new, empty stores of one kind."""
    if kind == "sqlite":
        return {
            "insula.db.url": f"sqlite:///{folder}/rows.db",
            "insula.records.url": f"sqlite:///{folder}/records.db",
        }
    name = f"insula_{uuid.uuid4().hex[:12]}"
    create_database(postgres, name)
    address = f"{postgres.host}:{postgres.port}/{name}"
    rows = {
        "insula.db.url": f"postgresql+psycopg://insula_app@{address}",
        "insula.db.system_url": f"postgresql+psycopg://insula_system@{address}",
        "insula.db.migrate_url": f"postgresql+psycopg://insula_migrate@{address}",
    }
    if kind == "postgresql":
        return {
            **rows,
            "insula.records.url": rows["insula.db.url"],
            "insula.records.migrate_url": rows["insula.db.migrate_url"],
        }
    return {
        **rows,
        "insula.records.url": f"cassandra://{cassandra.host}:{cassandra.port}/{name}?dc=datacenter1",
    }


def create_database(postgres: Any, name: str) -> None:
    """Create a database and the roles of an installation in it."""
    where = f"host={postgres.host} port={postgres.port} user={postgres.user}"
    with psycopg.connect(f"{where} dbname=postgres", autocommit=True) as connection:
        # In a dictionary's order, which passes over hyphens and slashes: what needs another order has to say so.
        connection.execute(
            f'CREATE DATABASE "{name}" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE "en-US-u-ka-shifted"'
        )
    with psycopg.connect(f"{where} dbname={name}", autocommit=True) as connection:
        for statement in statements(name):
            connection.execute(statement)

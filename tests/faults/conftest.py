"""Stores for processes that get killed: SQLite, and PostgreSQL with Cassandra."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from insula.db.revisions import upgrade
from insula.records.interfaces import store_of
from tests.faults import rig
from tests.installations import stores

KINDS = [
    "sqlite",
    pytest.param(
        "cassandra", marks=[pytest.mark.postgresql, pytest.mark.cassandra], id="postgresql-cassandra"
    ),
]


@pytest.fixture(scope="session")
def servers(request):
    """The real servers, started by whoever asks first."""
    postgres = request.getfixturevalue("postgres_server")
    user = urlsplit(postgres.superuser_url).username
    return {
        "postgres": SimpleNamespace(host=postgres.host, port=postgres.port, user=user),
        "cassandra": request.getfixturevalue("cassandra_server"),
    }


@pytest.fixture(scope="module", params=KINDS)
def installation(request, tmp_path_factory):
    """The settings of an installation whose stores exist and are up to date; each test makes its own tenants."""
    services = {} if request.param == "sqlite" else request.getfixturevalue("servers")
    settings = stores(request.param, tmp_path_factory.mktemp("stores"), **services)
    registry = rig.build(settings)
    upgrade(registry)
    store_of(registry).migrate()
    yield settings
    rig.close(registry)

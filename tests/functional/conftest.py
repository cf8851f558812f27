"""Every functional test runs three times: over SQLite, over PostgreSQL, and over PostgreSQL with Cassandra."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.installations import KINDS, Installation, install
from tests.makers import TenantHandle


@pytest.fixture(scope="session", params=KINDS)
def installation(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation over new, empty stores."""
    kind = request.param
    postgres = request.getfixturevalue("postgres_server") if kind != "sqlite" else None
    cassandra = request.getfixturevalue("cassandra_server") if kind == "cassandra" else None
    made = install(kind, tmp_path_factory.mktemp(kind), postgres, cassandra)
    yield made
    made.close()


@pytest.fixture
def one(installation: Installation) -> TenantHandle:
    """A fresh tenant."""
    return installation.tenant("one")


@pytest.fixture
def two(installation: Installation) -> TenantHandle:
    """A second fresh tenant, to whom nothing of the first belongs."""
    return installation.tenant("two")

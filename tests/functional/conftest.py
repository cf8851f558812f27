"""Every functional test runs over SQLite, over PostgreSQL, and over PostgreSQL with Cassandra.

Of a room that keeps rows only, the third run repeats the second: that of the first test of each file is enough, and
`pytest -m repeated` runs the others. `make test` runs once over PostgreSQL what does not ask its stores in words of its
own, and `make test-all` the rest.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.installations import KINDS, Installation, install
from tests.makers import TenantHandle

ROWS_ONLY = {
    *("accounts", "admin", "api", "collections", "console", "features", "files", "handoff", "limits", "mail"),
    *("members", "people", "settings", "tenancy", "tokens", "web"),
}
ASK_IN_OWN_WORDS = {
    *("audit", "collections", "db", "events", "limits", "live", "replay", "served", "streams", "tenancy"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what another run shows as well, but for the first test of each file."""
    seen = set()
    for item in items:
        room = item.nodeid.removeprefix("tests/functional/").partition("/")[0]
        kind = item.callspec.params.get("installation") if hasattr(item, "callspec") else None
        first = (item.path, kind) not in seen
        seen.add((item.path, kind))
        if kind == "cassandra" and room in ROWS_ONLY:
            item.add_marker("long" if first else "repeated")
        elif kind == "postgresql" and room not in ASK_IN_OWN_WORDS and not first:
            item.add_marker("long")


@pytest.fixture(scope="session")
def installations() -> Iterator[dict[str, Installation]]:
    """Every installation of this process; made once, however often tests go from one kind of stores to another."""
    made: dict[str, Installation] = {}
    yield made
    for each in made.values():
        each.close()


@pytest.fixture(scope="session", params=KINDS)
def installation(
    request: Any, tmp_path_factory: pytest.TempPathFactory, installations: dict[str, Installation]
) -> Installation:
    """An installation over new, empty stores."""
    kind = request.param
    if kind not in installations:
        postgres = request.getfixturevalue("postgres_server") if kind != "sqlite" else None
        cassandra = request.getfixturevalue("cassandra_server") if kind == "cassandra" else None
        installations[kind] = install(kind, tmp_path_factory.mktemp(kind), postgres, cassandra)
    return installations[kind]


@pytest.fixture(scope="module", autouse=True)
def rested(installations: dict[str, Installation]) -> Iterator[None]:
    """Leave no connection open behind a file, so that a long run needs no more of them than a short one."""
    yield
    for each in installations.values():
        each.forget()
        each.rest()


@pytest.fixture
def one(installation: Installation) -> TenantHandle:
    """A fresh tenant."""
    return installation.tenant("one")


@pytest.fixture
def two(installation: Installation) -> TenantHandle:
    """A second fresh tenant, to whom nothing of the first belongs."""
    return installation.tenant("two")

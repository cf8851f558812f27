"""The storages that count together with others, and the one that does not."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from insula.limits.memory import MemoryWindows
from insula.limits.models import RateRow
from insula.limits.services import Limiter
from tests.contract.limits.counter import limiter_at
from tests.installations import create_database


@dataclass
class Kind:
    """A kind of storage: makes limiters that count together, each as a process of its own would have one."""

    name: str
    make: Callable[..., Limiter]
    address: str = ""


def shared_kind(name: str, request: Any, folder: Path) -> Kind:
    if name == "redis":
        address = request.getfixturevalue("redis_url")
    elif name == "sqlite":
        address = f"sqlite:///{folder}/rows.db"
    else:
        server = request.getfixturevalue("postgres_server")
        database = f"insula_{uuid.uuid4().hex[:12]}"
        create_database(server, database)
        address = f"postgresql+psycopg://postgres@{server.host}:{server.port}/{database}"
    if name != "redis":
        engine = create_engine(address)
        RateRow.__table__.create(engine)
        engine.dispose()
    made: list[Limiter] = []

    def make(**options: Any) -> Limiter:
        made.append(limiter_at(address, **options))
        return made[-1]

    request.addfinalizer(lambda: [each.storage.close() for each in made if name != "redis"])
    request.addfinalizer(lambda: [each.storage.storage.close() for each in made if name == "redis"])
    return Kind(name, make, address)


def any_kind(request: Any, tmp_path: Path) -> Kind:
    if request.param == "memory":
        return Kind("memory", lambda **options: Limiter(MemoryWindows(**options), shared=False, rest=1))
    return shared_kind(request.param, request, tmp_path)


kind = pytest.fixture(any_kind, name="kind", params=["memory", "sqlite", "postgresql", "redis"])
shared = pytest.fixture(any_kind, name="shared", params=["sqlite", "postgresql", "redis"])
clocked = pytest.fixture(any_kind, name="clocked", params=["memory", "sqlite", "postgresql"])
"""Those whose clock is ours to set; that of Redis is the server's."""
database = pytest.fixture(any_kind, name="database", params=["sqlite", "postgresql"])
"""Those that have to sweep up what ended."""
postgresql_only = pytest.fixture(any_kind, name="postgresql_only", params=["postgresql"])


@pytest.fixture
def key() -> Iterator[str]:
    """A key that nobody has counted under."""
    return uuid.uuid4().hex

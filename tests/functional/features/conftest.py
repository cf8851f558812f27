"""An installation with a section of its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.installations import KINDS, Installation, install


@pytest.fixture(scope="module", params=KINDS)
def installation(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation that also has the section `lamps`."""
    kind = request.param
    postgres = request.getfixturevalue("postgres_server") if kind != "sqlite" else None
    cassandra = request.getfixturevalue("cassandra_server") if kind == "cassandra" else None
    folder = tmp_path_factory.mktemp(kind)
    made = install(
        kind, folder, postgres, cassandra, **{"tests.includes": "tests.functional.features.sections"}
    )
    yield made
    made.close()

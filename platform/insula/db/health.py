"""What the database says of its health."""

import time

from pyramid.registry import Registry
from sqlalchemy import text

from insula.db.engines import engines_of
from insula.db.guard import RAW
from insula.db.revisions import pending
from insula.observability.health import HealthState


def database(registry: Registry) -> HealthState:
    """Answer whether a statement gets through."""
    started = time.perf_counter()
    with engines_of(registry).app.connect() as connection:
        connection.execute(text("SELECT 1"), execution_options={RAW: "a health check touches no table"})
    return HealthState(True, f"{(time.perf_counter() - started) * 1000:.1f} ms")


def migrations(registry: Registry) -> HealthState:
    """Answer whether every revision is applied."""
    missing = pending(registry)
    return HealthState(
        not missing, "up to date" if not missing else f"{len(missing)} to run: insula db upgrade"
    )

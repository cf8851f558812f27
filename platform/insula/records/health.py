"""What the record store says of its health."""

from __future__ import annotations

from typing import Any

from insula.observability.health import HealthState
from insula.records.interfaces import store_of


def check(registry: Any) -> HealthState:
    """Answer whether the store answers and its tables are up to date."""
    return store_of(registry).ready()

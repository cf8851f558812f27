"""A limiter over a storage that processes share, by the address of that storage; what a test's processes import."""

from typing import Any

from insula.limits.buckets import RedisBuckets
from insula.limits.services import Limiter
from insula.limits.sql import SQLWindows


def limiter_at(address: str, **options: Any) -> Limiter:
    """Return a limiter of its own connections."""
    if address.startswith("redis"):
        return Limiter(RedisBuckets(address, wrap_exceptions=True), shared=True, rest=1)
    return Limiter(SQLWindows(address, timeout=5, **options), shared=True, rest=1)

"""What the storage of rate limits says of its health; while it is down the installation serves on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.kit.settings import settings_of
from insula.limits.services import limiter_of
from insula.limits.settings import LimitsSettings
from insula.observability.health import HealthState

if TYPE_CHECKING:
    from pyramid.registry import Registry


def storage(registry: Registry) -> HealthState:
    """Answer whether the storage can be reached, and how many requests passed uncounted."""
    limiter, settings = limiter_of(registry), settings_of(registry, LimitsSettings)
    if limiter is None:
        return HealthState(True, "off")
    reached = bool(limiter.storage.check())
    kind = settings.storage.partition(":")[0]
    detail = f"{kind}, {limiter.uncounted} requests passed uncounted"
    return HealthState(reached or settings.when_down == "open", detail if reached else f"down: {detail}")

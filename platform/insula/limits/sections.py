"""The tenant's section `rates`: how often it, a caller and an address may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from insula.kit.settings import settings_of
from insula.limits.interfaces import TITLES
from insula.limits.settings import LimitsSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyramid.registry import Registry

    from insula.features.interfaces import Bound
    from insula.limits.interfaces import Scope

_WHO = {"tenant": "The whole site", "caller": "One person or token", "address": "One visitor's address"}
# Less than this would keep people from the very screen on which they could raise it again.
_LEAST = {"admin": 60, "sign_in": 5}


def _rate(scope: str, name: str, default: int) -> Any:
    return Field(
        default,
        ge=_LEAST.get(name, 10),
        le=10_000_000,
        title=f"{_WHO[scope]}: {TITLES[name]}",
        description="Requests in any minute.",
    )


class Rates(BaseModel):
    """Limits by scope and class of request, each in requests a minute."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["sliding window", "token bucket"] = Field(
        "sliding window",
        title="How requests are counted",
        description="A sliding window counts the last minute; a token bucket lets a minute's worth pass at once, and "
        "then as many as become free from second to second.",
    )
    tenant_page: int = _rate("tenant", "page", 60_000)
    tenant_api_read: int = _rate("tenant", "api_read", 60_000)
    tenant_api_write: int = _rate("tenant", "api_write", 30_000)
    tenant_ingest: int = _rate("tenant", "ingest", 60_000)
    tenant_sign_in: int = _rate("tenant", "sign_in", 1_200)
    tenant_admin: int = _rate("tenant", "admin", 12_000)
    caller_page: int = _rate("caller", "page", 3_000)
    caller_api_read: int = _rate("caller", "api_read", 12_000)
    caller_api_write: int = _rate("caller", "api_write", 6_000)
    caller_ingest: int = _rate("caller", "ingest", 12_000)
    caller_sign_in: int = _rate("caller", "sign_in", 60)
    caller_admin: int = _rate("caller", "admin", 1_200)
    address_page: int = _rate("address", "page", 1_200)
    address_api_read: int = _rate("address", "api_read", 600)
    address_api_write: int = _rate("address", "api_write", 120)
    address_ingest: int = _rate("address", "ingest", 120)
    address_sign_in: int = _rate("address", "sign_in", 60)
    address_admin: int = _rate("address", "admin", 120)

    def of(self, scope: Scope, name: str) -> int:
        """Return the rate of one scope and class."""
        rate: int = getattr(self, f"{scope}_{name}")
        return rate


def installation_bounds(registry: Registry) -> Mapping[str, Bound]:
    """Return the outermost bounds: no rate is higher than the installation allows."""
    from insula.features.interfaces import Bound

    most = settings_of(registry, LimitsSettings).most_per_minute
    return {name: Bound(at_most=most) for name in Rates.model_fields if name != "method"}

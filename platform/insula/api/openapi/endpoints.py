"""Every endpoint as it was added, and its address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from insula.api.resources import BRANCHES, APIRoot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.registry import Registry

    from insula.api.plans import Plan

_ENDPOINTS = "insula.api.endpoints"


@dataclass(frozen=True, eq=False)
class Endpoint:
    """One method of one kind of resource."""

    context: type[Any]
    method: str
    name: str
    permission: str
    plan: Plan
    asks: tuple[str, str] | None = None
    """What the view asks the policy itself: a permission, and the type of what it is asked about."""

    def address(self, place: str) -> str:
        """Return its address at the place of a resource."""
        return f"{place.rstrip('/')}/{self.name}" if self.name else place

    @property
    def words(self) -> tuple[str, str]:
        """Return what it does in one sentence, and all else that is said of it."""
        first, _, rest = (self.plan.view.__doc__ or "").strip().partition("\n")
        return first, "\n".join(line.strip() for line in rest.strip().splitlines())


def keep(registry: Registry, endpoint: Endpoint) -> None:
    """Remember an endpoint."""
    registry.setdefault(_ENDPOINTS, []).append(endpoint)


def endpoints_of(registry: Registry) -> Sequence[Endpoint]:
    """Return the endpoints in the order in which they were added."""
    found: Sequence[Endpoint] = registry.get(_ENDPOINTS, ())
    return found


def places_of(registry: Registry, context: type[Any]) -> tuple[str, ...]:
    """Return where resources of a class are: as the class says itself, or the branch that they are the root of."""
    said: str | tuple[str, ...] = getattr(context, "api_address", ())
    if said:
        return (said,) if isinstance(said, str) else said
    if context is APIRoot:
        return ("/api/",)
    branches = registry.get(BRANCHES, {})
    return tuple(f"/api/{name}" for name, each in branches.items() if each.factory is context)

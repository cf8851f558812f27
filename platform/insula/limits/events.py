"""Facts about rate limits."""

from __future__ import annotations

from dataclasses import dataclass

from insula.events.interfaces import Event


@dataclass(frozen=True)
class LimitsReset(Event):
    """What was counted of a tenant, a caller or an address was forgotten."""

    name = "limits.reset"
    scope: str
    who: str

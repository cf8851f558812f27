"""What other rooms may know of rate limits: the classes of requests, and what is left of a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from insula.limits.addresses import counted_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.request import Request

CLASSES: Final = ("page", "api_read", "api_write", "ingest", "sign_in", "admin")
"""The classes of requests, each with limits of its own."""

TITLES: Final = {
    "page": "pages",
    "api_read": "reading by the API",
    "api_write": "writing by the API",
    "ingest": "pushing records",
    "sign_in": "forms of the account, such as signing in",
    "admin": "the administration",
}

Scope = Literal["tenant", "caller", "address"]
SCOPES: Final[tuple[Scope, ...]] = ("tenant", "caller", "address")

PERIOD: Final = 60
"""The seconds that every limit is counted over."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one limit: `limit` requests in any minute, and the seconds after which there is more."""

    scope: Scope
    route_class: str
    limit: int
    left: int
    reset: int


class Limits(Protocol):
    """The rate limits of one tenant."""

    def left(self, scope: Scope, who: str = "") -> Sequence[Left]:
        """Return what is left, for each class, of the tenant's own limits or of those of one caller or address."""
        ...

    def reset(self, scope: Scope, who: str = "") -> None:
        """Forget what was counted; the next request is the first."""
        ...

    @property
    def shared(self) -> bool:
        """Tell whether all processes count together, so that this one knows what is left."""
        ...


def asker(request: Request) -> tuple[Scope, str]:
    """Return whom a request is counted for: the token or account, or a visitor's address."""
    identity = request.identity
    if identity is not None:
        return "caller", str(identity.token_id or identity.account_id)
    return "address", counted_as(request.remote_addr) or ""


class LimitsDown(Exception):
    """The storage of the counters cannot be reached."""

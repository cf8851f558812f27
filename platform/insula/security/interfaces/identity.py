"""Who asks, and the schemes that find it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, runtime_checkable
from uuid import UUID

from insula.kit.errors import NotFound, Unauthenticated

if TYPE_CHECKING:
    from pyramid.request import Request

Kind = Literal["person", "service", "operator"]

GATED: Final = frozenset({"api", "admin", "account"})
"""Branches that answer a visitor with 401 before any name below them is looked up."""

ANY_SCOPE: Final = "*"


@dataclass(frozen=True)
class Identity:
    """Who asks, fixed for the whole request."""

    tenant_id: UUID
    account_id: UUID
    kind: Kind
    name: str
    roles: frozenset[str]
    scheme: str
    scopes: frozenset[str] = frozenset({ANY_SCOPE})
    mfa: bool = False
    signed_in_at: datetime | None = None
    token_id: UUID | None = None
    networks: tuple[str, ...] = ()
    session_id: UUID | None = None
    elevated: bool = False
    """Whether a token was made to administer; sessions need no such thing."""
    operator: str = ""
    """The operator of the installation who acts here by a hand-off, as people read it; else empty."""


@runtime_checkable
class Scheme(Protocol):
    """A way to say who asks: the first scheme, in order, whose credentials hold.

    After one that is silent and whose credentials do not hold the next is asked; one that is not refuses the request.
    """

    name: str
    challenge: str | None
    """The value of `WWW-Authenticate` that asks for this scheme, if HTTP has one."""
    silent: bool
    """Whether credentials that do not hold count as none (True) or are refused with 401 (False)."""

    def handles(self, request: Request) -> bool:
        """Say whether the request carries credentials of this scheme, good or bad; must not read the database."""

    def identify(self, request: Request) -> Identity | None:
        """Return who the credentials name in this tenant, or None when they do not hold here and now."""

    def remember(self, request: Request, **credentials: Any) -> list[tuple[str, str]]:
        """Return the headers that make the client carry the credentials; none for schemes that cannot."""

    def forget(self, request: Request) -> list[tuple[str, str]]:
        """Return the headers that make the client drop them."""


class SignInRequired(Unauthenticated):
    """Raised where a visitor has to say who they are first; HTML answers with the sign-in page."""


def require_identity(request: Request) -> Identity:
    """Return who asks, or raise SignInRequired: the gate of the branches in GATED."""
    identity: Identity | None = request.identity
    if identity is None:
        raise SignInRequired
    return identity


def open_to_visitors(request: Request) -> bool:
    """Say whether a visitor may read here, because the tenant has opened its API: the rest is then just not there."""
    if request.method not in {"GET", "HEAD"} or "Authorization" in request.headers:
        # Who sends a token means to be somebody.
        return False
    return bool(request.section("api_access").visitors)


def caller_id(request: Request) -> str:
    """Return the account that asks, or the word for a visitor; what cursors are bound to."""
    identity: Identity | None = request.identity
    return "visitor" if identity is None else str(identity.account_id)


def hidden() -> NotFound:
    """Return the error for something the caller may not view: the very one a missing thing gets."""
    return NotFound()

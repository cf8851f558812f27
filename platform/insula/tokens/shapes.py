"""Tokens and service accounts as JSON, and the versions that `If-Match` names."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from insula.api.interfaces import Identifier, Moment
from insula.kit.clock import isoformat
from insula.kit.json import dumps

if TYPE_CHECKING:
    from datetime import datetime

    from insula.accounts.interfaces import AccountInfo, TokenInfo


class OwnerShape(TypedDict):
    """Whose a token is."""

    id: Identifier
    name: str
    kind: str


class TokenShape(TypedDict):
    """A token without its secret."""

    id: str
    label: str
    owner: OwnerShape
    scopes: list[str]
    networks: list[str]
    elevated: bool
    state: str
    created_at: Moment
    expires_at: Moment
    last_used_at: Moment | None
    revoked_at: Moment | None
    successor: str | None


class MadeToken(TokenShape):
    """A token with its text, which is told this once."""

    token: str


class ServiceShape(TypedDict):
    """A service account."""

    id: Identifier
    name: str
    active: bool
    roles: list[str]
    effective_roles: list[str]
    created_at: Moment


def token_shape(token: TokenInfo, at: datetime) -> TokenShape:
    """Return a token; its secret is nowhere."""
    return {
        "id": token.kid,
        "label": token.label,
        "owner": {"id": str(token.account.id), "name": token.account.name, "kind": token.account.kind},
        "scopes": sorted(token.scopes),
        "networks": list(token.networks),
        "elevated": token.elevated,
        "state": token.state(at),
        "created_at": isoformat(token.created_at),
        "expires_at": isoformat(token.expires_at),
        "last_used_at": _moment(token.last_used_at),
        "revoked_at": _moment(token.revoked_at),
        "successor": token.successor,
    }


def service_shape(account: AccountInfo) -> ServiceShape:
    """Return a service account; `roles` are its own, `effective_roles` with those of its groups."""
    return {
        "id": str(account.id),
        "name": account.name,
        "active": account.active,
        "roles": sorted(account.own_roles),
        "effective_roles": sorted(account.roles),
        "created_at": isoformat(account.created_at),
    }


def service_version(account: AccountInfo) -> str:
    """Return a short name of how a service account stands: two that stand alike have the same."""
    stands = (account.name, account.active, sorted(account.own_roles))
    return blake2b(dumps(stands), digest_size=9).hexdigest()


def _moment(at: datetime | None) -> str | None:
    return None if at is None else isoformat(at)

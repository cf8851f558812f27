"""Programs: `Authorization: Bearer insula_KID_SECRET_CRC` carries a token that is a row of this tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.accounts.interfaces import Tokens
from insula.security.interfaces import ANY_SCOPE, Identity

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from pyramid.request import Request

_MAX_LENGTH = 512


class TokenScheme:
    """Knows a caller by an API token. One that does not hold here is refused, never taken for a visitor."""

    name = "token"
    challenge = "Bearer"
    silent = False

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def handles(self, request: Request) -> bool:
        """Say whether there is an `Authorization: Bearer`."""
        return _kind(request) == "bearer"

    def identify(self, request: Request) -> Identity | None:
        """Return whose token this is, in one statement; a token of another tenant is not found here."""
        text = request.headers["Authorization"].partition(" ")[2].strip()
        if len(text) > _MAX_LENGTH:
            return None
        found = request.find_service(Tokens).find(text)
        if found is None:
            return None
        account = found.account
        return Identity(
            tenant_id=request.tenant_id,
            account_id=account.id,
            kind=account.kind,
            name=account.name,
            roles=account.roles,
            scheme=self.name,
            scopes=found.scopes or frozenset({ANY_SCOPE}),
            signed_in_at=found.created_at,
            token_id=found.id,
            networks=found.networks,
            elevated=found.elevated,
        )

    def remember(self, request: Request, **credentials: Any) -> list[tuple[str, str]]:
        """Return nothing: a program keeps its token itself."""
        return []

    def forget(self, request: Request) -> list[tuple[str, str]]:
        """Return nothing: a token is revoked, not forgotten."""
        return []


def _kind(request: Request) -> str:
    header: str = request.headers.get("Authorization", "")
    return header.partition(" ")[0].lower()

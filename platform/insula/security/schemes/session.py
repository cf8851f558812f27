"""People who signed in: a cookie carries the secret of a session that is a row of this tenant."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from insula.accounts.interfaces import SignIns
from insula.kit.clock import now
from insula.security.cookies import drop_cookie, session_cookie, set_cookie
from insula.security.interfaces import ANY_SCOPE, Identity

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from pyramid.request import Request


class SessionScheme:
    """Knows a caller by the session cookie. A session that has ended makes them a visitor, who may sign in again."""

    name = "session"
    challenge = None
    silent = True

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def handles(self, request: Request) -> bool:
        """Say whether the cookie is there."""
        return bool(request.cookies.get(session_cookie(self._registry)))

    def identify(self, request: Request) -> Identity | None:
        """Return whose session this is, in one statement."""
        secret = request.cookies[session_cookie(self._registry)]
        found = request.find_service(SignIns).find(secret)
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
            scopes=frozenset({ANY_SCOPE}),
            mfa=found.mfa,
            signed_in_at=found.created_at,
            session_id=found.id,
        )

    def remember(self, request: Request, **credentials: Any) -> list[tuple[str, str]]:
        """Return the header that sets the cookie; takes `secret`, and `expires_at` to outlive the browser."""
        if "secret" not in credentials:
            return []
        expires_at: datetime | None = credentials.get("expires_at")
        max_age = None if expires_at is None else max(0, int((expires_at - now()).total_seconds()))
        name = session_cookie(self._registry)
        return [set_cookie(self._registry, name, credentials["secret"], max_age=max_age)]

    def forget(self, request: Request) -> list[tuple[str, str]]:
        """Return the header that drops the cookie."""
        return [drop_cookie(self._registry, session_cookie(self._registry))]

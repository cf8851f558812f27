"""Operators who came by a hand-off: a cookie of its own carries the secret of an entry that is a row of this tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from insula.accounts.interfaces import OWNER
from insula.handoff.interfaces import Entries
from insula.security.interfaces import Identity
from insula.security.interfaces.cookies import drop_cookie, host_cookie, set_cookie

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from pyramid.request import Request

    from insula.handoff.interfaces import EntryInfo

NAME: Final = "operator"
COOKIE: Final = "insula-operator"
_FOUND: Final = "insula.handoff.entry"


class OperatorScheme:
    """Knows an operator by the cookie of an entry; one that has ended makes them a visitor."""

    name = NAME
    challenge = None
    silent = True

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def handles(self, request: Request) -> bool:
        """Say whether the cookie is there."""
        return bool(request.cookies.get(host_cookie(self._registry, COOKIE)))

    def identify(self, request: Request) -> Identity | None:
        """Return the operator whose entry this is, as an owner that the floor keeps from credentials."""
        found = entry_of(request)
        if found is None:
            return None
        return Identity(
            tenant_id=request.tenant_id,
            account_id=found.account_id,
            kind="operator",
            name=f"{found.operator.name} (operator)",
            roles=frozenset({OWNER}),
            # For rules it is a session like any other; `principal.kind` tells whose.
            scheme="session",
            signed_in_at=found.started_at,
            session_id=found.id,
            operator=f"{found.operator.name}, console account {found.operator.id}",
        )

    def remember(self, request: Request, **credentials: Any) -> list[tuple[str, str]]:
        """Return the header that sets the cookie to `operator_secret`, or drops it for other credentials."""
        if "operator_secret" not in credentials:
            # Who signs in another way is no operator in this browser any more, and a visit that ended hides nobody.
            return self.forget(request) if credentials and self.handles(request) else []
        return [
            set_cookie(self._registry, host_cookie(self._registry, COOKIE), credentials["operator_secret"])
        ]

    def forget(self, request: Request) -> list[tuple[str, str]]:
        """Return the header that drops the cookie."""
        return [drop_cookie(self._registry, host_cookie(self._registry, COOKIE))]


def entry_of(request: Any) -> EntryInfo | None:
    """Return the live entry of this request, looked for once."""
    found: dict[str, EntryInfo | None] = request.__dict__.setdefault(_FOUND, {})
    if NAME not in found:
        secret = request.cookies.get(host_cookie(request.registry, COOKIE), "")
        found[NAME] = request.find_service(Entries).find(secret)
    return found[NAME]

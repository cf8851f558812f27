"""`TenantSecurityPolicy`: who asks, by the schemes; what they may do, by the tenant's policy.

Pyramid asks it before every view. A permission is a Cedar action, the context object is the resource, its lineage the
parents, the identity the principal in its roles. What is decided is remembered for the rest of the request.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from pyramid.request import RequestLocalCache
from pyramid.security import Allowed, Denied

from insula.observability.log import get
from insula.security.asking import allowed_among, answer, resource_of, rows_allowed
from insula.security.decisions import note
from insula.security.directives import schemes_of
from insula.security.interfaces import Decision, Identity, SignInRequired
from insula.security.permissions import Action
from insula.security.rows.filters import NOTHING
from insula.security.sections import is_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.registry import Registry
    from pyramid.request import Request

    from insula.security.cedar.engine import Question
    from insula.security.interfaces import RowFilter, RowShape
    from insula.tree.interfaces import PolicyEntity

log = get("insula.security")
_LEVELS: Final = logging.getLogger("insula.security")
"""The logger behind, which says for less than a line costs whether anybody wants one."""

_VIEW: Final = Action.VIEW.value


class PolicyAllowed(Allowed):
    """A yes that carries its decision."""

    def __new__(cls, decision: Decision) -> Self:
        made: Self = super().__new__(cls, "allowed by %s", ", ".join(decision.rules))
        made.decision = decision
        return made

    decision: Decision


class PolicyDenied(Denied):
    """A no that carries its decision."""

    def __new__(cls, decision: Decision) -> Self:
        made: Self = super().__new__(cls, "denied by %s", ", ".join(decision.rules) or "no rule")
        made.decision = decision
        return made

    decision: Decision

    @property
    def reason(self) -> str | None:
        """What the caller may be told."""
        return self.decision.reason


@dataclass
class _Asked:
    """What one request has found out so far."""

    identity: Identity | None = None
    refused: bool = False
    decisions: dict[tuple[str, int], tuple[object, Decision, Question | None]] = field(default_factory=dict)
    recorded: set[str] = field(default_factory=set)


class TenantSecurityPolicy:
    """Pyramid's security policy for all tenants; what differs between them is read by tenant."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._asked = RequestLocalCache(self._authenticate)

    def identity(self, request: Request) -> Identity | None:
        """Return who asks, or None for a visitor."""
        return self._of(request).identity

    def authenticated_userid(self, request: Request) -> str | None:
        """Return the account's id as text."""
        identity = self.identity(request)
        return None if identity is None else str(identity.account_id)

    def permits(self, request: Request, context: object, permission: str) -> PolicyAllowed | PolicyDenied:
        """Answer Pyramid, before a view runs; the answer carries the rules."""
        decision = self.decide(request, permission, context)
        return PolicyAllowed(decision) if decision.allowed else PolicyDenied(decision)

    def decide(
        self, request: Request, permission: str, resource: object, *, enforced: bool = True
    ) -> Decision:
        """Decide once for each action and resource of a request; what is enforced is logged and recorded.

        Raises SignInRequired for a token that does not hold here: whoever sends one means to be somebody. A question
        that nothing depends on is answered no instead, so that the page that tells them so can be drawn.
        """
        asked = self._of(request)
        if asked.refused and enforced:
            raise SignInRequired
        if asked.refused:
            return Decision(allowed=False)
        key = (str(permission), id(resource))
        found = asked.decisions.get(key)
        if found is None:
            ordinal = len(asked.decisions) + 1
            decision, question = answer(request, asked.identity, key[0], resource, ordinal=ordinal)
            # The resource is kept with the answer, so that no other object can take its place in memory.
            found = asked.decisions[key] = (resource, decision, question)
            _log(found[1], asked.identity, key[0], resource, enforced=enforced)
        elif enforced:
            _log(found[1], asked.identity, key[0], resource, enforced=True)
        if enforced and found[2] is not None and found[1].id not in asked.recorded:
            asked.recorded.add(found[1].id)
            note(request, found[2], found[1], asked.identity)
        return found[1]

    def rows(self, request: Request, permission: str, above: object, shape: RowShape) -> RowFilter:
        """Return the condition under which a row below a resource may be shown or changed by whoever asks."""
        asked = self._of(request)
        return NOTHING if asked.refused else rows_allowed(request, asked.identity, permission, above, shape)

    def among(
        self, request: Request, permission: str, things: Sequence[PolicyEntity], above: object
    ) -> frozenset[str]:
        """Return the ids of those things below a resource with which whoever asks may do this."""
        asked = self._of(request)
        if asked.refused:
            return frozenset()
        return allowed_among(request, asked.identity, permission, things, above)

    def remember(self, request: Request, userid: object, **credentials: Any) -> list[tuple[str, str]]:
        """Return the headers that keep a caller signed in; the session scheme takes `secret` and `expires_at`."""
        self._asked.clear(request)
        return [header for scheme in self._schemes for header in scheme.remember(request, **credentials)]

    def forget(self, request: Request, **_: Any) -> list[tuple[str, str]]:
        """Return the headers that make the client forget who it was."""
        self._asked.clear(request)
        return [header for scheme in self._schemes for header in scheme.forget(request)]

    @property
    def _schemes(self) -> Any:
        return schemes_of(self._registry)

    def _of(self, request: Request) -> _Asked:
        asked: _Asked = self._asked.get_or_create(request)
        return asked

    def _authenticate(self, request: Request) -> _Asked:
        if getattr(request, "tenant_id", None) is None:
            return _Asked()
        request.add_response_callback(_vary)
        for scheme in self._schemes:
            if not scheme.handles(request):
                continue
            identity = scheme.identify(request) if is_on(request, scheme.name) else None
            if identity is not None and identity.tenant_id == request.tenant_id:
                return _Asked(identity)
            # A cookie that is left over must not keep out what came beside it.
            if not scheme.silent:
                return _Asked(refused=True)
        return _Asked()


def _vary(_request: Request, response: Any) -> None:
    """Keep caches from showing one caller what was made for another."""
    response.vary = tuple(dict.fromkeys((*(response.vary or ()), "Cookie", "Authorization")))


def _log(
    decision: Decision, identity: Identity | None, action: str, resource: object, *, enforced: bool
) -> None:
    """Log what was enforced and matters at info, the rest at debug: every act, and every refusal of somebody."""
    telling = enforced and (action != _VIEW or (identity is not None and not decision.allowed))
    level = logging.INFO if telling else logging.DEBUG
    if not (_LEVELS.isEnabledFor(level) or decision.errors):
        return
    log.log(
        level,
        "decision",
        decision=decision.id,
        allowed=decision.allowed,
        action=action,
        resource=resource_of(resource),
        rules=list(decision.rules),
        unmet=list(decision.unmet),
        identity="visitor" if identity is None else str(identity.account_id),
        scheme="none" if identity is None else identity.scheme,
    )
    if decision.errors:
        log.warning("decision.errors", decision=decision.id, errors=list(decision.errors))

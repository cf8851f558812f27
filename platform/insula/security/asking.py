"""Puts one question of a request to the tenant's policy, and cuts the answer to what a token may do."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final

from insula.kit.clock import now
from insula.security.cedar.context import NEVER_SIGNED_IN, Context, address
from insula.security.cedar.engine import Question
from insula.security.cedar.schema import ACCOUNT, VISITOR
from insula.security.in_force import policy_of
from insula.security.interfaces import ANY_SCOPE, Decision, Identity
from insula.security.permissions import ACTIONS
from insula.security.rows.asking import row_filter
from insula.security.rows.filters import NOTHING
from insula.tree.interfaces import PolicyEntity, lineage_entities

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pyramid.request import Request

    from insula.security.interfaces import RowFilter, RowShape

_CONTEXT: Final = "insula.security.context"
_VISITOR: Final = (VISITOR, "anonymous")
_VISITOR_ROLES: Final = frozenset({"visitor"})


def decide_as(
    request: Request, identity: Identity | None, action: str, resource: object, *, ordinal: int = 0
) -> Decision:
    """Return what the policy says when this identity, or a visitor, asks."""
    return answer(request, identity, action, resource, ordinal=ordinal)[0]


def answer(
    request: Request, identity: Identity | None, action: str, resource: object, *, ordinal: int = 0
) -> tuple[Decision, Question | None]:
    """Return what the policy says, and the question it was asked; none where nothing was asked of it."""
    number = f"{getattr(request, 'id', '')}-{ordinal}"
    if action not in ACTIONS:
        return Decision(allowed=False, id=number), None
    question = _question(request, identity, action, resource)
    if not question.lineage:
        return Decision(allowed=False, id=number, errors=("The resource has no place in the policy.",)), None
    decision = policy_of(request).decide(question)
    if decision.allowed and identity is not None:
        decision = cut_to_token(decision, identity.scopes, identity.networks, action, question.context.ip)
    return replace(decision, id=number), question


def allowed_among(
    request: Request, identity: Identity | None, action: str, things: Sequence[PolicyEntity], above: object
) -> frozenset[str]:
    """Return the ids of those things, all of one type and below a resource, with which this may be done."""
    question = _question(request, identity, action, above)
    return policy_of(request).allowed(question, things) if _uncut(identity, question) else frozenset()


def rows_allowed(
    request: Request, identity: Identity | None, action: str, above: object, shape: RowShape
) -> RowFilter:
    """Return the condition under which this identity, or a visitor, may do something with a row below a resource."""
    question = _question(request, identity, action, above)
    return row_filter(policy_of(request), question, shape) if _uncut(identity, question) else NOTHING


def _uncut(identity: Identity | None, question: Question) -> bool:
    """Say whether the token of whoever asks is good for the action, from here."""
    if identity is None:
        return True
    may, client = Decision(allowed=True), question.context.ip
    return cut_to_token(may, identity.scopes, identity.networks, question.action, client).allowed


def _question(request: Request, identity: Identity | None, action: str, resource: object) -> Question:
    return Question(
        principal=_VISITOR if identity is None else (ACCOUNT, str(identity.account_id)),
        roles=_VISITOR_ROLES if identity is None else identity.roles,
        action=action,
        lineage=tuple(lineage_entities(resource)),
        context=_context(request, identity),
        facts={} if identity is None else {"kind": identity.kind},
    )


def resource_of(resource: object) -> str:
    """Write a resource as rules write it."""
    entity = next(iter(lineage_entities(resource)), None)
    return "nothing" if entity is None else f'{entity.type}::"{entity.id}"'


def _context(request: Request, identity: Identity | None) -> Context:
    """Return the circumstances of a request for somebody, the same for all that is asked in it."""
    known: tuple[Identity | None, Context] | None = vars(request).get(_CONTEXT)
    if known is None or known[0] is not identity:
        known = vars(request)[_CONTEXT] = identity, _circumstances(request, identity)
    return known[1]


def _circumstances(request: Request, identity: Identity | None) -> Context:
    moment, client = now(), address(request.remote_addr)
    if identity is None:
        return Context(ip=client, now=moment, method=request.method)
    signed_in_at = identity.signed_in_at
    return Context(
        ip=client,
        scheme=identity.scheme,
        mfa=identity.mfa,
        elevated=identity.elevated,
        age=NEVER_SIGNED_IN if signed_in_at is None else max(0, int((moment - signed_in_at).total_seconds())),
        now=moment,
        method=request.method,
    )


def cut_to_token(
    decision: Decision, scopes: Collection[str], networks: Collection[str], action: str, client: str
) -> Decision:
    """Cut to the scopes and networks of a token: they narrow what its account may do and never widen it."""
    if ANY_SCOPE not in scopes and action not in scopes:
        return Decision(allowed=False, rules=("token:scope",), reason=f"This token is not made for {action}.")
    if networks:
        here = ip_address(client)
        if not any(here in ip_network(network, strict=False) for network in networks):
            return Decision(
                allowed=False, rules=("token:network",), reason="This token is not for use from your network."
            )
    return decision

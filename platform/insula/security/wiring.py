"""How security hooks into Pyramid: policy, default permission, form tokens, the order of the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.interfaces import ISecurityPolicy
from pyramid.viewderivers import INGRESS

from insula.security.answers import refusals
from insula.security.csrf import SignedCSRF, csrf_view, needs_token
from insula.security.interfaces import Decision, RowFilter, RowShape
from insula.security.methods import require_methods
from insula.security.permissions import ACTIONS, NOBODY
from insula.security.policy import TenantSecurityPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.config import Configurator
    from pyramid.request import Request

    from insula.tree.interfaces import PolicyEntity


def includeme(config: Configurator) -> None:
    """Put the policy in force for every view."""
    config.set_security_policy(TenantSecurityPolicy(config.registry))
    config.set_default_permission(NOBODY)
    config.set_csrf_storage_policy(SignedCSRF(config.registry))
    config.set_default_csrf_options(require_csrf=True, callback=needs_token)
    # Outer to inner: refusals become domain errors, then the methods, then the form's token, then the permission, so
    # that no right that a cookie carries is used before the request is known to come from a page of ours.
    config.add_view_deriver(csrf_view, "csrf_view", under=INGRESS, over="secured_view")
    config.add_view_deriver(require_methods, "insula_methods", under=INGRESS, over="csrf_view")
    config.add_view_deriver(refusals, "insula_refusals", under=INGRESS, over="insula_methods")
    config.add_request_method(may)
    config.add_request_method(decide)
    config.add_request_method(row_filter)
    config.add_request_method(may_each)
    config.add_token_scopes(ACTIONS)


def may(request: Request, permission: str, resource: object) -> bool:
    """Say whether whoever asks may do this; for lists and buttons, where nothing is enforced."""
    policy: TenantSecurityPolicy = request.registry.getUtility(ISecurityPolicy)
    return policy.decide(request, permission, resource, enforced=False).allowed


def decide(request: Request, permission: str, resource: object, *, enforced: bool = True) -> Decision:
    """Return the decision with its rules; the caller acts on it, or says that nothing depends on it."""
    policy: TenantSecurityPolicy = request.registry.getUtility(ISecurityPolicy)
    return policy.decide(request, permission, resource, enforced=enforced)


def row_filter(request: Request, permission: str, above: object, shape: RowShape) -> RowFilter:
    """Return the condition of the rows below a resource with which whoever asks may do this, for a statement."""
    policy: TenantSecurityPolicy = request.registry.getUtility(ISecurityPolicy)
    return policy.rows(request, permission, above, shape)


def may_each(
    request: Request, permission: str, things: Sequence[PolicyEntity], above: object
) -> frozenset[str]:
    """Return the ids of those things with which whoever asks may do this; all are of one type, below one resource.

    What they hold is part of what is remembered: for few things that seldom change, such as the fields of a collection.
    """
    policy: TenantSecurityPolicy = request.registry.getUtility(ISecurityPolicy)
    return policy.among(request, permission, things, above)

"""What a refused request is told: the same by every door.

A view that the policy closes raises HTTPForbidden. It becomes a domain error here, before any door sees it, so that a
page one may not view is the very same error as a page that is not there, and doors have one error to show:

- a visitor: SignInRequired below /api, /admin and /account and where the place asks to sign in, else NotFound;
- somebody who may not view the thing: NotFound;
- somebody who may view it: Refused with the rule's reason and nothing else of it.

A form without its token is told so only about a thing one may view; else it, too, is NotFound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.httpexceptions import HTTPForbidden

from insula.kit.errors import InsulaError
from insula.security.interfaces import (
    GATED,
    Decision,
    SignInRequired,
    branch_of,
    hidden,
    open_to_visitors,
    refused_by,
)
from insula.security.permissions import Action
from insula.tree.interfaces import asks_to_sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyramid.request import Request


def refusals(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """Be the outermost deriver: turn what the permission and the form check raise into domain errors."""
    if info.exception_only:
        return view

    def answered(context: object, request: Request) -> Any:
        try:
            return view(context, request)
        except HTTPForbidden as error:
            raise refusal(request, _place(request, context), error.result) from error
        except (BadCSRFToken, BadCSRFOrigin):
            place = _place(request, context)
            if not _open(info) and not request.may(Action.VIEW.value, place):
                raise refusal(request, place, None) from None
            raise

    return answered


def refusal(request: Request, resource: object, result: Any) -> InsulaError:
    """Return the error for a request that the policy refused."""
    if request.identity is None:
        return SignInRequired() if in_gated_branch(request) or asks_to_sign_in(resource) else hidden()
    if not request.may(Action.VIEW.value, resource):
        return hidden()
    decision = result if isinstance(result, Decision) else getattr(result, "decision", None)
    return refused_by(decision)


def in_gated_branch(request: Request) -> bool:
    """Say whether the address lies where a visitor is told to sign in before any name is looked up."""
    branch = branch_of(request)
    return branch in GATED and not (branch == "api" and open_to_visitors(request))


def _place(request: Request, context: object) -> object:
    """Return what the refusal is about: a view may have set another context than the one it was found by."""
    place: object = getattr(request, "context", None)
    return context if place is None else place


def _open(info: Any) -> bool:
    """Say whether the view is open to everybody, so that there is nothing to hide."""
    return bool(info.options.get("permission") == "__no_permission_required__")

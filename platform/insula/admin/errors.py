"""Refusals inside the administration, shown in its shell to those who may see the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.location import lineage
from pyramid.renderers import render_to_response

from insula.admin.resources import AdminRoot
from insula.kit.errors import Conflict, InsulaError, Invalid, NotFound, PreconditionRequired, Refused, Stale
from insula.security.interfaces import decision_address

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

TEXTS = {
    403: "You may look at this but not do that with it. Who manages people here can give you a role.",
    404: "There is nothing at this address, or nothing that is open to you.",
    412: "Somebody changed it while you had it open. Load it again, then make your change.",
}


def includeme(config: Configurator) -> None:
    """Register the views, which come before the general ones wherever the shell may be shown."""
    for context, view in (
        (NotFound, domain_error),
        (Refused, domain_error),
        (Conflict, domain_error),
        (Stale, domain_error),
        (Invalid, domain_error),
        (PreconditionRequired, domain_error),
        (HTTPNotFound, missing),
    ):
        config.add_exception_view(view, context=context, door="html", in_admin=True)


def domain_error(error: InsulaError, request: Any) -> Response:
    """Show a domain error in its own words."""
    return _answer(error, request)


def missing(error: HTTPNotFound, request: Any) -> Response:
    """Show that there is nothing."""
    return _answer(NotFound(), request)


def _answer(error: InsulaError, request: Any) -> Response:
    # What a missing thing was called is not repeated, so that one may not be told from another.
    detail = "" if isinstance(error, NotFound) else error.detail
    values = {
        "status": error.status,
        "heading": error.title,
        "detail": detail or TEXTS.get(error.status, ""),
        "errors": error.errors,
        "decision": getattr(error, "decision", ""),
        "decision_url": decision_address(request, error),
    }
    response = render_to_response("insula.admin:templates/error.jinja2", values, request=request)
    response.status_int = error.status
    response.headers["Cache-Control"] = "private, no-store"
    return response


class InAdminPredicate:
    """`in_admin=True`: the request reached the administration, and whoever asks may view it."""

    def __init__(self, value: bool, config: Any) -> None:  # noqa: FBT001 - Pyramid calls it
        self.value = value

    def text(self) -> str:
        """Return the predicate as `pviews` shows it."""
        return f"in_admin = {self.value}"

    phash = text

    def __call__(self, context: object, request: Any) -> bool:
        """Say whether the shell may be shown around the answer."""
        if getattr(request, "outside_transaction", False):
            return not self.value
        here = getattr(request, "context", None)
        inside = here is not None and any(isinstance(node, AdminRoot) for node in lineage(here))
        return (inside and request.admin.may_view) is self.value

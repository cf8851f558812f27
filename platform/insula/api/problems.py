"""Errors under /api as problem+json (RFC 9457)."""

from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken, PredicateMismatch, URLDecodeError
from pyramid.httpexceptions import HTTPError, HTTPNotFound, status_map
from pyramid.request import Request
from pyramid.response import Response

from insula.db.interfaces import RETRY_AFTER_FAILURE, DatabaseFailure, NoConnectionFree
from insula.kit.errors import InsulaError, Malformed, NotFound, Refused, Unauthenticated, Unavailable
from insula.kit.json import dumps
from insula.observability.log import get
from insula.web.interfaces import methods_offered

log = get("insula.api")


def includeme(config: Configurator) -> None:
    """Register the views of the JSON door."""
    for context, view in (
        (InsulaError, insula_error),
        (HTTPNotFound, not_found),
        (PredicateMismatch, method_not_allowed),
        (HTTPError, http_error),
        (BadCSRFToken, refused_cookie),
        (BadCSRFOrigin, refused_cookie),
        (URLDecodeError, unreadable),
        (DatabaseFailure, database_failed),
        (NoConnectionFree, database_failed),
        (Exception, unexpected),
    ):
        config.add_exception_view(view, context=context, door="json")


def problem(request: Request, error: InsulaError) -> Response:
    """Return the answer that tells an error, with the request id and the path of each bad field."""
    body: dict[str, Any] = {
        "type": f"/problems/{error.slug}",
        "title": error.title,
        "status": error.status,
        "request_id": request.id,
    }
    if error.detail:
        body["detail"] = error.detail
    if isinstance(error, Refused) and error.decision:
        body["decision"] = error.decision
    if error.errors:
        body["errors"] = [
            {"path": item.path, "detail": item.detail}
            | ({"line": item.line} if item.line is not None else {})
            for item in error.errors
        ]
    response = Response(
        dumps(body), status=error.status, content_type="application/problem+json", charset=None
    )
    response.headers["Cache-Control"] = "no-store"
    if error.status == Unauthenticated.status:
        response.headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def insula_error(error: InsulaError, request: Request) -> Response:
    """Tell a domain error."""
    return problem(request, error)


def not_found(_error: HTTPNotFound, request: Request) -> Response:
    """Tell that nothing is there, in the same words for what may not be seen."""
    return problem(request, NotFound())


def method_not_allowed(error: PredicateMismatch, request: Request) -> Response:
    """Tell that this address does not take this method, to those who may see the address."""
    resource = getattr(request, "context", None)
    if resource is None or not request.may("view", resource):
        return not_found(error, request)
    methods = methods_offered(request)
    if not methods:
        return not_found(error, request)
    refused = InsulaError(f"{request.method} is not offered here.")
    refused.status, refused.slug, refused.title = (
        405,
        "method-not-allowed",
        "This address does not take this method",
    )
    response = problem(request, refused)
    response.headers["Allow"] = ", ".join(methods)
    return response


def http_error(error: HTTPError, request: Request) -> Response:
    """Tell any other HTTP error."""
    told = InsulaError(error.detail or "")
    told.status, told.slug, told.title = error.status_code, "http", status_map[error.status_code].title
    return problem(request, told)


def refused_cookie(_error: Exception, request: Request) -> Response:
    """Tell that a request with a session cookie needs the CSRF token."""
    return problem(
        request, Malformed("Send X-CSRF-Token with a session cookie, or a token in Authorization.")
    )


def unreadable(_error: Exception, request: Request) -> Response:
    """Tell that the address is not UTF-8."""
    return problem(request, Malformed("The address is not UTF-8."))


def database_failed(error: DatabaseFailure | NoConnectionFree, request: Request) -> Response:
    """Tell that the database is away or too busy, which passes."""
    log.error("database failed", exc_info=error)
    return problem(request, Unavailable(retry_after=RETRY_AFTER_FAILURE))


def unexpected(error: Exception, request: Request) -> Response:
    """Log what nobody expected, and say nothing of it."""
    log.error("unexpected error", exc_info=error)
    return problem(request, InsulaError())

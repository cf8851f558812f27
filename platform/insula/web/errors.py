"""Error pages: every error of the HTML door, in the look of the site, with the request id."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken, PredicateMismatch, URLDecodeError
from pyramid.httpexceptions import HTTPError, HTTPNotFound

from insula.db.interfaces import RETRY_AFTER_FAILURE, DatabaseFailure, NoConnectionFree
from insula.kit.errors import InsulaError, Malformed, NotFound, Refused, Unauthenticated, Unavailable
from insula.observability.log import get
from insula.security.interfaces import SignInRequired, decision_address
from insula.tree.interfaces import asks_to_sign_in
from insula.web.frames import render_neutral, render_site
from insula.web.interfaces import methods_offered

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request
    from pyramid.response import Response

log = get("insula.web")

TEXTS = {
    400: "Your browser sent something that cannot be read here. Go back, reload the page and try once more.",
    401: "This part is for people who are signed in.",
    403: "Your account may look at this, but not do that with it. Somebody who administers this site can change it.",
    404: "Nothing lives at this address. It may have moved, or the link may have a typing error in it.",
    405: "This address takes no request of this kind. Go back, or open it as a page.",
    412: "Somebody changed it while you had it open. Load it again to see what is new, then make your change.",
    413: "What you sent is larger than this site accepts.",
    429: "More requests arrived from you than this site takes in such a short time.",
    500: "This is our mistake, not yours, and it has been written down. Trying again in a minute often helps.",
    503: "This site is not available right now. It will be back.",
}
LOCATION = "/account/@@sign-in"


def includeme(config: Configurator) -> None:
    """Register the views; those of the JSON door are registered by the API frame."""
    for context, view in (
        (InsulaError, insula_error),
        (HTTPNotFound, not_found),
        (PredicateMismatch, method_not_allowed),
        (HTTPError, http_error),
        (BadCSRFToken, expired_form),
        (BadCSRFOrigin, expired_form),
        (URLDecodeError, unreadable),
        (DatabaseFailure, database_failed),
        (NoConnectionFree, database_failed),
        (Exception, unexpected),
    ):
        config.add_exception_view(view, context=context, door="html")


def insula_error(error: InsulaError, request: Request) -> Response:
    """Show a domain error in its own words."""
    hidden = isinstance(error, NotFound) and not _outside(request)
    return _missing(request) if hidden else answer(request, error)


def not_found(error: HTTPNotFound, request: Request) -> Response:
    """Show that there is nothing, or ask to sign in where the place asks for that."""
    return _missing(request)


def method_not_allowed(error: PredicateMismatch, request: Request) -> Response:
    """Show that this address does not take this method, to those who may see the address."""
    resource = getattr(request, "context", None)
    methods = methods_offered(request) if resource is not None and request.may("view", resource) else ()
    if not methods:
        return _missing(request)
    shown = InsulaError(TEXTS[405])
    shown.status, shown.title = 405, "This address does not take this method"
    response = answer(request, shown)
    response.headers["Allow"] = ", ".join(methods)
    return response


def expired_form(error: BadCSRFToken | BadCSRFOrigin, request: Request) -> Response:
    """Show that a form was not sent from a page of ours, or too late."""
    return answer(request, Malformed("This form has expired. Go back, reload the page and send it again."))


def unreadable(error: URLDecodeError, request: Request) -> Response:
    """Show that an address is not UTF-8."""
    return answer(request, Malformed("This address cannot be read: it is not UTF-8."))


def http_error(error: HTTPError, request: Request) -> Response:
    """Show an error of Pyramid's own."""
    shown = InsulaError(TEXTS.get(error.code, error.explanation or ""))
    shown.status, shown.title = error.code, error.title
    return answer(request, shown)


def database_failed(error: DatabaseFailure | NoConnectionFree, request: Request) -> Response:
    """Show that the database is away or too busy, which passes."""
    log.error("database failed", exc_info=error)
    return answer(request, Unavailable(retry_after=RETRY_AFTER_FAILURE))


def unexpected(error: Exception, request: Request) -> Response:
    """Write down what nobody expected, and say so without a detail of it."""
    log.error("unexpected error", exc_info=error)
    return answer(request, InsulaError())


def answer(request: Request, error: InsulaError) -> Response:
    """Return the page of an error."""
    status = error.status
    # What a missing thing was called is not repeated: a page one may not see must answer with the same bytes.
    detail = "" if isinstance(error, NotFound) else error.detail
    values = {
        "status": status,
        "title": error.title,
        "detail": detail or TEXTS.get(status, ""),
        "errors": error.errors,
        "retry_after": error.retry_after,
        "request_id": request.id,
        "sign_in": _sign_in(request) if isinstance(error, Unauthenticated) else None,
        "refused": isinstance(error, Refused),
        "decision": getattr(error, "decision", ""),
        "decision_url": decision_address(request, error),
    }
    response = _render(request, values, status)
    response.headers["Cache-Control"] = "private, no-store"
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _render(request: Request, values: dict[str, object], status: int) -> Response:
    # After a fault of ours the database is not asked again: the frame is used if the request had found it already.
    if _outside(request) or (status >= 500 and "site_frame" not in request.__dict__):
        return render_neutral(request, values, status=status)
    return render_site(request, "error", values, status=status)


def _missing(request: Request) -> Response:
    # Below a page that asks to sign in a missing page must look like one that is there.
    if (
        not _outside(request)
        and request.identity is None
        and asks_to_sign_in(getattr(request, "context", None))
    ):
        required = SignInRequired()
        return request.invoke_exception_view((SignInRequired, required, None))
    return answer(request, NotFound())


def _outside(request: Request) -> bool:
    return bool(getattr(request, "outside_transaction", False))


def _sign_in(request: Request) -> str:
    if request.method not in ("GET", "HEAD"):
        return LOCATION

    return f"{LOCATION}?next={quote(request.path_qs, safe='/')}"

"""The database in a request: `request.db`, and writing begun just before a view that writes."""

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.viewderivers import VIEW

from insula.db.interfaces import Scope
from insula.db.sessions import TenantSession, open_session

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REPLAYABLE_BYTES = 1 << 20


def includeme(config: Configurator) -> None:
    """Add `request.db` and the deriver that begins writing."""
    config.add_request_method(db, "db", reify=True)
    config.add_view_deriver(begin_writing, under="decorated_view", over=VIEW)


def db(request: Request) -> TenantSession:
    """Return the session of this request's tenant."""
    return open_session(request.registry, Scope("tenant", request.tenant_id), request.tm)


def begin_writing(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """Begin writing for unsafe methods, after the permission was checked; `rows="read"` keeps a view reading.

    What shows an error never writes, and takes no lock for it.
    """
    if info.options.get("rows") == "read" or info.exception_only:
        return view

    def deriver(context: object, request: Request) -> Any:
        if request.method not in _SAFE and getattr(request, "tenant_id", None) is not None:
            request.db.begin_writing()
        return view(context, request)

    return deriver


begin_writing.options = ("rows",)  # type: ignore[attr-defined]  # Pyramid reads the option names from here


def attempts(request: Request) -> int | None:
    """Retry only what can be sent again as it is: requests with a small body (FACTS D-55)."""
    if (request.content_length or 0) > _REPLAYABLE_BYTES:
        return 1
    # A body that may be sent again waits in memory; WebOb would put it into a temporary file that nobody closes.
    request.request_body_tempfile_limit = _REPLAYABLE_BYTES
    return None

"""ETags: a version read, a version a write is based on."""

from pyramid.request import Request

from insula.kit.errors import PreconditionRequired, Stale


def etag_of(request: Request, *parts: object) -> str:
    """Set the answer's ETag from what identifies this version, and return it with its quotes."""
    tag = "-".join(str(part) for part in parts)
    request.response.etag = tag
    return f'"{tag}"'


def not_modified(request: Request) -> bool:
    """Tell whether the caller has this version already; the answer is then 304 without a body."""
    tag = request.response.etag
    if tag is None or request.method not in ("GET", "HEAD") or tag not in request.if_none_match:
        return False
    return bool(request.headers.get("If-None-Match"))


def check_if_match(request: Request, *parts: object) -> None:
    """Raise PreconditionRequired without If-Match, and Stale when it names another version."""
    given = request.headers.get("If-Match")
    if not given:
        raise PreconditionRequired("Read it first, then send its ETag in If-Match.")
    if "-".join(str(part) for part in parts) not in request.if_match:
        raise Stale("Read it again; somebody changed it.")

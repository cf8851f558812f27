"""A POST that names itself by `Idempotency-Key` is done once, however often it is sent.

The key is claimed in the transaction of the request and committed with what the request did, and with its answer; a
repeated request gets that answer. One that failed has left nothing, so that it may be tried again.

What an answer shows was decided when it was made. Where another token asks, or what may be seen has changed since, the
answer is not told again: that it was done is, and where.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

from pyramid.response import Response
from sqlalchemy import select

from insula.db.models import Version
from insula.kit.errors import Conflict, FieldError, Malformed
from insula.kit.json import dumps, loads
from insula.kit.vault import vault_of
from insula.security.interfaces import branch_of

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request

_LONGEST: Final = 255
_LONGEST_ENDPOINT: Final = 200
_CHUNK: Final = 1 << 16
_KEPT_HEADERS: Final = ("Content-Type", "ETag", "Link", "Location")
_HEADER: Final = "HTTP_IDEMPOTENCY_KEY"
_DECIDING: Final = ("policy", "plan", "collections")
"""The counters of what decides, beside who asks, what an answer shows."""


class StillRunning(Conflict):
    """The first request with this key has not been answered yet."""

    slug, title = "still-running", "The first request with this key is still running"


class DoneBefore(Conflict):
    """The request was done, but its answer was made for other rights than those of whoever asks now."""

    slug, title = "done-before", "This was done before, and its answer is not told again"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a request, under which name: what an idempotency key is valid for."""

    account_id: UUID
    endpoint: str
    key: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that is kept with a key: its status and its text."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that is ours now, with the arrival of its first attempt; or the answer it led to already."""

    arrived: datetime
    answer: KeptAnswer | None = None


class IdempotencyKeys(Protocol):
    """The idempotency keys of one tenant, kept for 24 hours."""

    def peek(self, sender: Sender, body_hash: bytes) -> Claim | None:
        """Return what is known of a key without claiming it.

        Raises `kit.errors.Invalid` when the key was used with another body.
        """

    def claim(self, sender: Sender, body_hash: bytes) -> Claim:
        """Take a key for this process, or return what it led to.

        Raises `kit.errors.Invalid` when the key was used with another body, and `StillRunning` while another
        request holds it. A key whose holder has died, or whose lease is over, changes hands and keeps
        its first arrival.
        """

    def keep(self, sender: Sender, answer: KeptAnswer) -> None:
        """Keep the answer with the key."""

    def release(self, sender: Sender) -> None:
        """Let go of a key that led to no answer, so that a retry can start at once."""


def includeme(config: Configurator) -> None:
    """Register the service, and the deriver that asks it."""
    config.register_service_factory("insula.api.keys.keys_factory", IdempotencyKeys)
    config.add_view_deriver(once, "insula_once", under="begin_writing", over="rendered_view")


def once(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """Answer a POST to the API that has been answered before as it was; what writes no rows sees to itself."""
    if info.exception_only or info.options.get("rows") == "read":
        return view

    def deriver(context: object, request: Request) -> Any:
        if _HEADER not in request.environ or request.method != "POST" or branch_of(request) != "api":
            return view(context, request)
        return _once(view, context, request)

    return deriver


def key_of(request: Request) -> str | None:
    """Return the key that a request names itself by; raises Malformed for one that cannot be used."""
    key: str | None = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (1 <= len(key) <= _LONGEST and key.isascii() and key.isprintable()):
        wrong = FieldError(
            "Idempotency-Key", f"Use 1 to {_LONGEST} printable ASCII characters, such as a UUID."
        )
        raise Malformed("The Idempotency-Key cannot be used.", errors=[wrong])
    return key


def sender_of(request: Request, key: str) -> Sender:
    """Return what the key of a request is valid for."""
    identity = request.identity
    if identity is not None:
        account_id = identity.account_id
    else:
        # Visitors have no name, and one of them is not to see what another was answered.
        account_id = UUID(bytes=hashlib.sha256((request.remote_addr or "").encode()).digest()[:16])
    return Sender(account_id, f"{request.method} {request.path}"[:_LONGEST_ENDPOINT], key)


def _once(view: Callable[..., Any], context: object, request: Request) -> Any:
    sender = sender_of(request, key_of(request) or "")
    keys: IdempotencyKeys = request.find_service(IdempotencyKeys)
    claim = keys.claim(sender, _digest(request))
    if claim.answer is not None:
        return _told(request, sender, claim.answer)
    response = view(context, request)
    if 200 <= response.status_int < 300:
        keys.keep(sender, _kept(request, sender, response))
    else:
        keys.release(sender)
    return response


def _digest(request: Request) -> bytes:
    made = hashlib.sha256(request.query_string.encode())
    body = request.body_file_seekable
    body.seek(0)
    while chunk := body.read(_CHUNK):
        made.update(chunk)
    body.seek(0)
    return made.digest()


def _kept(request: Request, sender: Sender, response: Any) -> KeptAnswer:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    kept = {"headers": headers, "body": response.body.decode(), "rights": _rights(request, _counted(request))}
    text = dumps(kept).decode()
    # Sealed, since an answer may hold a secret that is shown once and kept nowhere.
    sealed = vault_of(request.registry).seal(request.tenant_id, text, bound=_bound(sender))
    return KeptAnswer(response.status_int, sealed.encode())


def _told(request: Request, sender: Sender, answer: KeptAnswer) -> Response:
    text = vault_of(request.registry).open(request.tenant_id, answer.body.decode(), bound=_bound(sender))
    kept = loads(text)
    if kept.get("rights") != _rights(request, request.db.versions):
        place = kept["headers"].get("Location")
        where = f" What it made is at {place}." if place else ""
        raise DoneBefore(f"The rights by which it was answered are not those of today.{where}")
    response = Response(kept["body"].encode(), status=answer.status)
    del response.headers["Content-Type"]
    response.headers.update(kept["headers"])
    return response


def _counted(request: Request) -> Mapping[str, int]:
    """Return the counters as the request leaves them, which may have counted one up itself."""
    found = request.db.execute(select(Version.name, Version.value).where(Version.name.in_(_DECIDING)))
    return dict(found.all())


def _rights(request: Request, counters: Mapping[str, int]) -> str:
    """Return what may be seen in short: by whom, by which token, and under which rules and fields."""
    identity = request.identity
    who: tuple[Any, ...] = ()
    if identity is not None:
        who = (
            identity.token_id,
            sorted(identity.roles),
            sorted(identity.scopes),
            identity.mfa,
            identity.elevated,
        )
    told = repr((who, [counters.get(name, 0) for name in _DECIDING]))
    return hashlib.sha256(told.encode()).hexdigest()


def _bound(sender: Sender) -> tuple[str, ...]:
    return ("idempotency", str(sender.account_id), sender.endpoint, sender.key)

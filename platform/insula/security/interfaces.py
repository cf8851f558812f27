"""What other rooms may know of security: who asks, what was decided, and the promises behind both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, runtime_checkable
from uuid import UUID

from insula.kit.errors import NotFound, Unauthenticated

if TYPE_CHECKING:
    from pyramid.request import Request

Grid = Mapping[str, Mapping[str, Sequence[str]]]
"""Role → type → actions: the part of a policy that screens edit as a table."""

GATED: Final = frozenset({"api", "admin", "account"})
"""Branches that answer a visitor with 401 before any name below them is looked up."""

ANY_SCOPE: Final = "*"


@dataclass(frozen=True)
class Identity:
    """Who asks, fixed for the whole request."""

    tenant_id: UUID
    account_id: UUID
    kind: Literal["person", "service"]
    name: str
    roles: frozenset[str]
    scheme: str
    scopes: frozenset[str] = frozenset({ANY_SCOPE})
    mfa: bool = False
    signed_in_at: datetime | None = None
    token_id: UUID | None = None
    networks: tuple[str, ...] = ()
    session_id: UUID | None = None


@dataclass(frozen=True)
class Decision:
    """One answer of the policy.

    `rules` are the rules that determined it. When no rule applied at all, they are empty and `unmet` names the rules
    that could have allowed the action on this type of resource but did not hold.
    """

    allowed: bool
    rules: tuple[str, ...] = ()
    reason: str | None = None
    id: str = ""
    unmet: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether the action is allowed."""
        return self.allowed


@dataclass(frozen=True)
class PolicyType:
    """A kind of resource that rules can speak of.

    `attributes` maps names to Cedar types (`Bool String Long decimal datetime ipaddr Set<String>`, or the name of
    another type for a link); a `?` after the type says that the attribute may be missing. `parents` are the types
    that it may lie in.
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    parents: tuple[str, ...] = ("Area",)
    actions: tuple[str, ...] = ("view",)
    title: str = ""


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with a policy text, and where."""

    line: int
    column: int
    message: str
    rule: str | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        """Say it in one sentence, place first."""
        hint = f" Did you mean {self.suggestion}?" if self.suggestion else ""
        return f"Line {self.line}, column {self.column}: {self.message}{hint}"


@dataclass(frozen=True)
class PolicyVersion:
    """A published policy of one tenant."""

    number: int
    text: str
    grid: Grid
    author: str | None
    message: str
    created: datetime


class Policies(Protocol):
    """The versions of one tenant's policy; the newest is in force."""

    def current(self) -> PolicyVersion:
        """Return the version in force."""

    def version(self, number: int) -> PolicyVersion:
        """Return one version, or raise NotFound."""

    def history(self, limit: int = 50) -> Sequence[PolicyVersion]:
        """Return versions, newest first."""

    def check(self, text: str, grid: Grid) -> Sequence[Flaw]:
        """Return what is wrong with a draft, in the order of the text; empty when it could be published."""

    def publish(
        self, text: str, grid: Grid, author: str | None, message: str, expected: int | None = None
    ) -> PolicyVersion:
        """Put a new version in force.

        Raises Invalid with a path and line for every flaw, and Stale when `expected` is not the number in force.
        """


@runtime_checkable
class Scheme(Protocol):
    """A way to say who asks. The first scheme, in order, whose credentials a request carries decides alone."""

    name: str
    challenge: str | None
    """The value of `WWW-Authenticate` that asks for this scheme, if HTTP has one."""
    silent: bool
    """Whether credentials that do not hold make the caller a visitor (True) or are refused with 401 (False)."""

    def handles(self, request: Request) -> bool:
        """Say whether the request carries credentials of this scheme, good or bad; must not read the database."""

    def identify(self, request: Request) -> Identity | None:
        """Return who the credentials name in this tenant, or None when they do not hold here and now."""

    def remember(self, request: Request, **credentials: Any) -> list[tuple[str, str]]:
        """Return the headers that make the client carry the credentials; none for schemes that cannot."""

    def forget(self, request: Request) -> list[tuple[str, str]]:
        """Return the headers that make the client drop them."""


class SignInRequired(Unauthenticated):
    """Raised where a visitor has to say who they are first; HTML answers with the sign-in page."""


def require_identity(request: Request) -> Identity:
    """Return who asks, or raise SignInRequired: the gate of the branches in GATED."""
    identity: Identity | None = request.identity
    if identity is None:
        raise SignInRequired
    return identity


def hidden() -> NotFound:
    """Return the error for something the caller may not view: the very one a missing thing gets."""
    return NotFound()


_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")


def safe_next(path: str | None, default: str = "/") -> str:
    r"""Return the path to go on to after signing in, if it stays on this host, else the default.

    Browsers drop control characters and read a backslash as a slash, so both go first; then only a path that starts
    with exactly one slash is left as it was.

    >>> safe_next("/admin/pages?x=1")
    '/admin/pages?x=1'
    >>> safe_next("//evil.example"), safe_next("/\t/evil.example"), safe_next("https://evil.example")
    ('/', '/', '/')
    """
    cleaned = _CONTROL.sub("", path or "")
    if cleaned != path or not cleaned.startswith("/") or cleaned.startswith("//"):
        return default
    return cleaned

"""What other rooms may know of security: who asks, what was decided, and the promises behind both."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, runtime_checkable
from uuid import UUID

from insula.kit.errors import NotFound, Unauthenticated

if TYPE_CHECKING:
    from pyramid.request import Request

    from insula.tree.interfaces import PolicyEntity

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


@dataclass(frozen=True)
class PolicyDraft:
    """The text that a tenant is working on, one a tenant; `base` is the version it began from."""

    text: str
    base: int
    author: str | None
    updated: datetime
    version: int
    """Counts up with every save; 0 where nothing was ever saved."""


class PolicyDrafts(Protocol):
    """The draft of one tenant's policy."""

    def find(self) -> PolicyDraft | None:
        """Return the draft, or None where there is none."""

    def save(self, text: str, *, base: int, author: str | None, expected: int | None) -> PolicyDraft:
        """Keep a text, flaws and all; raises Stale when `expected` is not the version kept (0 for none)."""

    def discard(self, *, expected: int | None) -> None:
        """Forget the draft; raises Stale as `save` does."""


DECISIONS: Final = "_decisions"
"""The system stream that holds the recorded decisions of a tenant."""

MAX_REPLAYED: Final = 10_000
"""The most decisions that one dry run replays."""


@dataclass(frozen=True)
class RecordedDecision:
    """One enforced decision as it was recorded; it stands for `weight` that happened."""

    id: str
    record: UUID
    at: datetime
    weight: int
    account_id: str | None
    kind: str | None
    name: str | None
    roles: frozenset[str]
    scopes: frozenset[str]
    networks: tuple[str, ...]
    action: str
    lineage: tuple[PolicyEntity, ...]
    cut: bool
    context: Mapping[str, Any]
    allowed: bool
    rules: tuple[str, ...]
    unmet: tuple[str, ...]
    version: int
    schema: str


@dataclass(frozen=True)
class DecisionsPage:
    """Some decisions, newest first, and the record after which the next page begins; None on the last one."""

    decisions: Sequence[RecordedDecision]
    after: UUID | None


class Decisions(Protocol):
    """The recorded decisions of one tenant."""

    def page(
        self,
        *,
        limit: int = 100,
        after: UUID | None = None,
        action: str | None = None,
        allowed: bool | None = None,
    ) -> DecisionsPage:
        """Return decisions newest first. A page of a filtered list may be short and still have one after it."""

    def find(self, decision_id: str) -> RecordedDecision:
        """Return one decision; raises NotFound for one that was never made here, not kept, or erased."""


@dataclass(frozen=True)
class Change:
    """One past decision that a draft would make otherwise, or that cannot be replayed, and why."""

    decision: RecordedDecision
    rules: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class DryRunReport:
    """What a draft would change; counts are of requests, so a decision counts as often as it stands for."""

    replayed: int
    same: int
    newly_denied: int
    newly_allowed: int
    unknown: int
    denied: Sequence[Change]
    allowed: Sequence[Change]
    unclear: Sequence[Change]
    since: datetime | None
    until: datetime | None
    more: bool
    """Whether there are more decisions in the range than were replayed."""


class DryRun(Protocol):
    """Asks the questions of the past again, of a draft."""

    def run(
        self,
        text: str,
        grid: Grid,
        *,
        last: int = 1_000,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> DryRunReport:
        """Replay the newest `last` decisions of the range; raises Invalid for a text that has flaws.

        A text that would lock every owner out is replayed all the same: that is when one wants to see why.
        """


@dataclass(frozen=True)
class RuleText:
    """One rule with its words, as it stood in the version that decided."""

    name: str
    effect: str
    text: str
    line: int | None = None


@dataclass(frozen=True)
class RuleInput:
    """What one rule read, and what was there: `known` with its value, `missing`, or `withheld` from the asker."""

    rule: str
    name: str
    state: Literal["known", "missing", "withheld"]
    value: Any = None


@dataclass(frozen=True)
class MadeUp:
    """A request that nobody has sent: somebody in these roles, an action, a thing and where it lies, a network."""

    action: str
    lineage: Sequence[PolicyEntity]
    roles: frozenset[str]
    found: bool = True
    """Whether there is such a thing; of one that is not, no more is told than of one that may not be viewed."""
    account_id: str | None = None
    kind: str = "person"
    scheme: str = "session"
    ip: str = ""
    mfa: bool = False
    age: int = 0
    method: str = "GET"


@dataclass(frozen=True)
class Explanation:
    """An answer of the policy, with the rules that determined it and what they read.

    Where no rule applied, `rules` are empty and `near` are those that could have allowed it.
    """

    allowed: bool
    action: str
    resource: PolicyEntity | None
    """None where the asker may not view it, as where there is no such thing."""
    rules: Sequence[RuleText]
    near: Sequence[RuleText]
    inputs: Sequence[RuleInput]
    reason: str | None
    version: int
    errors: tuple[str, ...] = ()
    decision: RecordedDecision | None = None


Sees = Callable[[Sequence["PolicyEntity"]], bool]
"""Says of a lineage whether whoever asks may view what it leads to."""


class Explain(Protocol):
    """Says why: of a decision that was made, and of one that might be."""

    def recorded(self, decision_id: str, *, sees: Sees) -> Explanation:
        """Explain a decision by the version of the policy that made it; raises NotFound like `Decisions.find`."""

    def made_up(self, asked: MadeUp, *, sees: Sees, text: str | None = None) -> Explanation:
        """Answer a made-up request by the policy in force, or by a draft."""


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

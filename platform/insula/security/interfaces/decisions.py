"""Decisions: one, those that were recorded, and what a draft would make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

from insula.kit.errors import Refused

if TYPE_CHECKING:
    from pyramid.request import Request

    from insula.security.interfaces.policies import Grid
    from insula.tree.interfaces import PolicyEntity


Sees = Callable[[Sequence["PolicyEntity"]], bool]
"""Says of a lineage whether whoever asks may view what it leads to."""


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


_PLAIN: Final = "You may look at this, but not do that with it."


def refused_by(decision: Decision | None) -> Refused:
    """Return the error of what a decision refused, with the reason of its rule."""
    # A refusing decision is false, so it is compared with None.
    refused = Refused((decision.reason if decision is not None else None) or _PLAIN)
    refused.decision = decision.id if decision is not None else ""
    return refused


def demand(request: Any, permission: str, resource: object) -> None:
    """Raise Refused, with the reason of the rule, unless whoever asks may do this with what they view."""
    decision: Decision = request.decide(permission, resource)
    if not decision.allowed:
        raise refused_by(decision)


DECISION_ADDRESS: Final = "insula.security.decision_address"
"""Under which the registry keeps what `decision_address` asks."""

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
    path: str = ""
    """The address that was asked for, without its query; empty in records from before it was kept."""


@dataclass(frozen=True)
class DecisionsPage:
    """Some decisions, newest first, and the record after which the next page begins; None on the last one."""

    decisions: Sequence[RecordedDecision]
    after: UUID | None


VISITORS: Final = "visitor"
"""What a filter names instead of an account to ask for what visitors did."""

MAX_LOOKED_AT: Final = 20_000
"""The most records that one call of `forget` looks at, unless it is told otherwise."""


@dataclass(frozen=True)
class DecisionFilter:
    """Which decisions are asked for; what is empty does not matter.

    `account` is the id of an account, or VISITORS; `rule` a full name such as `tenant:editors-publish`, of a rule that
    determined the answer, or of one that could have allowed it.
    """

    account: str = ""
    type: str = ""
    thing: str = ""
    rule: str = ""
    action: str = ""
    allowed: bool | None = None
    start: datetime | None = None
    end: datetime | None = None

    def fits(self, found: RecordedDecision) -> bool:
        """Say whether a decision is one of those asked for; its time is not looked at."""
        resource = found.lineage[0]
        return (
            self.account in {"", found.account_id or VISITORS}
            and self.type in {"", resource.type}
            and self.thing in {"", resource.id}
            and (not self.rule or self.rule in found.rules or self.rule in found.unmet)
            and self.action in {"", found.action}
            and self.allowed in {None, found.allowed}
        )


@dataclass(frozen=True)
class Forgotten:
    """How many decisions were erased, and whether there may be more of them."""

    erased: int
    more: bool


class Decisions(Protocol):
    """The recorded decisions of one tenant."""

    def page(
        self,
        *,
        limit: int = 100,
        after: UUID | None = None,
        wanted: DecisionFilter | None = None,
        sees: Sees | None = None,
    ) -> DecisionsPage:
        """Return decisions newest first. A page of a filtered list may be short and still have one after it.

        With `sees`, a filter by thing finds only what whoever asks may view, so that it tells nobody what there is.
        """

    def find(self, decision_id: str) -> RecordedDecision:
        """Return one decision; raises NotFound for one that was never made here, not kept, or erased."""

    def forget(self, account_id: str, *, most: int = MAX_LOOKED_AT) -> Forgotten:
        """Erase what was recorded about an account, looking at `most` records; what waits in a buffer comes later."""


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


def decision_address(request: Request, error: Exception) -> str | None:
    """Return where the decision behind a refusal is explained, if whoever asks may look at decisions."""
    number = getattr(error, "decision", "")
    source = request.registry.get(DECISION_ADDRESS)
    found: str | None = source(request, number) if number and source else None
    return found


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

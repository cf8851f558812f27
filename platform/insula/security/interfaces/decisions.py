"""Decisions: one, those that were recorded, and what a draft would make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from insula.security.interfaces.policies import Grid
    from insula.tree.interfaces import PolicyEntity


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

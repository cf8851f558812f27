"""Why: rules in their own words, what they read, and requests that nobody has sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from insula.security.interfaces.decisions import RecordedDecision, Sees
    from insula.security.interfaces.policies import Grid, RuleText
    from insula.tree.interfaces import PolicyEntity


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
    elevated: bool = False
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


class Places(Protocol):
    """Where the things lie that rules are asked about."""

    def find(self, place: str) -> Sequence[PolicyEntity]:
        """Return the lineage of what is named as rules name it, such as `Page::"/about"`, or by its address.

        What is named so need not exist; an address that leads nowhere has no lineage.
        """

    def of(self, type_: str, id_: str) -> Sequence[PolicyEntity]:
        """Return the lineage of a thing by type and id; of what is not there only its name is known."""


class Explain(Protocol):
    """Says why: of a decision that was made, and of one that might be."""

    def rules(self) -> Sequence[RuleText]:
        """Return every rule in force with its words: those of the floors, of the text and of the table of roles."""

    def recorded(self, decision_id: str, *, sees: Sees, names: Sees | None = None) -> Explanation:
        """Explain a decision by the version of the policy that made it, on the floors that are in force now.

        What rules read of the thing is told where the asker `sees` it, its type and id already where it `names` it.
        Raises NotFound like `Decisions.find`.
        """

    def made_up(
        self, asked: MadeUp, *, sees: Sees, text: str | None = None, grid: Grid | None = None
    ) -> Explanation:
        """Answer a made-up request by the policy in force, or by a draft; the floors are those of now."""

"""Decides, and fails closed.

Cedar alone does not: it skips a rule that errs, so an erring `forbid` would allow. Here any error of a forbid denies,
and so does every answer that is not a clear yes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from cedarpy import Entities, is_authorized

from insula.kit.json import dumps
from insula.security.cedar.context import Context
from insula.security.cedar.documents import Rules
from insula.security.cedar.entities import Entity, document
from insula.security.cedar.schema import PolicySchema
from insula.security.cedar.slices import Slice, cut, narrow
from insula.security.interfaces import Decision

_MOST_NARROW: Final = 1_000
_RULE_OF_ERROR: Final = re.compile(r"while evaluating policy `([^`]+)`")


@lru_cache(maxsize=1024)
def _somebody(who: str) -> Entities:
    """Parse whoever asks once for their many questions."""
    return Entities.from_json_str(who)


@lru_cache(maxsize=2048)
def parsed(who: str, where: str) -> Entities:
    """Add a resource in its lineage, once for the several questions about it."""
    return _somebody(who).with_added_json_str(where)


def erring_forbids(slice_: Slice, errors: Iterable[str]) -> tuple[str, ...]:
    """Return the rules that erred and are no permits; an error that names no rule counts as one without a name."""
    erring = {found[1] if (found := _RULE_OF_ERROR.search(error)) else "" for error in errors}
    return tuple(sorted(erring - set(slice_.permits)))


@dataclass(frozen=True, slots=True)
class Answer:
    """What Cedar said, before anything fails closed."""

    allowed: bool
    rules: tuple[str, ...]
    errors: tuple[str, ...]


@lru_cache(maxsize=4096)
def _answered(
    slice_: Slice,
    principal: tuple[str, str],
    action: str,
    resource: tuple[str, str],
    context: str,
    entities: tuple[str, str],
) -> Answer:
    """Ask Cedar; the answer follows from what is given here alone, so equal questions are asked once."""
    request = {
        "principal": {"type": principal[0], "id": principal[1]},
        "action": {"type": "Action", "id": action},
        "resource": {"type": resource[0], "id": resource[1]},
        "context": context,
    }
    found = is_authorized(request, slice_.policies, parsed(*entities))
    diagnostics = found.diagnostics
    return Answer(found.allowed, tuple(sorted(diagnostics.reasons)), tuple(diagnostics.errors))


@dataclass(frozen=True)
class Question:
    """One request as the policy sees it; the first of the lineage is the resource itself."""

    principal: tuple[str, str]
    roles: frozenset[str]
    action: str
    lineage: Sequence[Entity]
    context: Context
    facts: Mapping[str, object] = field(default_factory=dict)


class CompiledPolicy:
    """All rules that bind one tenant at one version, cut to size on first use."""

    def __init__(self, rules: Rules, schema: PolicySchema) -> None:
        """Keep the rules; slices are made as they are asked for."""
        self.rules = rules
        self.schema = schema
        self._slices: dict[tuple[str, str, str], Slice] = {}
        self._narrow: dict[tuple[str, str, str, frozenset[str]], Slice] = {}

    def decide(self, question: Question) -> Decision:
        """Answer one question."""
        if not question.lineage:
            return Decision(allowed=False, errors=("The resource has no place in the policy.",))
        resource = question.lineage[0]
        if (question.action, resource.type) not in self.schema.pairs:
            return Decision(
                allowed=False, errors=(f"No {resource.type} takes the action {question.action!r}.",)
            )
        slice_ = self.slice(question.principal[0], question.action, resource.type)
        asked = self.asked(question.principal[0], question.action, resource.type, question.roles)
        return self._judge(slice_, self._ask(asked, question))

    def slice(self, principal: str, action: str, type_: str) -> Slice:
        """Return the rules that matter when such a principal asks for this action on this type."""
        key = (principal, action, type_)
        found = self._slices.get(key)
        if found is None:
            found = self._slices[key] = cut(self.rules, *key)
        return found

    def asked(self, principal: str, action: str, type_: str, roles: frozenset[str]) -> Slice:
        """Return the rules of a slice that can apply in these roles; those of other roles only cost time."""
        slice_ = self.slice(principal, action, type_)
        key = (principal, action, type_, roles & slice_.roles)
        if key[3] == slice_.roles:
            return slice_
        found = self._narrow.get(key)
        if found is None:
            if len(self._narrow) >= _MOST_NARROW:
                self._narrow.clear()
            found = self._narrow[key] = narrow(self.rules, slice_, key[3])
        return found

    def _ask(self, slice_: Slice, question: Question) -> Answer:
        """Put the question to Cedar.

        No schema goes with it: the pair of action and type was looked up above, and context and entities are made
        from declared types only. Of the context only what the rules read is sent; reading an address and a time
        costs more than the decision.
        """
        resource = question.lineage[0]
        return _answered(
            slice_,
            question.principal,
            question.action,
            (resource.type, resource.id),
            dumps(question.context.cedar(slice_.reads)).decode() if slice_.reads else "{}",
            self.entities(question),
        )

    def entities(self, question: Question) -> tuple[str, str]:
        """Return the principal in its roles and the resource in its lineage, as the engine reads them."""
        types = self.schema.types
        return document(question.principal, question.roles, question.facts, question.lineage, types)

    @staticmethod
    def _judge(slice_: Slice, answer: Answer) -> Decision:
        errors = answer.errors
        if errors and (failed := erring_forbids(slice_, errors)):
            return Decision(allowed=False, rules=tuple(name for name in failed if name), errors=errors)
        if answer.allowed:
            return Decision(allowed=True, rules=answer.rules, errors=errors)
        unmet = () if answer.rules else slice_.permits
        reason = next(
            (slice_.reasons[name] for name in answer.rules or unmet if name in slice_.reasons), None
        )
        return Decision(allowed=False, rules=answer.rules, unmet=unmet, reason=reason, errors=errors)

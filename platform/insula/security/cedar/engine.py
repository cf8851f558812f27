"""Decides, and fails closed.

Cedar alone does not: it skips a rule that errs, so an erring `forbid` would allow. Here any error of a forbid denies,
and so does every answer that is not a clear yes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

from cedarpy import Entities, is_authorized

from insula.kit.json import dumps
from insula.security.cedar.context import Context
from insula.security.cedar.documents import Rules
from insula.security.cedar.entities import Entity, document
from insula.security.cedar.schema import ACCOUNT, PolicySchema
from insula.security.cedar.slices import RuleSet, Slice
from insula.security.interfaces import Decision

_OF_PEOPLE: Final = frozenset({ACCOUNT, "Token"})
_MOST_ALLOWED: Final = 1_000
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


def context_of(slice_: Slice, question: Question) -> str:
    """Return what these rules read of the context."""
    return dumps(question.context.cedar(slice_.reads)).decode() if slice_.reads else "{}"


class CompiledPolicy:
    """All rules that bind one tenant at one version, and the types that they meet."""

    def __init__(self, rules: Rules | RuleSet, schema: PolicySchema) -> None:
        """Keep both."""
        self._set = rules if isinstance(rules, RuleSet) else RuleSet(rules)
        self.rules = self._set.rules
        self.schema = schema
        self.filters: dict[Any, Any] = {}
        """Conditions of rows, kept by those who make them."""
        self._allowed: dict[tuple[Any, ...], frozenset[str]] = {}

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
        return self._set.slice(principal, action, type_)

    def asked(self, principal: str, action: str, type_: str, roles: frozenset[str]) -> Slice:
        """Return the rules of a slice that can apply in these roles; those of other roles only cost time."""
        return self._set.asked(principal, action, type_, roles)

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
            context_of(slice_, question),
            self.entities(question, slice_),
        )

    def entities(self, question: Question, slice_: Slice) -> tuple[str, str]:
        """Return the principal in its roles and the resource in its lineage, as these rules read them."""
        types = self.schema.types
        return document(
            question.principal, question.roles, question.facts, question.lineage, types, slice_.attributes
        )

    def impersonal(self, question: Question, type_: str) -> tuple[Slice, Question]:
        """Return the rules for things of this type below those of a question, and the question to ask them.

        Where no rule could tell one person from another in the same roles, nobody in particular asks, so that an
        answer serves many.
        """
        slice_ = self.asked(question.principal[0], question.action, type_, question.roles)
        if slice_.personal or _OF_PEOPLE & {type_, *(each.type for each in question.lineage)}:
            return slice_, question
        somebody = (question.principal[0], "")
        return slice_, replace(question, principal=somebody, roles=question.roles & slice_.roles, facts={})

    def allowed(self, question: Question, things: Sequence[Entity]) -> frozenset[str]:
        """Return the ids of those things, all of one type and below the lineage of the question, that are allowed."""
        if not things or (question.action, things[0].type) not in self.schema.pairs:
            return frozenset()
        slice_, asked = self.impersonal(question, things[0].type)
        key = (
            *(asked.principal, asked.roles, asked.action, context_of(slice_, asked)),
            dumps((asked.facts, asked.lineage, things)),
        )
        found = self._allowed.get(key)
        if found is None:
            if len(self._allowed) >= _MOST_ALLOWED:
                self._allowed.clear()
            found = self._allowed[key] = frozenset(
                thing.id
                for thing in things
                if self.decide(replace(asked, lineage=(thing, *asked.lineage))).allowed
            )
        return found

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

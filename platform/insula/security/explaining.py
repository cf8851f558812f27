"""Why: the rules that determined an answer, in their own words, and what they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from insula.kit.clock import now
from insula.kit.errors import Invalid, NotFound
from insula.security.cedar.context import Context, address
from insula.security.cedar.documents import INSTALLATION, TENANT, Rules
from insula.security.cedar.engine import CompiledPolicy, Question
from insula.security.cedar.gate import gate
from insula.security.cedar.reads import attributes_read
from insula.security.cedar.schema import ACCOUNT, VISITOR, PolicySchema
from insula.security.compiled import compile_policy, schema_of
from insula.security.documents import floor_text
from insula.security.interfaces import (
    Decision,
    Decisions,
    Explanation,
    Grid,
    MadeUp,
    Policies,
    PolicyVersion,
    RecordedDecision,
    RuleInput,
    RuleText,
    Sees,
)
from insula.security.recorded import question_of
from insula.security.replaying import replay
from insula.security.services import field_error, flaws_of, policy_in_force, roles_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyramid.request import Request

    from insula.tree.interfaces import PolicyEntity

_VISITOR: Final = "visitor"
_CUTS: Final = {
    "token:scope": "Allowed is only what the scopes of the token name.",
    "token:network": "The token is good from its own networks only.",
}


def explain_factory(_context: object, request: Request) -> SQLExplain:
    """Return what explains the decisions of the request's tenant."""

    def roles() -> Collection[str]:
        return roles_of(request)

    return SQLExplain(
        request.db,
        request.find_service(Policies),
        request.find_service(Decisions),
        schema_of(request.registry),
        roles,
    )


class SQLExplain:
    """Explains by the versions of the policy that the tenant of its session has."""

    def __init__(
        self,
        session: Any,
        policies: Policies,
        decisions: Decisions,
        schema: PolicySchema,
        roles: Callable[[], Collection[str]],
    ) -> None:
        self._session = session
        self._policies = policies
        self._decisions = decisions
        self._schema = schema
        self._roles = roles

    def recorded(self, decision_id: str, *, sees: Sees) -> Explanation:
        """Explain a decision by the version of the policy that made it."""
        found = self._decisions.find(decision_id)
        version = policy_in_force(self._session, found.version)
        if version is None:
            raise NotFound("The policy that decided this is not there any more.")
        policy = compile_policy(version.text, version.grid, self._schema)
        again = replay(found, policy, self._schema)
        decision = Decision(
            allowed=found.allowed,
            rules=found.rules,
            unmet=found.unmet,
            reason=again.reason if isinstance(again, Decision) else None,
            errors=again.errors if isinstance(again, Decision) else (again,),
        )
        question = question_of(found, self._schema.types)
        shown = _explanation(decision, question, policy, version, seen=sees(found.lineage), found=found)
        return replace(shown, decision=found)

    def made_up(self, asked: MadeUp, *, sees: Sees, text: str | None = None) -> Explanation:
        """Answer a made-up request by the policy in force, or by a draft."""
        version = self._policies.current()
        if text is not None:
            flaws = flaws_of(text, version.grid, self._schema, self._roles())
            if flaws:
                raise Invalid("The draft cannot be asked.", errors=map(field_error, flaws))
            version = replace(version, text=text)
        policy = compile_policy(version.text, version.grid, self._schema)
        seen = asked.found and sees(asked.lineage)
        # Of what the asker may not view nothing is known but its name, as of what does not exist.
        lineage = asked.lineage if seen else [replace(asked.lineage[0], attributes={})]
        visitor = asked.account_id is None and asked.roles <= {_VISITOR}
        question = Question(
            principal=(VISITOR, "anonymous") if visitor else (ACCOUNT, asked.account_id or "somebody"),
            roles=frozenset({_VISITOR}) if visitor else asked.roles,
            action=asked.action,
            lineage=lineage,
            context=Context(
                ip=address(asked.ip),
                scheme="none" if visitor else asked.scheme,
                mfa=asked.mfa,
                elevated=asked.elevated,
                now=now(),
                method=asked.method,
                **({} if visitor else {"age": asked.age}),
            ),
            facts={} if visitor else {"kind": asked.kind},
        )
        return _explanation(policy.decide(question), question, policy, version, seen=seen)


def _explanation(
    decision: Decision,
    question: Question,
    policy: CompiledPolicy,
    version: PolicyVersion,
    *,
    seen: bool,
    found: RecordedDecision | None = None,
) -> Explanation:
    texts = rule_texts(version.text, version.grid)
    resource: Any = found.lineage[0] if found is not None else question.lineage[0]
    told = [*decision.rules, *decision.unmet]
    return Explanation(
        allowed=decision.allowed,
        action=question.action,
        resource=resource if seen else None,
        rules=[_text(name, texts) for name in decision.rules],
        near=[_text(name, texts) for name in decision.unmet],
        inputs=list(_inputs(told, policy.rules, question, resource, seen=seen)),
        reason=decision.reason,
        version=version.number,
        # An error names the thing it met.
        errors=decision.errors if seen else (),
    )


def _inputs(
    names: Sequence[str], rules: Rules, question: Question, resource: PolicyEntity, *, seen: bool
) -> Iterator[RuleInput]:
    for rule in names:
        for variable, attribute in attributes_read(rules[rule]) if rule in rules else ():
            name = f"{variable}.{attribute}"
            if variable == "context":
                yield RuleInput(rule, name, "known", getattr(question.context, attribute, None))
                continue
            if variable == "resource" and not seen:
                yield RuleInput(rule, name, "withheld")
                continue
            values: Mapping[str, Any] = question.facts if variable == "principal" else resource.attributes
            known = attribute in values
            yield RuleInput(rule, name, "known" if known else "missing", values.get(attribute))


def _text(name: str, texts: Mapping[str, RuleText]) -> RuleText:
    if name in _CUTS:
        return RuleText(name, "forbid", _CUTS[name])
    return texts.get(name) or RuleText(name, "", "")


def rule_texts(text: str, grid: Grid) -> Mapping[str, RuleText]:
    """Return every rule of the floor, a text and a grid, by the name that decisions give it."""
    found = {**_floor_texts(), **_texts(TENANT, text)}
    for role, row in grid.items():
        for type_, actions in row.items():
            name = f"{TENANT}:grid/{role}/{type_}"
            found[name] = RuleText(
                name, "permit", f"Table of roles: {role} may {', '.join(actions)} {type_}."
            )
    return found


@cache
def _floor_texts() -> Mapping[str, RuleText]:
    return _texts(INSTALLATION, floor_text())


def _texts(owner: str, text: str) -> dict[str, RuleText]:
    found = {}
    for statement in gate(text):
        start, end = statement.tokens[0].start, statement.tokens[-1].end
        name = f"{owner}:{statement.id}"
        line = text.count("\n", 0, start) + 1
        found[name] = RuleText(name, statement.rule["effect"], text[start:end], line)
    return found

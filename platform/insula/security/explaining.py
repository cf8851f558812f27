"""Why: the rules that determined an answer, in their own words, and what they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from insula.kit.clock import now
from insula.security.cedar.context import Context, address
from insula.security.cedar.documents import TENANT, Rules, from_grid
from insula.security.cedar.engine import CompiledPolicy, Question
from insula.security.cedar.gate import gate
from insula.security.cedar.reads import attributes_read
from insula.security.cedar.schema import ACCOUNT, VISITOR
from insula.security.checking import TenantRules, tenant_rules
from insula.security.floors import FloorTexts
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
from insula.tree.interfaces import PolicyEntity

if TYPE_CHECKING:
    from pyramid.request import Request

_VISITOR: Final = "visitor"
_CUTS: Final = {
    "token:scope": "Allowed is only what the scopes of the token name.",
    "token:network": "The token is good from its own networks only.",
}


def explain_factory(_context: object, request: Request) -> SQLExplain:
    """Return what explains the decisions of the request's tenant."""
    return SQLExplain(request.find_service(Policies), request.find_service(Decisions), tenant_rules(request))


class SQLExplain:
    """Explains by the versions of the policy that the tenant of its session has."""

    def __init__(self, policies: Policies, decisions: Decisions, rules: TenantRules) -> None:
        self._policies = policies
        self._decisions = decisions
        self._rules = rules

    def rules(self) -> Sequence[RuleText]:
        """Return every rule in force with its words."""
        version = self._policies.current()
        return list(rule_texts(version.text, version.grid, self._rules.floors).values())

    def recorded(self, decision_id: str, *, sees: Sees, names: Sees | None = None) -> Explanation:
        """Explain a decision by the version of the policy that made it."""
        found = self._decisions.find(decision_id)
        version = self._policies.version(found.version)
        policy = self._rules.compile(version.text, version.grid)
        again = replay(found, policy, self._rules.schema)
        decision = Decision(
            allowed=found.allowed,
            rules=found.rules,
            unmet=found.unmet,
            reason=again.reason if isinstance(again, Decision) else None,
            errors=again.errors if isinstance(again, Decision) else (again,),
        )
        question = question_of(found, self._rules.schema.types)
        texts = rule_texts(version.text, version.grid, self._rules.floors)
        shown = _explanation(
            decision, question, policy, version, texts, seen=sees(found.lineage), sees=sees, found=found
        )
        named = (names or sees)(found.lineage)
        return replace(shown, decision=found, resource=found.lineage[0] if named else None)

    def made_up(
        self, asked: MadeUp, *, sees: Sees, text: str | None = None, grid: Grid | None = None
    ) -> Explanation:
        """Answer a made-up request by the policy in force, or by a draft."""
        version = self._policies.current()
        if text is not None:
            version = replace(version, text=text, grid=version.grid if grid is None else grid)
            policy = self._rules.compile_draft(version.text, version.grid)
        else:
            policy = self._rules.compile(version.text, version.grid)
        seen = asked.found and sees(asked.lineage)
        # Of what the asker may not view nothing is known but its name, as of what does not exist.
        lineage = asked.lineage if seen else [replace(asked.lineage[0], attributes={})]
        question = question_for(asked, lineage)
        texts = rule_texts(version.text, version.grid, self._rules.floors)
        return _explanation(policy.decide(question), question, policy, version, texts, seen=seen, sees=sees)


def question_for(asked: MadeUp, lineage: Sequence[PolicyEntity]) -> Question:
    """Return the question that a made-up request puts to the policy."""
    visitor = asked.account_id is None and asked.roles <= {_VISITOR}
    return Question(
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


def _explanation(
    decision: Decision,
    question: Question,
    policy: CompiledPolicy,
    version: PolicyVersion,
    texts: Mapping[str, RuleText],
    *,
    seen: bool,
    sees: Sees,
    found: RecordedDecision | None = None,
) -> Explanation:
    lineage: Any = found.lineage if found is not None else question.lineage
    resource: Any = lineage[0]

    def told_of(attribute: str) -> bool:
        return seen and _sees_attribute(sees, lineage, attribute)

    told = [*decision.rules, *decision.unmet]
    return Explanation(
        allowed=decision.allowed,
        action=question.action,
        resource=resource if seen else None,
        rules=[_text(name, texts) for name in decision.rules],
        near=[_text(name, texts) for name in decision.unmet],
        inputs=list(_inputs(told, policy.rules, question, resource, told_of)),
        reason=decision.reason,
        version=version.number,
        # An error names the thing it met.
        errors=decision.errors if seen else (),
    )


def _sees_attribute(sees: Sees, lineage: Sequence[PolicyEntity], attribute: str) -> bool:
    """Say whether whoever may view a thing may also view what it holds: of an entry, the field of that name."""
    space, _, name = lineage[0].type.partition("::")
    if space != "Entries":
        return True
    return sees((PolicyEntity("Field", f"{name}.{attribute}", {"name": attribute}), *lineage[1:]))


def _inputs(
    names: Sequence[str],
    rules: Rules,
    question: Question,
    resource: PolicyEntity,
    told_of: Callable[[str], bool],
) -> Iterator[RuleInput]:
    for rule in names:
        for variable, attribute in attributes_read(rules[rule]) if rule in rules else ():
            name = f"{variable}.{attribute}"
            if variable == "context":
                yield RuleInput(rule, name, "known", getattr(question.context, attribute, None))
                continue
            if variable == "resource" and not told_of(attribute):
                yield RuleInput(rule, name, "withheld")
                continue
            values: Mapping[str, Any] = question.facts if variable == "principal" else resource.attributes
            known = attribute in values
            yield RuleInput(rule, name, "known" if known else "missing", values.get(attribute))


def _text(name: str, texts: Mapping[str, RuleText]) -> RuleText:
    if name in _CUTS:
        return RuleText(name, "forbid", _CUTS[name])
    return texts.get(name) or RuleText(name, "", "")


def rule_texts(text: str, grid: Grid, floors: FloorTexts) -> Mapping[str, RuleText]:
    """Return every rule of the floors, a text and a grid, by the name that decisions give it."""
    found = {**_floor_texts(floors), **_texts(TENANT, text)}
    for name, rule in from_grid(grid).items():
        role, type_ = rule["principal"]["entity"]["id"], rule["resource"]["entity_type"]
        may = ", ".join(each["id"] for each in rule["action"]["entities"])
        whose = "their own " if rule["conditions"] else ""
        found[name] = RuleText(name, "permit", f"Table of roles: {role} may {may} {whose}{type_}.")
    return found


@lru_cache(maxsize=64)
def _floor_texts(floors: FloorTexts) -> Mapping[str, RuleText]:
    found: dict[str, RuleText] = {}
    for owner, text in floors.named():
        for name, rule in _texts(owner, text).items():
            key = f"{name}/own" if name in found else name
            found[key] = replace(rule, name=key)
    return found


def _texts(owner: str, text: str) -> dict[str, RuleText]:
    found = {}
    for statement in gate(text):
        start, end = statement.tokens[0].start, statement.tokens[-1].end
        name = f"{owner}:{statement.id}"
        line = text.count("\n", 0, start) + 1
        found[name] = RuleText(name, statement.rule["effect"], text[start:end], line)
    return found

"""Policies, reports and explanations as clients and terminals read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

from typing_extensions import TypedDict

from insula.api.interfaces import Identifier, Moment
from insula.kit.clock import isoformat
from insula.security.interfaces import (
    Change,
    DryRunReport,
    Explanation,
    Flaw,
    Grid,
    PolicyDraft,
    PolicyTest,
    PolicyTestResult,
    PolicyVersion,
    RecordedDecision,
    RoleColumn,
    RuleText,
    Sees,
    TypeTable,
)


class VersionShape(TypedDict):
    """A version of the policy; one that is read by itself comes with its text and its table of roles."""

    number: int
    author: str | None
    author_name: str
    message: str
    created: Moment
    until: Moment | None
    returns_to: int | None
    text: NotRequired[str]
    grid: NotRequired[Grid]


class DraftShape(TypedDict):
    """The draft."""

    version: int
    base: int
    author: str | None
    author_name: str
    updated: Moment
    text: str
    grid: Grid


class TestShape(TypedDict):
    """A test case."""

    id: Identifier
    version: int
    name: str
    roles: list[str]
    account: str | None
    action: str
    on: str
    ip: str
    scheme: str
    mfa: bool
    elevated: bool
    expected: str
    updated: Moment


class ResultShape(TypedDict):
    """What a policy says to a test case."""

    id: Identifier
    name: str
    passed: bool
    expected: str
    answer: str | None
    rules: list[str]
    why: str | None


class TableShape(TypedDict):
    """The table of roles."""

    draft: int
    roles: list[dict[str, Any]]
    data: list[dict[str, Any]]


class FlawShape(TypedDict):
    """What is wrong with a policy, and where."""

    line: int
    column: int
    message: str
    rule: str | None
    suggestion: str | None


class ThingShape(TypedDict):
    """What a decision was about."""

    type: str
    id: str | None


class DecisionShape(TypedDict):
    """A decision."""

    id: str
    time: Moment
    weight: int | float
    account: str | None
    name: str | None
    kind: str | None
    roles: list[str]
    scheme: Any
    ip: Any
    method: Any
    path: str | None
    action: str
    resource: ThingShape
    allowed: bool
    rules: list[str]
    unmet: list[str]
    version: int


class ReportShape(TypedDict):
    """What a draft would have decided otherwise."""

    replayed: int
    more: bool
    since: Moment | None
    until: Moment | None
    same: int
    allow_to_deny: int
    deny_to_allow: int
    unknown: int
    examples: dict[str, list[dict[str, Any]]]


class ExplanationShape(TypedDict):
    """Why the answer is what it is."""

    allowed: bool
    action: str
    resource: ThingShape | None
    reason: str | None
    version: int
    rules: list[dict[str, Any]]
    near: list[dict[str, Any]]
    inputs: list[dict[str, Any]]
    errors: list[str]
    decision: DecisionShape | None


def version_shape(
    version: PolicyVersion, names: Mapping[str | None, str], *, whole: bool = True
) -> VersionShape:
    """Return a version, with or without its text and grid; the author's name is the one they have now."""
    told: VersionShape = {
        "number": version.number,
        "author": version.author,
        "author_name": names[version.author],
        "message": version.message,
        "created": isoformat(version.created),
        "until": isoformat(version.until) if version.until else None,
        "returns_to": version.returns_to,
    }
    if whole:
        told["text"], told["grid"] = version.text, version.grid
    return told


def draft_shape(draft: PolicyDraft, names: Mapping[str | None, str]) -> DraftShape:
    """Return a draft; one that is not kept has version 0."""
    return {
        "version": draft.version,
        "base": draft.base,
        "author": draft.author,
        "author_name": names[draft.author],
        "updated": isoformat(draft.updated),
        "text": draft.text,
        "grid": draft.grid,
    }


def test_shape(test: PolicyTest) -> TestShape:
    """Return a test case, with the members that it is sent with."""
    case = test.case
    return {
        "id": str(test.id),
        "version": test.version,
        "name": case.name,
        "roles": list(case.roles),
        "account": case.account,
        "action": case.action,
        "on": case.on,
        "ip": case.ip,
        "scheme": case.scheme,
        "mfa": case.mfa,
        "elevated": case.elevated,
        "expected": _answer(case.allowed),
        "updated": isoformat(test.updated),
    }


def result_shape(result: PolicyTestResult) -> ResultShape:
    """Return what a policy says to a test case; an answer of null could not be had, and `why` says why."""
    return {
        "id": str(result.test.id),
        "name": result.test.case.name,
        "passed": result.passed,
        "expected": _answer(result.test.case.allowed),
        "answer": None if result.allowed is None else _answer(result.allowed),
        "rules": list(result.rules),
        "why": result.why or None,
    }


def table_shape(roles: Sequence[RoleColumn], types: Sequence[TypeTable], draft: int) -> TableShape:
    """Return the table of roles, a row for each type and action."""
    return {
        "draft": draft,
        "roles": [{"name": role.name, "title": role.title} for role in roles],
        "data": [
            {
                "id": f"{kind.type}/{action}",
                "type": kind.type,
                "action": action,
                "cells": {
                    cell.role: {
                        "word": cell.word,
                        "grid": cell.granted or None,
                        "text": cell.said or None,
                        "fixed": cell.fixed or None,
                        "rules": [rule.name for rule in cell.rules],
                    }
                    for cell in cells
                },
            }
            for kind in types
            for action, cells in kind.rows
        ],
    }


def _answer(allowed: bool) -> str:  # noqa: FBT001 - the one thing it is about
    return "allow" if allowed else "deny"


def flaw_shape(flaw: Flaw) -> FlawShape:
    """Return a flaw with its place."""
    return {
        "line": flaw.line,
        "column": flaw.column,
        "message": flaw.message,
        "rule": flaw.rule,
        "suggestion": flaw.suggestion,
    }


def decision_shape(found: RecordedDecision, *, sees: Sees) -> DecisionShape:
    """Return a decision; what it was about, and its address, are named only where `sees` says so."""
    resource, named = found.lineage[0], sees(found.lineage)
    return {
        "id": found.id,
        "time": isoformat(found.at),
        "weight": found.weight,
        "account": found.account_id,
        "name": found.name,
        "kind": found.kind,
        "roles": sorted(found.roles),
        "scheme": found.context.get("scheme"),
        "ip": found.context.get("ip"),
        "method": found.context.get("method"),
        "path": (found.path or None) if named else None,
        "action": found.action,
        "resource": {"type": resource.type, "id": resource.id if named else None},
        "allowed": found.allowed,
        "rules": list(found.rules),
        "unmet": list(found.unmet),
        "version": found.version,
    }


def report_shape(report: DryRunReport, *, sees: Sees) -> ReportShape:
    """Return a report with its examples."""

    def examples(changes: Sequence[Change]) -> list[dict[str, Any]]:
        return [
            {
                "decision": decision_shape(each.decision, sees=sees),
                "rules_before": list(each.decision.rules),
                "rules_after": list(each.rules),
                "why": each.why or None,
            }
            for each in changes
        ]

    return {
        "replayed": report.replayed,
        "more": report.more,
        "since": isoformat(report.since) if report.since else None,
        "until": isoformat(report.until) if report.until else None,
        "same": report.same,
        "allow_to_deny": report.newly_denied,
        "deny_to_allow": report.newly_allowed,
        "unknown": report.unknown,
        "examples": {
            "allow_to_deny": examples(report.denied),
            "deny_to_allow": examples(report.allowed),
            "unknown": examples(report.unclear),
        },
    }


def explanation_shape(found: Explanation, *, sees: Sees) -> ExplanationShape:
    """Return why the answer is what it is."""
    resource = found.resource
    return {
        "allowed": found.allowed,
        "action": found.action,
        "resource": {"type": resource.type, "id": resource.id} if resource else None,
        "reason": found.reason,
        "version": found.version,
        "rules": [_rule(each) for each in found.rules],
        "near": [_rule(each) for each in found.near],
        "inputs": [
            {"rule": each.rule, "name": each.name, "state": each.state, "value": each.value}
            for each in found.inputs
        ],
        "errors": list(found.errors),
        "decision": decision_shape(found.decision, sees=sees) if found.decision else None,
    }


def _rule(rule: RuleText) -> dict[str, Any]:
    return {"name": rule.name, "effect": rule.effect, "text": rule.text, "line": rule.line}

"""Policies, reports and explanations as clients and terminals read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from insula.kit.clock import isoformat
from insula.security.interfaces import (
    Change,
    DryRunReport,
    Explanation,
    Flaw,
    PolicyVersion,
    RecordedDecision,
    RuleText,
    Sees,
)


def version_shape(
    version: PolicyVersion, names: Mapping[str | None, str], *, whole: bool = True
) -> dict[str, Any]:
    """Return a version, with or without its text and grid; the author's name is the one they have now."""
    told = {
        "number": version.number,
        "author": version.author,
        "author_name": names[version.author],
        "message": version.message,
        "created": isoformat(version.created),
    }
    return {**told, "text": version.text, "grid": version.grid} if whole else told


def flaw_shape(flaw: Flaw) -> dict[str, Any]:
    """Return a flaw with its place."""
    return {
        "line": flaw.line,
        "column": flaw.column,
        "message": flaw.message,
        "rule": flaw.rule,
        "suggestion": flaw.suggestion,
    }


def decision_shape(found: RecordedDecision, *, sees: Sees) -> dict[str, Any]:
    """Return a decision; what it was about is named only to those who may view it."""
    resource = found.lineage[0]
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
        "action": found.action,
        "resource": {"type": resource.type, "id": resource.id if sees(found.lineage) else None},
        "allowed": found.allowed,
        "rules": list(found.rules),
        "unmet": list(found.unmet),
        "version": found.version,
    }


def report_shape(report: DryRunReport, *, sees: Sees) -> dict[str, Any]:
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


def explanation_shape(found: Explanation, *, sees: Sees) -> dict[str, Any]:
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

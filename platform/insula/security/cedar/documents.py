"""Policy documents, parsed apart and merged as JSON under names that say whose rule it is.

Texts are never joined: a comment at the end of one would swallow the first rule of the next, and rules numbered by
their place could take another's number.
"""

from collections.abc import Mapping
from typing import Any, Final

from insula.security.cedar.gate import gate
from insula.security.interfaces import Grid

Rules = Mapping[str, dict[str, Any]]
"""Rules by their full name, such as `tenant:editors-publish`, each as the engine's JSON."""

INSTALLATION: Final = "installation"
PLAN: Final = "plan"
TENANT: Final = "tenant"


def parse(owner: str, text: str) -> Rules:
    """Return the rules of one text, or raise CedarRefused."""
    return {f"{owner}:{statement.id}": statement.rule for statement in gate(text)}


def parse_floor(owner: str, text: str) -> Rules:
    """Return the rules of a floor, which may only forbid: a permit there would bind nobody."""
    rules = parse(owner, text)
    for name, rule in rules.items():
        if rule["effect"] != "forbid":
            raise ValueError(f"{name} permits something; a floor consists of forbids.")
    return rules


def from_grid(grid: Grid) -> Rules:
    """Return the rules that the table of roles, types and actions stands for.

    Their names contain a slash, which no `@id` may, so a text cannot take one.
    """
    return {
        f"{TENANT}:grid/{role}/{type_}": {
            "effect": "permit",
            "principal": {"op": "in", "entity": {"type": "Role", "id": role}},
            "action": {
                "op": "in",
                "entities": [{"type": "Action", "id": action} for action in sorted(set(actions))],
            },
            "resource": {"op": "is", "entity_type": type_},
            "conditions": [],
        }
        for role, row in grid.items()
        for type_, actions in row.items()
        if actions
    }


def merge(*parts: Rules) -> Rules:
    """Return all rules as one set; a name that two parts claim is a mistake of ours and raises ValueError."""
    merged: dict[str, dict[str, Any]] = {}
    for part in parts:
        if doubled := merged.keys() & part.keys():
            raise ValueError(f"Two documents claim {sorted(doubled)}.")
        merged.update(part)
    return merged

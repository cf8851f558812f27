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
OWN: Final = "own"
"""What a cell of the grid adds to an action, as in `edit:own`, where only a person's own things are meant."""


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
    rules = {}
    for role, row in grid.items():
        for type_, cells in row.items():
            own = {cell.removesuffix(f":{OWN}") for cell in cells if cell.endswith(f":{OWN}")}
            name = f"{TENANT}:grid/{role}/{type_}"
            if every := sorted(set(cells) - {f"{action}:{OWN}" for action in own}):
                rules[name] = _from_row(role, type_, every)
            if own:
                rules[f"{name}/{OWN}"] = {
                    **_from_row(role, type_, sorted(own)),
                    "conditions": [{"kind": "when", "body": _OWN_CONDITION}],
                }
    return rules


def _from_row(role: str, type_: str, actions: list[str]) -> dict[str, Any]:
    return {
        "effect": "permit",
        "principal": {"op": "in", "entity": {"type": "Role", "id": role}},
        "action": {"op": "in", "entities": [{"type": "Action", "id": action} for action in actions]},
        "resource": {"op": "is", "entity_type": type_},
        "conditions": [],
    }


def _belongs(attribute: str) -> dict[str, Any]:
    """Return the condition that a thing has this link and that it leads to whoever asks."""
    resource = {"left": {"Var": "resource"}, "attr": attribute}
    return {
        "&&": {
            "left": {"has": resource},
            "right": {"==": {"left": {".": resource}, "right": {"Var": "principal"}}},
        }
    }


_OWN_CONDITION: Final = {"||": {"left": _belongs("author"), "right": _belongs("owner")}}


def merge(*parts: Rules) -> Rules:
    """Return all rules as one set; a name that two parts claim is a mistake of ours and raises ValueError."""
    merged: dict[str, dict[str, Any]] = {}
    for part in parts:
        if doubled := merged.keys() & part.keys():
            raise ValueError(f"Two documents claim {sorted(doubled)}.")
        merged.update(part)
    return merged

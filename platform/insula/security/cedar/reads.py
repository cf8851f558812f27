"""What a rule reads of principal, resource and context."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def attributes_read(rule: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return variable and attribute of everything that the conditions of a rule read, each once, in their order."""
    return tuple(dict.fromkeys(pair for body in rule["conditions"] for pair in _pairs(body)))


def names_somebody(rule: dict[str, Any]) -> bool:
    """Say whether a rule may tell one principal from another by more than roles and kind."""
    entity = rule["principal"].get("entity") or rule["principal"].get("in", {}).get("entity")
    by_scope = isinstance(entity, dict) and entity.get("type") != "Role"
    return by_scope or any(_speaks_of_principal(body) for body in rule["conditions"])


def _speaks_of_principal(node: object) -> bool:
    if isinstance(node, list):
        return any(_speaks_of_principal(child) for child in node)
    if not isinstance(node, dict):
        return False
    # Of all accounts the engine knows the roles of whoever asks alone, so that a link in a role may lead to them.
    if node.get("Var") == "principal" or node.get("__entity", {}).get("type") == "Role":
        return True
    return any(_speaks_of_principal(child) for child in node.values())


def _pairs(node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for child in node:
            yield from _pairs(child)
    elif isinstance(node, dict):
        for operator in (".", "has"):
            read = node.get(operator)
            if isinstance(read, dict) and isinstance(read.get("left"), dict) and "Var" in read["left"]:
                yield read["left"]["Var"], read["attr"]
                return
        for child in node.values():
            yield from _pairs(child)

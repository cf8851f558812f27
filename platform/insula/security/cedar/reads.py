"""What a rule reads of principal, resource and context."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def attributes_read(rule: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return variable and attribute of everything that the conditions of a rule read, each once, in their order."""
    return tuple(dict.fromkeys(pair for body in rule["conditions"] for pair in _pairs(body)))


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

"""The rules of a document as a screen shows them: each with its name, its reason and its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Strings and comments are taken whole, so that a semicolon inside of one ends no rule.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|;|[^";/]+|.', re.DOTALL)
_NAMED = re.compile(r'@(id|reason)\(\s*"((?:[^"\\]|\\.)*)"\s*\)')


@dataclass(frozen=True)
class ShownRule:
    """One rule of a document that binds a tenant."""

    name: str
    reason: str
    text: str


def rules_in(text: str) -> Iterator[ShownRule]:
    """Yield the rules of a Cedar text that was checked when it was saved."""
    rule: list[str] = []
    for piece in _PIECE.findall(text):
        rule.append(piece)
        if piece == ";":
            yield _shown("".join(rule).strip())
            rule = []


def _shown(text: str) -> ShownRule:
    named = dict(_NAMED.findall(text))
    return ShownRule(named.get("id", ""), named.get("reason", "").replace('\\"', '"'), text)

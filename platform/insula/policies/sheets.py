"""A policy text as numbered lines, with what is wrong beside the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from insula.security.interfaces import Flaw


@dataclass(frozen=True)
class Numbered:
    """One line of a text and what is wrong in it."""

    number: int
    text: str
    flaws: Sequence[Flaw]


def numbered(text: str, flaws: Sequence[Flaw] = ()) -> list[Numbered]:
    """Return the lines of a text; a flaw that has no line is at none."""
    return [
        Numbered(number, line, [flaw for flaw in flaws if flaw.line == number])
        for number, line in enumerate(text.splitlines(), 1)
    ]

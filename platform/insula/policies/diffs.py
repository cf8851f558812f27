"""The difference of two policy texts, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from insula.security.interfaces import Grid

_AROUND = 3


@dataclass(frozen=True)
class Line:
    """One line of a difference; `gap` stands for lines that are the same, and says how many."""

    kind: Literal["same", "add", "del", "gap"]
    text: str


@dataclass(frozen=True)
class Difference:
    """Two texts compared."""

    lines: Sequence[Line]
    added: int
    removed: int

    @property
    def said(self) -> str:
        """The difference in figures."""
        if not self.added and not self.removed:
            return "The texts are the same."
        return f"{_lines(self.added)} added, {_lines(self.removed)} removed."


def compare(before: str, after: str) -> Difference:
    """Return what changes from one text to another."""
    old, new = before.splitlines(), after.splitlines()
    lines = list(_walk(old, new))
    kinds = [line.kind for line in lines]
    return Difference(lines, kinds.count("add"), kinds.count("del"))


def grid_difference(before: Grid, after: Grid) -> Sequence[Line]:
    """Return the cells of a table of roles that change, one line each."""
    old, new = set(_cells(before)), set(_cells(after))
    lines = [(cell, Line("del", cell)) for cell in old - new] + [
        (cell, Line("add", cell)) for cell in new - old
    ]
    return [line for _, line in sorted(lines, key=lambda each: (each[0], each[1].kind))]


def _cells(grid: Grid) -> Iterator[str]:
    for role, of in grid.items():
        for kind, actions in of.items():
            for action in actions:
                verb, _, own = action.partition(":")
                yield f"{role} may {verb} {'their own ' if own else ''}{kind}"


def _walk(old: list[str], new: list[str]) -> Iterator[Line]:
    groups = list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    for place, (kind, first, last, start, end) in enumerate(groups):
        if kind == "equal":
            yield from _same(old[first:last], head=place > 0, tail=place < len(groups) - 1)
            continue
        yield from (Line("del", text) for text in old[first:last])
        yield from (Line("add", text) for text in new[start:end])


def _same(lines: list[str], *, head: bool, tail: bool) -> Iterator[Line]:
    """Keep some lines beside what changed and fold the rest."""
    first = lines[:_AROUND] if head else []
    rest = lines[len(first) :]
    last = rest[-_AROUND:] if tail else []
    folded = len(rest) - len(last)
    yield from (Line("same", text) for text in first)
    if folded == 1:
        yield Line("same", rest[0])
    elif folded:
        yield Line("gap", f"{folded} lines are the same")
    yield from (Line("same", text) for text in last)


def _lines(number: int) -> str:
    return "1 line" if number == 1 else f"{number} lines"

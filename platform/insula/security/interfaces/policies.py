"""What rules can speak of, and the versions of a policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

Grid = Mapping[str, Mapping[str, Sequence[str]]]
"""Role → type → actions: the part of a policy that screens edit as a table."""


@dataclass(frozen=True)
class PolicyType:
    """A kind of resource that rules can speak of.

    `attributes` maps names to Cedar types (`Bool String Long decimal datetime ipaddr Set<String>`, or the name of
    another type for a link); a `?` after the type says that the attribute may be missing. `parents` are the types
    that it may lie in.
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    parents: tuple[str, ...] = ("Area",)
    actions: tuple[str, ...] = ("view",)
    title: str = ""


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with a policy text, and where."""

    line: int
    column: int
    message: str
    rule: str | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        """Say it in one sentence, place first."""
        hint = f" Did you mean {self.suggestion}?" if self.suggestion else ""
        return f"Line {self.line}, column {self.column}: {self.message}{hint}"


@dataclass(frozen=True)
class PolicyVersion:
    """A published policy of one tenant."""

    number: int
    text: str
    grid: Grid
    author: str | None
    message: str
    created: datetime


class Policies(Protocol):
    """The versions of one tenant's policy; the newest is in force."""

    def current(self) -> PolicyVersion:
        """Return the version in force."""

    def version(self, number: int) -> PolicyVersion:
        """Return one version, or raise NotFound."""

    def history(self, limit: int = 50) -> Sequence[PolicyVersion]:
        """Return versions, newest first."""

    def check(self, text: str, grid: Grid) -> Sequence[Flaw]:
        """Return what is wrong with a draft, in the order of the text; empty when it could be published."""

    def publish(
        self, text: str, grid: Grid, author: str | None, message: str, expected: int | None = None
    ) -> PolicyVersion:
        """Put a new version in force.

        Raises Invalid with a path and line for every flaw, and Stale when `expected` is not the number in force.
        """


@dataclass(frozen=True)
class PolicyDraft:
    """The text that a tenant is working on, one a tenant; `base` is the version it began from."""

    text: str
    base: int
    author: str | None
    updated: datetime
    version: int
    """Counts up with every save; 0 where nothing was ever saved."""


class PolicyDrafts(Protocol):
    """The draft of one tenant's policy."""

    def find(self) -> PolicyDraft | None:
        """Return the draft, or None where there is none."""

    def save(self, text: str, *, base: int, author: str | None, expected: int | None) -> PolicyDraft:
        """Keep a text, flaws and all; raises Stale when `expected` is not the version kept (0 for none)."""

    def discard(self, *, expected: int | None) -> None:
        """Forget the draft; raises Stale as `save` does."""

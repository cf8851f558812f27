"""What rules can speak of, and the versions of a policy."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from uuid import UUID

    from insula.security.interfaces.decisions import Sees

Grid = Mapping[str, Mapping[str, Sequence[str]]]
"""Role → type → actions: the part of a policy that screens edit as a table; `edit:own` is for one's own things."""

MAX_MINUTES: Final = 60
"""The longest trial of a version."""

MAX_TESTS: Final = 200
"""The most test cases of a tenant."""


@dataclass(frozen=True)
class RuleText:
    """One rule with its words, as it stood in the version that decided."""

    name: str
    effect: str
    text: str
    line: int | None = None


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
    """A published policy of one tenant; one on trial goes at `until`, and `returns_to` takes its place."""

    number: int
    text: str
    grid: Grid
    author: str | None
    message: str
    created: datetime
    until: datetime | None = None
    returns_to: int | None = None


class FloorCheck(Protocol):
    """Says whether a text may be a floor: the rules of the installation or of a plan, which bind tenants."""

    def check(self, text: str) -> Sequence[Flaw]:
        """Return what is wrong with a floor's text, in its order; empty when it may bind.

        It only forbids, is valid against the platform's own types, names its rules as no shipped rule is named,
        names no role or account that only some tenant has, and none of its rules can err.
        """


class RuleUses(Protocol):
    """What of the rules in force hangs on the types that a tenant has declared."""

    def naming(
        self, type_: str, attribute: str | None = None, things: Collection[tuple[str, str]] = ()
    ) -> Sequence[str]:
        """Return the rules that name a type, or read that attribute of it, or name one of `things` (type and id)."""

    def broken(
        self, types: Sequence[PolicyType], gone: Collection[tuple[str, str]] = ()
    ) -> Sequence[tuple[str, str]]:
        """Return rules with what would be wrong with each, if types were declared so and some things were gone."""


class Policies(Protocol):
    """The versions of one tenant's policy; the newest is in force, but for a trial that is over."""

    def current(self) -> PolicyVersion:
        """Return the version in force."""

    def version(self, number: int) -> PolicyVersion:
        """Return one version, or raise NotFound."""

    def history(self, limit: int = 50) -> Sequence[PolicyVersion]:
        """Return versions, newest first."""

    def check(self, text: str, grid: Grid, *, sees: Sees | None = None) -> Sequence[Flaw]:
        """Return what is wrong with a draft, in the order of the text; empty when it could be published.

        That is what keeps it from being read, whether it leaves an owner able to undo it, and the test cases. With
        `sees` the cases are asked as `PolicyTests.run` asks them; whoever publishes is told of all that there is.
        """

    def publish(
        self,
        text: str,
        grid: Grid,
        author: str | None,
        message: str,
        expected: int | None = None,
        *,
        minutes: int | None = None,
    ) -> PolicyVersion:
        """Put a new version in force, with `minutes` on trial.

        Raises Invalid with a path and line for every flaw, and Stale when `expected` is not the number in force.
        A trial that nobody confirms is over at its minute in every process, whether or not anything runs.
        """

    def roll_back(
        self,
        number: int,
        author: str | None,
        message: str = "",
        expected: int | None = None,
        *,
        unchecked: bool = False,
    ) -> PolicyVersion:
        """Put an older version in force again, as a new one.

        `unchecked` is the way back for whoever runs the installation: also where every owner is locked out.
        """

    def confirm(self, author: str | None, expected: int | None = None) -> PolicyVersion:
        """Let the version on trial stay; raises Conflict where none is, and Stale where another is."""

    def give_up(self, author: str | None, expected: int | None = None) -> PolicyVersion:
        """Let the version on trial go now, and return the one in force again; raises as `confirm` does."""

    def settle(self) -> PolicyVersion | None:
        """Write the return from a trial that is over as a version; None where there is nothing to write."""


@dataclass(frozen=True)
class PolicyDraft:
    """The document that a tenant is working on, one a tenant; `base` is the version it began from."""

    text: str
    grid: Grid
    base: int
    author: str | None
    updated: datetime
    version: int
    """Counts up with every save; 0 where nothing was ever saved."""


class PolicyDrafts(Protocol):
    """The draft of one tenant's policy."""

    def find(self) -> PolicyDraft | None:
        """Return the draft, or None where there is none."""

    def save(
        self, text: str, grid: Grid | None = None, *, base: int, author: str | None, expected: int | None
    ) -> PolicyDraft:
        """Keep a document, flaws and all; without a grid it keeps the one it has, or the one in force.

        Raises Stale when `expected` is not the version kept (0 for none), and Invalid for what is no document.
        """

    def discard(self, *, expected: int | None) -> None:
        """Forget the draft; raises Stale as `save` does."""


@dataclass(frozen=True)
class PolicyTestCase:
    """A question and the answer it has to get: who, in roles or as one account, wants to do what to which thing.

    `on` is an address such as `/about` or a name such as `Page::"/about"`, looked up each time the case is run.
    """

    name: str
    action: str
    on: str
    allowed: bool
    roles: tuple[str, ...] = ()
    account: str | None = None
    ip: str = ""
    scheme: str = "session"
    mfa: bool = False
    elevated: bool = False


@dataclass(frozen=True)
class PolicyTest:
    """A test case as it is kept; `version` counts its changes."""

    id: UUID
    case: PolicyTestCase
    version: int
    author: str | None
    updated: datetime


@dataclass(frozen=True)
class PolicyTestResult:
    """What a policy says to a test case; `allowed` is None where it could not be asked, and `why` says why not."""

    test: PolicyTest
    allowed: bool | None
    rules: tuple[str, ...] = ()
    why: str = ""

    @property
    def passed(self) -> bool:
        """Whether the answer is the one expected."""
        return self.allowed is self.test.case.allowed


class PolicyTests(Protocol):
    """The test cases of one tenant; no policy that fails one is published."""

    def all(self) -> Sequence[PolicyTest]:
        """Return the cases by name."""

    def find(self, test_id: UUID) -> PolicyTest:
        """Return one case, or raise NotFound."""

    def add(self, case: PolicyTestCase, author: str | None) -> PolicyTest:
        """Keep a case; raises Conflict for a taken name and beyond the most there may be."""

    def change(
        self, test_id: UUID, case: PolicyTestCase, author: str | None, expected: int | None = None
    ) -> PolicyTest:
        """Put another case in its place; raises NotFound, Stale, or Conflict for a taken name."""

    def remove(self, test_id: UUID, author: str | None, expected: int | None = None) -> None:
        """Forget a case; raises NotFound or Stale."""

    def run(self, text: str, grid: Grid, *, sees: Sees) -> Sequence[PolicyTestResult]:
        """Ask a policy every case, by name; raises Invalid for a document that has flaws.

        Of what the asker may not view nothing is known but its name, so that no draft can ask after the rest.
        """


@dataclass(frozen=True)
class RoleColumn:
    """One column of the table of roles."""

    name: str
    title: str


@dataclass(frozen=True)
class Cell:
    """What one role may do with things of one type, and who says so.

    `granted` is what the grid gives, `said` what the rules of the text sum up to, `fixed` the rule of a floor that
    forbids it to everybody in the role, and `rules` those of the text that have a say.
    """

    role: str
    type: str
    action: str
    granted: Literal["", "all", "own"] = ""
    said: Literal["", "all", "own", "rule"] = ""
    fixed: str = ""
    rules: Sequence[RuleText] = ()

    @property
    def word(self) -> str:
        """The one word that stands in the cell."""
        if self.fixed:
            return "none"
        if self.said == "rule" or not self.granted:
            return self.said or "none"
        return "all" if "all" in {self.granted, self.said} else "own"


@dataclass(frozen=True)
class TypeTable:
    """The part of the table of roles that is about one type: a row for each action, a cell for each role."""

    type: str
    title: str
    owned: bool
    rows: Sequence[tuple[str, Sequence[Cell]]]


class RoleTable(Protocol):
    """Shows a document as a table of roles."""

    def roles(self) -> Sequence[RoleColumn]:
        """Return the roles in the order of the cells, the visitor's last."""

    def read(self, text: str, grid: Grid) -> Sequence[TypeTable]:
        """Return a table for each type of thing; raises Invalid for a document that has flaws.

        What forbids everybody something everywhere, such as a rule about networks, stands in no cell.
        """

    def besides(self, text: str) -> Sequence[RuleText]:
        """Return those rules of a text that stand in no cell."""

"""Policy versions as rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from insula.accounts.interfaces import Accounts
from insula.db.work import bump
from insula.events.interfaces import Events
from insula.kit.clock import now
from insula.kit.errors import FieldError, Invalid, NotFound, Stale
from insula.kit.ids import uuid7
from insula.security.cedar.check import check, check_grid
from insula.security.cedar.context import Context
from insula.security.cedar.engine import Question
from insula.security.cedar.schema import ACCOUNT, PolicySchema
from insula.security.compiled import compile_policy, schema_of
from insula.security.events import PolicyPublished
from insula.security.interfaces import Flaw, Grid, PolicyVersion
from insula.security.models import PolicyRow
from insula.tree.interfaces import PolicyEntity

if TYPE_CHECKING:
    from pyramid.request import Request

VERSION: Final = "policy"
_VISITOR: Final = "visitor"
_MAX_MESSAGE: Final = 500
_OWNER_NEEDS: Final = ("view", "publish")


def policies_factory(_context: object, request: Request) -> SQLPolicies:
    """Return the policies of the request's tenant."""

    def roles() -> Collection[str]:
        return roles_of(request)

    return SQLPolicies(request.db, schema_of(request.registry), roles, request.find_service(Events))


def roles_of(request: Request) -> Collection[str]:
    """Return the roles that rules may name: the tenant's own and the visitor's."""
    return {role.name for role in request.find_service(Accounts).roles()} | {_VISITOR}


def policy_in_force(session: Any, version: int) -> PolicyVersion | None:
    """Return the policy that was in force when the version counter stood at `version`."""
    newest = select(PolicyRow).where(PolicyRow.number <= version).order_by(PolicyRow.number.desc()).limit(1)
    row = session.execute(newest).scalar_one_or_none()
    return None if row is None else _frozen(row)


class SQLPolicies:
    """The versions of the policy of the tenant its session is bound to."""

    def __init__(
        self, session: Any, schema: PolicySchema, roles: Callable[[], Collection[str]], events: Events
    ) -> None:
        self._session = session
        self._schema = schema
        self._roles = roles
        self._events = events

    def current(self) -> PolicyVersion:
        """Return the version in force."""
        row = self._session.execute(self._newest().limit(1)).scalar_one_or_none()
        if row is None:
            raise NotFound("This tenant has no policy.")
        return _frozen(row)

    def version(self, number: int) -> PolicyVersion:
        """Return one version."""
        row = self._session.execute(select(PolicyRow).where(PolicyRow.number == number)).scalar_one_or_none()
        if row is None:
            raise NotFound(f"There is no version {number} of the policy.")
        return _frozen(row)

    def history(self, limit: int = 50) -> Sequence[PolicyVersion]:
        """Return versions, newest first."""
        return [_frozen(row) for row in self._session.execute(self._newest().limit(limit)).scalars()]

    def check(self, text: str, grid: Grid) -> Sequence[Flaw]:
        """Return what is wrong with a draft; flaws of the grid stand on line 0."""
        flaws = flaws_of(text, grid, self._schema, self._roles())
        if not flaws:
            flaws += _lock_out(text, grid, self._schema)
        return flaws

    def publish(
        self, text: str, grid: Grid, author: str | None, message: str, expected: int | None = None
    ) -> PolicyVersion:
        """Put a new version in force."""
        if len(message) > _MAX_MESSAGE:
            error = FieldError("message", f"A message has at most {_MAX_MESSAGE} characters.")
            raise Invalid("The message is too long.", errors=[error])
        flaws = self.check(text, grid)
        if flaws:
            raise Invalid("The policy was not published.", errors=map(field_error, flaws))
        # Counting up locks the counter, so of two who change the same version the second waits and then sees the first.
        number = bump(self._session, VERSION)
        if expected is not None and (before := self.current().number) != expected:
            raise Stale(f"Version {before} of the policy is in force, not {expected}.")
        return self._write(number, text, grid, author, message)

    def begin(self, text: str, message: str) -> PolicyVersion:
        """Write the first version of a new tenant, which comes with the platform and needs no check."""
        return self._write(bump(self._session, VERSION), text, {}, None, message)

    def _write(self, number: int, text: str, grid: Grid, author: str | None, message: str) -> PolicyVersion:
        row = PolicyRow(
            number=number,
            text=text,
            grid={role: {kind: list(actions) for kind, actions in of.items()} for role, of in grid.items()},
            author=author,
            message=message,
            created_at=now(),
        )
        self._session.add(row)
        self._session.flush()
        self._events.emit(PolicyPublished(number=row.number, message=message), actor=author)
        return _frozen(row)

    @staticmethod
    def _newest() -> Any:
        return select(PolicyRow).order_by(PolicyRow.number.desc())


def _frozen(row: PolicyRow) -> PolicyVersion:
    return PolicyVersion(
        number=row.number,
        text=row.text,
        grid=row.grid,
        author=row.author,
        message=row.message,
        created=row.created_at,
    )


def flaws_of(text: str, grid: Grid, schema: PolicySchema, roles: Collection[str]) -> list[Flaw]:
    """Return what keeps a draft from being asked at all; whom it locks out is another question."""
    flaws = list(check(text, schema, roles))
    flaws += [Flaw(0, 0, message, rule=path) for path, message in check_grid(grid, schema, roles)]
    return flaws


def field_error(flaw: Flaw) -> FieldError:
    """Return a flaw as doors tell it."""
    if flaw.line == 0:
        return FieldError(flaw.rule or "grid", flaw.message)
    return FieldError("text", str(flaw), flaw.line)


def _lock_out(text: str, grid: Grid, schema: PolicySchema) -> Iterator[Flaw]:
    """Yield a flaw if no owner, however well signed in, could publish the next version."""
    compiled = compile_policy(text, grid, schema)
    owner = Question(
        principal=(ACCOUNT, str(uuid7())),
        roles=frozenset({"owner"}),
        action="",
        lineage=(PolicyEntity("Setting", VERSION), PolicyEntity("Area", "admin")),
        context=Context(scheme="session", mfa=True, age=0, now=now()),
        facts={"kind": "person"},
    )
    for action in _OWNER_NEEDS:
        decision = compiled.decide(replace(owner, action=action))
        if not decision.allowed:
            why = f" ({', '.join(decision.rules)})" if decision.rules else ""
            message = (
                f'No owner could {action} Setting::"policy" any more{why}, so nobody could undo this version.'
            )
            yield Flaw(1, 1, message)

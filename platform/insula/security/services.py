"""Policy versions as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from insula.db.work import bump
from insula.events.interfaces import Events
from insula.kit.clock import isoformat, now
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound, Stale
from insula.security.cases import tests_factory
from insula.security.checking import TenantRules, field_errors, tenant_rules
from insula.security.events import PolicyConfirmed, PolicyOnTrial, PolicyPublished, PolicyReturned
from insula.security.interfaces import MAX_MINUTES, Flaw, Grid, PolicyVersion, Sees
from insula.security.locking import Standpoint, locked_out
from insula.security.models import PolicyRow

if TYPE_CHECKING:
    from pyramid.request import Request

    from insula.security.cedar.engine import CompiledPolicy

VERSION: Final = "policy"
_MAX_MESSAGE: Final = 500

Guard = Callable[["CompiledPolicy", Sees | None], Iterable[Flaw]]
"""Says what keeps a well-formed policy from being published, to somebody who sees so much."""


def policies_factory(_context: object, request: Request) -> SQLPolicies:
    """Return the policies of the request's tenant."""

    def guard(policy: CompiledPolicy, sees: Sees | None) -> Iterable[Flaw]:
        yield from locked_out(policy, Standpoint.of(request))
        yield from tests_factory(None, request).failing(policy, sees)

    return SQLPolicies(request.db, partial(tenant_rules, request), guard, request.find_service(Events))


class SQLPolicies:
    """The versions of the policy of the tenant its session is bound to."""

    def __init__(self, session: Any, rules: Callable[[], TenantRules], guard: Guard, events: Events) -> None:
        self._session = session
        self._rules = rules
        self._guard = guard
        self._events = events

    def current(self) -> PolicyVersion:
        """Return the version in force: of one whose trial is over, the one that it returned to."""
        row = self._newest()
        if row is None:
            raise NotFound("This tenant has no policy.")
        return self.version(row.returns_to) if _over(row) and row.returns_to else _frozen(row)

    def version(self, number: int) -> PolicyVersion:
        """Return one version."""
        row = self._session.execute(select(PolicyRow).where(PolicyRow.number == number)).scalar_one_or_none()
        if row is None:
            raise NotFound(f"There is no version {number} of the policy.")
        return _frozen(row)

    def history(self, limit: int = 50) -> Sequence[PolicyVersion]:
        """Return versions, newest first."""
        newest = select(PolicyRow).order_by(PolicyRow.number.desc()).limit(limit)
        return [_frozen(row) for row in self._session.execute(newest).scalars()]

    def check(self, text: str, grid: Grid, *, sees: Sees | None = None) -> Sequence[Flaw]:
        """Return what is wrong with a draft; what has no place in the text stands on line 0."""
        rules = self._rules()
        return rules.flaws(text, grid) or list(self._guard(rules.compile(text, grid), sees))

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
        """Put a new version in force."""
        if minutes is not None and not 1 <= minutes <= MAX_MINUTES:
            error = FieldError("minutes", f"A trial lasts 1 to {MAX_MINUTES} minutes.")
            raise Invalid("The policy was not published.", errors=[error])
        if flaws := self.check(text, grid):
            raise Invalid("The policy was not published.", errors=field_errors(flaws))
        return self._replace(text, grid, author, message, expected, minutes)

    def roll_back(
        self,
        number: int,
        author: str | None,
        message: str = "",
        expected: int | None = None,
        *,
        unchecked: bool = False,
    ) -> PolicyVersion:
        """Put an older version in force again, as a new one."""
        older = self.version(number)
        why = message or f"Rolled back to version {number}."
        if unchecked:
            return self._replace(older.text, older.grid, author, why, expected, None)
        return self.publish(older.text, older.grid, author, why, expected)

    def confirm(self, author: str | None, expected: int | None = None) -> PolicyVersion:
        """Let the version on trial stay."""
        bump(self._session, VERSION)
        row = self._on_trial(expected)
        row.until = row.returns_to = None
        self._session.flush()
        self._events.emit(PolicyConfirmed(number=row.number), actor=author)
        return _frozen(row)

    def give_up(self, author: str | None, expected: int | None = None) -> PolicyVersion:
        """Let the version on trial go before its time."""
        number = bump(self._session, VERSION)
        row = self._on_trial(expected)
        return self._return(row, author, f"Version {row.number} was given up", number)

    def settle(self) -> PolicyVersion | None:
        """Write the return from a trial that is over as a version of its own, unless that was done."""
        row = self._newest()
        return self._settle(bump(self._session, VERSION)) if row is not None and _over(row) else None

    def _settle(self, number: int) -> PolicyVersion | None:
        row = self._newest()
        if row is None or not _over(row):
            return None
        return self._return(row, None, f"Version {row.number} was not confirmed", number)

    def begin(self, text: str, message: str) -> PolicyVersion:
        """Write the first version of a new tenant, which comes with the platform and needs no check."""
        return self._write(bump(self._session, VERSION), text, {}, None, message)

    def _replace(
        self,
        text: str,
        grid: Grid,
        author: str | None,
        message: str,
        expected: int | None,
        minutes: int | None,
    ) -> PolicyVersion:
        if len(message) > _MAX_MESSAGE:
            error = FieldError("message", f"A message has at most {_MAX_MESSAGE} characters.")
            raise Invalid("The message is too long.", errors=[error])
        # Counting up locks the counter, so of two who change the same version the second waits and then sees the first.
        number = bump(self._session, VERSION)
        before = self.current()
        if expected is not None and before.number != expected:
            raise Stale(f"Version {before.number} of the policy is in force, not {expected}.")
        if self._settle(number) is not None:
            number = bump(self._session, VERSION)
        if minutes is None:
            return self._write(number, text, grid, author, message)
        # A trial on a trial returns to what was in force before either.
        returns_to = before.returns_to or before.number
        trial = (now() + timedelta(minutes=minutes), returns_to)
        return self._write(number, text, grid, author, message, trial)

    def _on_trial(self, expected: int | None) -> PolicyRow:
        row = self._newest()
        if row is None or row.until is None or _over(row):
            raise Conflict("No version of the policy is on trial.")
        if expected is not None and row.number != expected:
            raise Stale(f"Version {row.number} of the policy is on trial, not {expected}.")
        return row

    def _return(self, row: PolicyRow, author: str | None, why: str, number: int) -> PolicyVersion:
        before = self.version(row.returns_to or row.number)
        row.until = min(row.until or now(), now())
        message = f"{why}: back to version {before.number}."
        made = self._write(number, before.text, before.grid, author, message)
        returned = PolicyReturned(number=number, tried=row.number, returns_to=before.number)
        self._events.emit(returned, actor=author)
        return made

    def _write(
        self,
        number: int,
        text: str,
        grid: Grid,
        author: str | None,
        message: str,
        trial: tuple[datetime, int] | None = None,
    ) -> PolicyVersion:
        until, returns_to = trial or (None, None)
        row = PolicyRow(
            number=number,
            text=text,
            grid={role: {kind: list(actions) for kind, actions in of.items()} for role, of in grid.items()},
            author=author,
            message=message,
            created_at=now(),
            until=until,
            returns_to=returns_to,
        )
        self._session.add(row)
        self._session.flush()
        self._events.emit(PolicyPublished(number=row.number, message=message), actor=author)
        if until is not None and returns_to is not None:
            on_trial = PolicyOnTrial(number=number, until=isoformat(until), returns_to=returns_to)
            self._events.emit(on_trial, actor=author)
        return _frozen(row)

    def _newest(self) -> PolicyRow | None:
        newest = select(PolicyRow).order_by(PolicyRow.number.desc()).limit(1)
        # Read anew: a lock was perhaps waited for since it was read last.
        newest = newest.execution_options(populate_existing=True)
        found: PolicyRow | None = self._session.execute(newest).scalar_one_or_none()
        return found


def _frozen(row: PolicyRow) -> PolicyVersion:
    return PolicyVersion(
        number=row.number,
        text=row.text,
        grid=row.grid,
        author=row.author,
        message=row.message,
        created=row.created_at,
        until=row.until,
        returns_to=row.returns_to,
    )


def _over(row: PolicyRow) -> bool:
    return row.until is not None and now() >= row.until

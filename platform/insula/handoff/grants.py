"""Leave that a tenant gives to operators, as rows."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, func, or_, select

from insula.accounts.interfaces import OWNER, Accounts
from insula.events.interfaces import Events
from insula.handoff.events import OperatorAsked, OperatorGranted, OperatorGrantRevoked
from insula.handoff.interfaces import LONGEST_REASON, MAX_HOURS, SESSION_SECONDS, GrantInfo, GrantState
from insula.handoff.models import Entry, Grant
from insula.kit.clock import isoformat, now
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound, TooMany
from insula.mail.interfaces import Letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from insula.handoff.interfaces import Operator

BY_SETTING: Final = "setting"
"""Who gave leave where the tenant's setting is `always`."""

_ASKED_FOR: Final = timedelta(days=7)
_KEPT: Final = timedelta(days=90)
_SHOWN: Final = 100
_ANSWERING: Final = (OWNER, "admin")
_MOST_TOLD: Final = 100


class SQLGrants:
    """The leave that the tenant of its session gives."""

    def __init__(
        self,
        session: Any,
        *,
        events: Callable[[], Events],
        accounts: Callable[[], Accounts],
        letters: Callable[[], Letters],
        site: Callable[[], tuple[str, str]],
    ) -> None:
        self._session = session
        self._events = events
        self._accounts = accounts
        self._letters = letters
        self._site = site

    def all(self) -> Sequence[GrantInfo]:
        """Return what was asked for and given lately, the newest first."""
        rows = self._session.scalars(
            select(Grant)
            .where(Grant.tenant_id == self._session.tenant_id)
            .order_by(Grant.asked_at.desc(), Grant.id.desc())
            .limit(_SHOWN)
        ).all()
        inside = self._inside()
        return [grant_info(row, inside.get(row.id, 0)) for row in rows]

    def find(self, grant_id: UUID) -> GrantInfo:
        """Return one."""
        return grant_info(self._get(grant_id), self._inside().get(grant_id, 0))

    def grant(self, grant_id: UUID, hours: int, *, actor: str | None) -> GrantInfo:
        """Give the leave that was asked for."""
        until = _until(hours)
        row = self._get(grant_id)
        if grant_info(row).state != "asked":
            raise Conflict("This was answered already. Look at the list again.")
        return self._given(row, until, actor)

    def open(self, hours: int, reason: str, *, actor: str | None) -> GrantInfo:
        """Let any operator in for so many hours."""
        errors = [*_flaws(lambda: checked_reason(reason)), *_flaws(lambda: _until(hours))]
        if errors:
            raise Invalid(errors=errors)
        row = Grant(reason=checked_reason(reason), asked_at=now())
        self._session.add(row)
        return self._given(row, _until(hours), actor)

    def revoke(self, grant_id: UUID) -> GrantInfo:
        """Take leave back, or decline to give it."""
        row = self._get(grant_id)
        if grant_info(row).state not in ("asked", "granted"):
            raise Conflict("There is nothing to take back: this leave has ended.")
        row.revoked_at = now()
        ended = self._inside().get(row.id, 0)
        self._session.flush()
        self._events().emit(OperatorGrantRevoked(str(row.id), row.operator, _id(row), ended))
        return grant_info(row)

    def revoke_all(self) -> None:
        """Take all leave back, and decline what was asked for."""
        rows = self._session.scalars(
            select(Grant.id).where(
                Grant.tenant_id == self._session.tenant_id,
                Grant.revoked_at.is_(None),
                or_(Grant.expires_at.is_(None), Grant.expires_at > now()),
            )
        ).all()
        for grant_id in rows:
            if grant_info(self._get(grant_id)).state in ("asked", "granted"):
                self.revoke(grant_id)

    def live(self, operator: Operator, at: datetime) -> Grant | None:
        """Return leave that this operator has at this moment by somebody's word."""
        found: Grant | None = self._session.scalars(
            select(Grant)
            .where(
                Grant.tenant_id == self._session.tenant_id,
                Grant.granted_by != BY_SETTING,
                Grant.revoked_at.is_(None),
                Grant.expires_at > at,
                or_(Grant.operator_id.is_(None), _of(operator)),
            )
            .order_by(Grant.expires_at.desc())
            .limit(1)
        ).first()
        return found

    def by_setting(self, operator: Operator, reason: str, at: datetime) -> Grant:
        """Return leave for one entry, which nobody had to give."""
        row = Grant(
            console_id=operator.console_id,
            operator_id=operator.id,
            operator=operator.name,
            reason=reason,
            asked_at=at,
            granted_at=at,
            granted_by=BY_SETTING,
            expires_at=at + timedelta(seconds=SESSION_SECONDS),
        )
        self._session.add(row)
        self._session.flush()
        return row

    def ask(self, operator: Operator, reason: str, at: datetime) -> None:
        """Ask the tenant's people, once until they answer."""
        waiting = self._session.scalars(
            select(Grant).where(
                Grant.tenant_id == self._session.tenant_id,
                _of(operator),
                Grant.granted_at.is_(None),
                Grant.revoked_at.is_(None),
                Grant.asked_at > at - _ASKED_FOR,
            )
        ).first()
        if waiting is not None:
            return
        row = Grant(
            console_id=operator.console_id,
            operator_id=operator.id,
            operator=operator.name,
            reason=reason,
            asked_at=at,
        )
        self._session.add(row)
        self._session.flush()
        self._events().emit(OperatorAsked(str(row.id), operator.name, str(operator.id), reason))
        self._write_to_people(operator, reason)

    def forget_old(self, at: datetime) -> None:
        """Remove leave that ended long ago."""
        self._session.execute(
            delete(Grant)
            .where(
                Grant.tenant_id == self._session.tenant_id,
                Grant.asked_at < at - _KEPT,
                or_(Grant.expires_at.is_(None), Grant.expires_at < at),
            )
            .execution_options(synchronize_session=False)
        )

    def _given(self, row: Grant, until: datetime, actor: str | None) -> GrantInfo:
        row.granted_at, row.granted_by, row.expires_at = now(), actor or "", until
        self._session.flush()
        self._events().emit(
            OperatorGranted(str(row.id), row.operator, _id(row), isoformat(until)), actor=actor
        )
        return grant_info(row)

    def _write_to_people(self, operator: Operator, reason: str) -> None:
        title, address = self._site()
        text = (
            f"{operator.name}, who operates the installation that {title} runs on, asks to be let in.\n\n"
            f"Reason: {reason}\n\n"
            f"Let them in for some hours, or decline:\n{address}\n\n"
            "Without your answer nobody gets in. What an operator does stands in your audit trail.\n"
        )
        for email in self._answering():
            try:
                self._letters().send("operator-asks", email, f"An operator asks to enter {title}"[:200], text)
            except (Invalid, TooMany):
                # The request stands in the administration, whether or not a letter tells of it.
                continue

    def _answering(self) -> Iterable[str]:
        """Return the addresses of those who can let an operator in, owners first, each once."""
        found: dict[str, None] = {}
        for role in _ANSWERING:
            page = self._accounts().page(kind="person", role=role, active=True, limit=_MOST_TOLD)
            found.update(dict.fromkeys(account.email for account in page.data if account.email))
        return found

    def _inside(self) -> dict[UUID, int]:
        counted = (
            select(Entry.grant_id, func.count())
            .where(Entry.tenant_id == self._session.tenant_id, entry_lives(now()))
            .group_by(Entry.grant_id)
        )
        return dict(self._session.execute(counted).all())

    def _get(self, grant_id: UUID) -> Grant:
        row: Grant | None = self._session.get(Grant, (self._session.tenant_id, grant_id))
        if row is None:
            raise NotFound("There is no such leave.")
        return row


def entry_lives(at: datetime) -> Any:
    """Return the condition that a session has begun and not ended."""
    return and_(Entry.ended_at.is_(None), Entry.started_at.is_not(None), Entry.expires_at > at)


def checked_reason(reason: str) -> str:
    """Return a reason on one line, or raise Invalid."""
    text = " ".join(reason.replace("\0", " ").split())
    if not text or len(text) > LONGEST_REASON or not text.isprintable():
        detail = f"Say why, in 1 to {LONGEST_REASON} characters, such as the number of a ticket."
        raise Invalid(errors=[FieldError("reason", detail)])
    return text


def grant_info(row: Grant, inside: int = 0) -> GrantInfo:
    """Freeze leave."""
    return GrantInfo(
        id=row.id,
        operator_id=row.operator_id,
        operator=row.operator,
        reason=row.reason,
        state=_state(row),
        asked_at=row.asked_at,
        granted_at=row.granted_at,
        granted_by=row.granted_by,
        expires_at=row.expires_at,
        inside=0 if row.revoked_at else inside,
    )


def _state(row: Grant) -> GrantState:
    if row.revoked_at is not None:
        return "declined" if row.granted_at is None else "revoked"
    if row.expires_at is not None:
        return "granted" if row.expires_at > now() else "expired"
    return "asked" if row.asked_at > now() - _ASKED_FOR else "expired"


def _flaws(check: Callable[[], object]) -> tuple[FieldError, ...]:
    try:
        check()
    except Invalid as error:
        return error.errors
    return ()


def _until(hours: int) -> datetime:
    if not 1 <= hours <= MAX_HOURS:
        raise Invalid(errors=[FieldError("hours", f"Use 1 to {MAX_HOURS} hours. You gave {hours}.")])
    return now() + timedelta(hours=hours)


def _of(operator: Operator) -> Any:
    return and_(Grant.operator_id == operator.id, Grant.console_id == operator.console_id)


def _id(row: Grant) -> str:
    return str(row.operator_id or "")


def grants_factory(context: Any, request: Any) -> SQLGrants:
    """Return the leave of the tenant of this request."""
    return SQLGrants(
        request.db,
        events=partial(request.find_service, Events),
        accounts=partial(request.find_service, Accounts),
        letters=partial(request.find_service, Letters),
        site=lambda: (request.tenant.title, request.canonical_url("/admin/operators")),
    )

"""Codes of the console and sessions of operators, as rows of the tenant that is entered.

The console writes a code into the tenant it is for, so that no other tenant can even look for it. Redeeming changes
one row once: of two who bring the same code one is late.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, select, update

from insula.accounts.interfaces.operators import OperatorAccounts
from insula.events.interfaces import Events
from insula.features.interfaces import Sections
from insula.handoff.console import is_active
from insula.handoff.events import OperatorEntered, OperatorLeft, OperatorRefused
from insula.handoff.grants import BY_SETTING, SQLGrants, checked_reason, entry_lives, grants_factory
from insula.handoff.interfaces import (
    CODE_SECONDS,
    SECTION,
    SESSION_SECONDS,
    Authorized,
    EntryInfo,
    Operator,
    Redeemed,
)
from insula.handoff.models import Entry, Grant
from insula.kit.clock import isoformat, now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from insula.handoff.interfaces import Why
    from insula.handoff.sections import Access

_KEPT: Final = timedelta(days=1)


class SQLEntries:
    """The entries into the tenant of its session."""

    def __init__(
        self,
        session: Any,
        *,
        grants: SQLGrants,
        events: Callable[[], Events],
        accounts: Callable[[], OperatorAccounts],
        access: Callable[[], Access],
        active: Callable[[Operator], bool],
        tenant: str,
    ) -> None:
        self._session = session
        self._grants = grants
        self._events = events
        self._accounts = accounts
        self._access = access
        self._active = active
        self._tenant = tenant

    def authorize(self, operator: Operator, *, reason: str, host: str, challenge: str) -> Authorized:
        """Make a code, as the tenant's setting says, or ask the tenant's people."""
        reason, at, access = checked_reason(reason), now(), self._access()
        self._forget_old(at)
        if access == "never":
            self._refused(operator, reason, "", "never")
            return Authorized(None, "never")
        if self._lets_in(operator) is False:
            self._refused(operator, reason, "", "account")
            return Authorized(None, "account")
        if access == "always":
            grant: Grant | None = self._grants.by_setting(operator, reason, at)
        else:
            grant = self._grants.live(operator, at)
        if grant is None:
            self._grants.ask(operator, reason, at)
            return Authorized(None, "asked")
        code = secrets.token_urlsafe(32)
        self._session.add(
            Entry(
                grant_id=grant.id,
                console_id=operator.console_id,
                operator_id=operator.id,
                sign_in_id=operator.sign_in_id,
                operator=operator.name,
                reason=reason,
                host=host,
                challenge=challenge,
                code_sha256=_digest(code),
                code_expires_at=at + timedelta(seconds=CODE_SECONDS),
            )
        )
        self._session.flush()
        return Authorized(code)

    def operator_of(self, code: str) -> Operator | None:
        """Return whom the console made this code for, while it is good."""
        row = self._session.scalars(select(Entry).where(self._is_good(code, now()))).one_or_none()
        return None if row is None else _operator(row)

    def redeem(self, code: str, *, verifier: str, host: str, active: bool) -> Redeemed:
        """Use a code up and begin the session."""
        at = now()
        row = self._session.scalars(
            update(Entry).where(self._is_good(code, at)).values(used_at=at).returning(Entry)
        ).one_or_none()
        if row is None:
            # Nothing is put on record for what anybody may make up and send.
            return Redeemed(None, why="code")
        operator = _operator(row)
        grant: Grant = self._session.get(Grant, (self._session.tenant_id, row.grant_id))
        why = self._objection(row, grant, verifier, host, at)
        if why is None and not active:
            why = "leave"
        if why is not None:
            self._refused(operator, row.reason, str(row.id), why)
            return Redeemed(None, why=why)
        secret = secrets.token_urlsafe(32)
        row.secret_sha256 = _digest(secret)
        row.account_id = self._accounts().account_of(operator.console_id, operator.id, operator.name)
        row.started_at = at
        row.expires_at = min(at + timedelta(seconds=SESSION_SECONDS), grant.expires_at or at)
        self._session.flush()
        self._events().emit(
            OperatorEntered(
                *self._visit(operator, row.reason, str(row.id)), expires_at=isoformat(row.expires_at)
            ),
            actor=str(row.account_id),
        )
        return Redeemed(_entry_info(row), secret)

    def find(self, secret: str) -> EntryInfo | None:
        """Return the session of this secret while tenant, grant, account and console all let it live."""
        at = now()
        found = self._session.execute(
            select(Entry, Grant)
            .join(Grant, and_(Grant.tenant_id == Entry.tenant_id, Grant.id == Entry.grant_id))
            .where(
                Entry.tenant_id == self._session.tenant_id,
                Grant.tenant_id == self._session.tenant_id,
                Entry.secret_sha256 == _digest(secret),
                entry_lives(at),
            )
        ).one_or_none()
        if found is None or not self._has_leave(found[1], at):
            return None
        operator = _operator(found[0])
        lives = self._lets_in(operator) and self._active(operator)
        return _entry_info(found[0]) if lives else None

    def leave(self, entry_id: UUID) -> bool:
        """End a session."""
        row = self._session.scalars(
            update(Entry)
            .where(Entry.tenant_id == self._session.tenant_id, Entry.id == entry_id, entry_lives(now()))
            .values(ended_at=now())
            .returning(Entry)
        ).one_or_none()
        if row is None:
            return False
        visit = self._visit(_operator(row), row.reason, str(row.id))
        self._events().emit(OperatorLeft(*visit, how="left"), actor=str(row.account_id))
        return True

    def end_of_grant(self, grant_id: UUID) -> None:
        """End the sessions that rest on leave which was taken back."""
        self._end(Entry.grant_id == grant_id, "revoked")

    def end_of_operator(self, console_id: UUID, operator_id: UUID) -> None:
        """End the sessions of one operator, since the console knows them otherwise now."""
        self._end(and_(Entry.console_id == console_id, Entry.operator_id == operator_id), "console")

    def _end(self, which: Any, how: str) -> None:
        rows = self._session.scalars(
            update(Entry)
            .where(Entry.tenant_id == self._session.tenant_id, which, entry_lives(now()))
            .values(ended_at=now())
            .returning(Entry)
        ).all()
        for row in rows:
            visit = self._visit(_operator(row), row.reason, str(row.id))
            self._events().emit(OperatorLeft(*visit, how=how))

    def _objection(self, row: Entry, grant: Grant, verifier: str, host: str, at: datetime) -> Why | None:
        if not hmac.compare_digest(challenge_of(verifier).encode(), row.challenge.encode()):
            return "verifier"
        if host != row.host:
            return "host"
        if self._access() == "never":
            return "never"
        if self._lets_in(_operator(row)) is False:
            return "account"
        return None if self._has_leave(grant, at) else "leave"

    def _is_good(self, code: str, at: datetime) -> ColumnElement[bool]:
        return and_(
            Entry.tenant_id == self._session.tenant_id,
            Entry.code_sha256 == _digest(code),
            Entry.used_at.is_(None),
            Entry.code_expires_at > at,
        )

    def _lets_in(self, operator: Operator) -> bool | None:
        return self._accounts().is_active(operator.console_id, operator.id)

    def _has_leave(self, grant: Grant, at: datetime) -> bool:
        access = self._access()
        given = grant.revoked_at is None and grant.expires_at is not None and grant.expires_at > at
        return given and access != "never" and (access == "always" or grant.granted_by != BY_SETTING)

    def _refused(self, operator: Operator, reason: str, entry_id: str, why: Why) -> None:
        self._events().emit(OperatorRefused(*self._visit(operator, reason, entry_id), why=why))

    def _visit(self, operator: Operator, reason: str, entry_id: str) -> tuple[str, str, str, str, str, str]:
        return (
            self._tenant,
            str(operator.console_id),
            operator.name,
            str(operator.id),
            reason,
            entry_id,
        )

    def _forget_old(self, at: datetime) -> None:
        self._session.execute(
            delete(Entry)
            .where(Entry.tenant_id == self._session.tenant_id, Entry.code_expires_at < at - _KEPT)
            .execution_options(synchronize_session=False)
        )
        self._grants.forget_old(at)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636).

    >>> challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """
    return base64.urlsafe_b64encode(_digest(verifier)).rstrip(b"=").decode()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("ascii", "replace")).digest()


def _operator(row: Entry) -> Operator:
    return Operator(row.console_id, row.operator_id, row.operator, row.sign_in_id)


def _entry_info(row: Entry) -> EntryInfo | None:
    if row.account_id is None or row.started_at is None or row.expires_at is None:
        return None
    return EntryInfo(row.id, row.account_id, _operator(row), row.reason, row.started_at, row.expires_at)


def entries_factory(context: Any, request: Any) -> SQLEntries:
    """Return the entries into the tenant of this request."""
    return SQLEntries(
        request.db,
        grants=grants_factory(context, request),
        events=partial(request.find_service, Events),
        accounts=partial(request.find_service, OperatorAccounts),
        access=lambda: request.find_service(Sections).settings(SECTION).access,
        active=partial(is_active, request.registry),
        # Looked up now, before the session of a unit of work holds a connection.
        tenant=request.tenant.name,
    )

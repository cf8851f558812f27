"""Signed-in sessions as rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, update

from insula.accounts.credentials import digest, matches, new_session_secret
from insula.accounts.events import AccountSessionEnded, AccountSignedIn, AccountSignedOut
from insula.accounts.interfaces import SignInInfo
from insula.accounts.models import Account, SignIn
from insula.accounts.remembered import QUIET, remembered_of
from insula.accounts.rows import account_infos, account_rows, credential_rows, credentials, sign_in_info
from insula.accounts.seen import seen_of
from insula.accounts.settings import AccountsSettings
from insula.events.interfaces import Events
from insula.kit.clock import now
from insula.kit.errors import NotFound
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from insula.accounts.remembered import Remembered
    from insula.accounts.sections import Sessions

_LONGEST_AGENT = 200
_AT_ONCE = 500


class SQLSignIns:
    """The signed-in sessions of the tenant its session is bound to."""

    def __init__(
        self,
        session: Any,
        *,
        settings: AccountsSettings,
        events: Callable[[], Events],
        seen: Callable[[UUID, str, UUID, datetime], None],
        section: Callable[[], Sessions],
        remembered: Callable[[], Remembered],
    ) -> None:
        self._session = session
        self._remembered = remembered
        self._settings = settings
        self._section = section
        self._events = events
        self._seen = seen

    def start(
        self, account_id: UUID, *, address: str, user_agent: str, replacing: UUID | None = None
    ) -> tuple[SignInInfo, str]:
        """Begin a session and return it with its secret."""
        at, secret = now(), new_session_secret()
        if replacing:
            self._end(SignIn.id == replacing, actor=str(account_id))
        rows = self._session.execute(account_rows(self._session.tenant_id).where(Account.id == account_id))
        account = next(iter(account_infos(rows)), None)
        if account is None or not account.active:
            raise NotFound("There is no such account.")
        self._forget_old(account_id, at)
        row = SignIn(
            account_id=account_id,
            secret_sha256=digest(secret),
            created_at=at,
            last_seen_at=at,
            expires_at=at + timedelta(seconds=self._section().max),
            address=address[:64],
            user_agent=_printable(user_agent),
            mfa=False,
        )
        self._session.add(row)
        self._session.flush()
        self._events().emit(AccountSignedIn(str(account_id), str(row.id), row.address), actor=str(account_id))
        return sign_in_info(row, account), secret

    def rotate(self, sign_in_id: UUID) -> str:
        """Give a live session another secret and return it."""
        secret = new_session_secret()
        rotated = self._session.scalars(
            update(SignIn)
            .where(SignIn.tenant_id == self._session.tenant_id, SignIn.id == sign_in_id, self._live(now()))
            .values(secret_sha256=digest(secret))
            .returning(SignIn.id)
            .execution_options(synchronize_session=False)
        ).first()
        if rotated is None:
            raise NotFound("This session has ended.")
        return secret

    def find(self, secret: str) -> SignInInfo | None:
        """Return the live session of this secret in this tenant, in one statement."""
        at, key = now(), digest(secret)
        found = self._remembered().find(key)
        if not isinstance(found, SignInInfo) or not self._still_lives(found, at):
            # Another process may have seen it later than this one has.
            found = self._read(secret, at)
        if found is None:
            return None
        if at - found.last_seen_at >= timedelta(seconds=self._settings.seen_resolution):
            self._seen(self._session.tenant_id, "sign_in", found.id, at)
            self._remembered().keep(key, replace(found, last_seen_at=at))
        else:
            self._remembered().keep(key, found)
        return found

    def of_account(self, account_id: UUID) -> Sequence[SignInInfo]:
        """Return the live sessions of an account, the latest seen first."""
        rows = self._session.execute(
            credential_rows(SignIn, self._session.tenant_id)
            .where(SignIn.account_id == account_id, self._live(now()))
            .order_by(SignIn.last_seen_at.desc(), SignIn.id.desc())
        )
        return [sign_in_info(row, account) for row, account in credentials(rows)]

    def end(self, account_id: UUID, sign_in_id: UUID, *, leaving: bool = False) -> bool:
        """End one session of this account; `leaving` says that the person in it signs out."""
        which = and_(SignIn.account_id == account_id, SignIn.id == sign_in_id)
        if not leaving:
            return bool(self._end(which))
        left = bool(self._revoke(which))
        if left:
            self._events().emit(AccountSignedOut(str(account_id), str(sign_in_id)))
        return left

    def end_all(self, account_id: UUID, *, keep: UUID | None = None) -> int:
        """End every session of an account, but for one."""
        which: ColumnElement[bool] = SignIn.account_id == account_id
        return self._end(and_(which, SignIn.id != keep) if keep else which)

    def end_all_of(self, account_ids: Iterable[UUID]) -> int:
        """End every session of these accounts."""
        ids = sorted(account_ids)
        chunks = (ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE))
        return sum(self._end(SignIn.account_id.in_(chunk)) for chunk in chunks)

    def _read(self, secret: str, at: datetime) -> SignInInfo | None:
        rows = self._session.execute(
            credential_rows(SignIn, self._session.tenant_id).where(
                SignIn.secret_sha256 == digest(secret), self._live(at), Account.active
            )
        )
        for row, account in credentials(rows):
            if matches(secret, row.secret_sha256):
                return sign_in_info(row, account)
        return None

    def _still_lives(self, info: SignInInfo, at: datetime) -> bool:
        """Say of a remembered session what `_live` says of a row; that it was not revoked is counted."""
        section = self._section()
        return (
            info.expires_at > at
            and info.created_at > at - timedelta(seconds=section.max)
            and info.last_seen_at > at - timedelta(seconds=section.idle)
        )

    def _live(self, at: datetime) -> ColumnElement[bool]:
        # The session keeps the end that it was begun with, and what the tenant has come to say holds as well.
        section = self._section()
        return and_(
            SignIn.revoked_at.is_(None),
            SignIn.expires_at > at,
            SignIn.created_at > at - timedelta(seconds=section.max),
            SignIn.last_seen_at > at - timedelta(seconds=section.idle),
        )

    def _end(self, which: ColumnElement[bool], *, actor: str | None = None) -> int:
        whose = self._revoke(which)
        ended = Counter(whose).items()
        self._events().emit_all((AccountSessionEnded(str(one), count) for one, count in ended), actor=actor)
        return len(whose)

    def _revoke(self, which: ColumnElement[bool]) -> Sequence[UUID]:
        rows: Sequence[UUID] = self._session.scalars(
            update(SignIn)
            .where(SignIn.tenant_id == self._session.tenant_id, SignIn.revoked_at.is_(None), which)
            .values(revoked_at=now())
            .returning(SignIn.account_id)
            .execution_options(synchronize_session=False)
        ).all()
        return rows

    def _forget_old(self, account_id: UUID, at: datetime) -> None:
        # Each sign-in removes what its account no longer needs, so no sweep has to.
        self._session.execute(
            delete(SignIn)
            .where(
                SignIn.tenant_id == self._session.tenant_id,
                SignIn.account_id == account_id,
                SignIn.expires_at < at - timedelta(days=1),
            )
            .execution_options(synchronize_session=False, **QUIET)
        )


def _printable(user_agent: str) -> str:
    return "".join(character for character in user_agent if character.isprintable())[:_LONGEST_AGENT]


def sign_ins_factory(context: Any, request: Any) -> SQLSignIns:
    """Return the signed-in sessions of the tenant of this request."""
    return SQLSignIns(
        request.db,
        settings=settings_of(request.registry, AccountsSettings),
        events=partial(request.find_service, Events),
        seen=seen_of(request.registry).note,
        section=partial(request.section, "sessions"),
        remembered=partial(remembered_of, request.registry, request.db),
    )

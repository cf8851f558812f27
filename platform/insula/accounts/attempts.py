"""Failed sign-ins are counted per account and per address, and each makes the next wait longer.

Where an account has signed in lately it has a counter of its own, so that strangers cannot keep its owner out at home.
"""

from __future__ import annotations

import hashlib
import math
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError

from insula.accounts.events import AccountAttemptsDelayed
from insula.accounts.models import Attempt
from insula.accounts.settings import AccountsSettings
from insula.db.work import insert_into, tenant_work
from insula.events.interfaces import Events
from insula.kit.addresses import one_address
from insula.kit.clock import now
from insula.kit.errors import TooMany
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from insula.accounts.sections import Lockout

_FORGOTTEN_AT_ONCE = 100


def delay_after(failures: int, *, free: int, first: int, longest: int) -> int:
    """Return how many seconds to wait after so many failures in a row.

    >>> [delay_after(n, free=3, first=2, longest=10) for n in range(7)]
    [0, 0, 0, 2, 4, 8, 10]
    """
    if failures < free:
        return 0
    # The exponent is capped because a counter may run far ahead of any useful delay.
    return min(longest, first << min(failures - free, 32))


class SQLAttempts:
    """Counts attempts in rows, each in a short transaction that a refused request cannot undo."""

    def __init__(
        self, short_work: Callable[..., AbstractContextManager[Any]], settings: AccountsSettings
    ) -> None:
        self._short_work = short_work
        self._settings = settings

    def begin(self, email: str, address: str) -> None:
        """Count an attempt before its password is looked at, or raise `TooMany`.

        Counting first means that guesses sent all at once are limited like guesses sent in turn.
        """
        for last_try in (False, False, True):
            try:
                with self._short_work(writing=True) as work:
                    delayed = self._count(work.db, email, address, work.section("lockout"))
                    for kind, failures in delayed:
                        event = AccountAttemptsDelayed(kind, failures, address)
                        work.find_service(Events).emit(event)
            except IntegrityError:
                # Another request has just made the same counter; the next round finds it.
                if last_try:
                    raise
            else:
                return

    def succeeded(self, session: Any, email: str, address: str) -> None:
        """Forget the failures of the counter that was used, and take back the one counted for the address.

        The address keeps its other failures: or whoever has one account here could clear the
        counter between guesses at others.
        """
        kind, subject = self._counter(session, email, address, now())
        used = session.get(Attempt, self._key(session, kind, subject), with_for_update=True)
        if used is not None:
            session.delete(used)
        origin = session.get(
            Attempt, self._key(session, "address", one_address(address)), with_for_update=True
        )
        if origin is not None and origin.failures > 0:
            origin.failures -= 1

    def forgive(self, session: Any, email: str) -> None:
        """Forget the failures of an account whose owner has just proved to read its letters."""
        session.execute(
            delete(Attempt)
            .where(
                Attempt.tenant_id == session.tenant_id,
                Attempt.kind == "account",
                Attempt.subject_sha256 == _hashed(email),
            )
            .execution_options(synchronize_session=False)
        )

    def spend(self, session: Any, kind: str, subject: str, *, most: int) -> int | None:
        """Count one of at most so many of a kind within a window.

        Returns None when it was counted, else in how many seconds there is another.
        """
        at, window = now(), timedelta(seconds=self._settings.attempts_window)
        key = self._key(session, kind, subject)
        made = session.execute(
            insert_into(session, Attempt)
            .values(tenant_id=key[0], kind=kind, subject_sha256=key[2], failures=0, last_at=at)
            .on_conflict_do_nothing()
        )
        spent: Attempt = session.get(Attempt, key, with_for_update=True, populate_existing=True)
        if made.rowcount:
            self._forget_old(session, at)
        # Unlike the wait after failures this window begins with its first, and so comes to an end.
        if at - spent.last_at >= window:
            spent.failures, spent.last_at = 0, at
        if spent.failures >= most:
            return max(1, math.ceil((spent.last_at + window - at).total_seconds()))
        spent.failures += 1
        return None

    def remember(self, email: str, address: str) -> None:
        """Keep that the account has signed in from this address, beside the request's own transaction."""
        try:
            with self._short_work(writing=True) as work:
                key = self._key(work.db, "known", _pair(email, address))
                known = work.db.get(Attempt, key, with_for_update=True)
                if known is None:
                    work.db.add(Attempt(kind="known", subject_sha256=key[2], failures=0, last_at=now()))
                else:
                    known.last_at = now()
                work.db.flush()
        except IntegrityError:
            # The same person signed in there at the same moment, which is kept already.
            return

    def _counter(self, session: Any, email: str, address: str, at: datetime) -> tuple[str, str]:
        pair = _pair(email, address)
        known = session.get(Attempt, self._key(session, "known", pair))
        if known is not None and at - known.last_at <= timedelta(days=self._settings.attempts_known_days):
            return "home", pair
        return "account", email

    def _count(self, session: Any, email: str, address: str, lockout: Lockout) -> list[tuple[str, int]]:
        """Count one attempt, and return which counters have now used up what is free."""
        at = now()
        counters = (
            (*self._counter(session, email, address, at), lockout.free_account),
            ("address", one_address(address), lockout.free_address),
        )
        found, any_new, delayed = [], False, []
        for kind, subject, free in counters:
            key = self._key(session, kind, subject)
            counter = session.get(Attempt, key, with_for_update=True)
            if counter is None:
                counter, any_new = Attempt(kind=kind, subject_sha256=key[2], failures=0, last_at=at), True
                session.add(counter)
            elif at - counter.last_at > timedelta(seconds=self._settings.attempts_window):
                counter.failures = 0
            _refuse_early(counter, at, free=free, lockout=lockout)
            found.append(counter)
            if counter.failures + 1 == free:
                delayed.append((kind, free))
        for counter in found:
            counter.failures += 1
            counter.last_at = at
        session.flush()
        if any_new:
            self._forget_old(session, at)
        return delayed

    def _forget_old(self, session: Any, at: datetime) -> None:
        # A new counter pays for the removal of forgotten ones, so the table stays about as small as
        # the attempts of one window. Rows that another request holds are left to it: waiting for
        # them while holding others could end in a deadlock.
        forgotten = at - timedelta(seconds=self._settings.attempts_window)
        unknown = at - timedelta(days=self._settings.attempts_known_days)
        for counter in session.scalars(
            select(Attempt)
            .where(
                Attempt.tenant_id == session.tenant_id,
                Attempt.last_at < forgotten,
                or_(Attempt.kind != "known", Attempt.last_at < unknown),
            )
            .limit(_FORGOTTEN_AT_ONCE)
            .with_for_update(skip_locked=True)
        ):
            session.delete(counter)

    @staticmethod
    def _key(session: Any, kind: str, subject: str) -> tuple[Any, str, bytes]:
        return (session.tenant_id, kind, _hashed(subject))


def _refuse_early(counter: Attempt, at: datetime, *, free: int, lockout: Lockout) -> None:
    seconds = delay_after(counter.failures, free=free, first=lockout.delay, longest=lockout.delay_max)
    left = (counter.last_at + timedelta(seconds=seconds) - at).total_seconds()
    if seconds and left > 0:
        raise TooMany("Too many failed attempts to sign in.", retry_after=max(1, math.ceil(left)))


def _pair(email: str, address: str) -> str:
    return f"{one_address(address)} {email}"


def _hashed(subject: str) -> bytes:
    # What people typed as an e-mail may be a password typed into the wrong field.
    return hashlib.sha256(subject.encode("utf-8", "replace")).digest()


def attempts_of(request: Any) -> SQLAttempts:
    """Return the counters of the tenant of this request."""
    short_work = partial(tenant_work, request.registry, request.tenant_id)
    return SQLAttempts(short_work, settings_of(request.registry, AccountsSettings))

"""Letters as rows."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from insula.events.interfaces import Events
from insula.kit.clock import now
from insula.kit.errors import FieldError, Invalid, NotFound, TooLarge, TooMany
from insula.kit.settings import settings_of
from insula.mail.events import LetterQueued, LetterRefused
from insula.mail.interfaces import LetterInfo
from insula.mail.messages import checked_address, checked_subject, checked_text
from insula.mail.models import Letter
from insula.mail.settings import MailSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from insula.mail.interfaces import LetterState

_HOUR = timedelta(hours=1)
_LONGEST_KIND = 40
_LONGEST_REASON = 500


class SQLLetters:
    """The letters of the tenant its session is bound to; a session over all tenants reads those of all."""

    def __init__(self, session: Any, *, settings: MailSettings, events: Callable[[], Events]) -> None:
        self._session = session
        self._settings = settings
        self._events = events

    def send(self, kind: str, to: str, subject: str, text: str, html: str | None = None) -> UUID:
        """Write a letter in the running transaction."""
        if not kind or len(kind) > _LONGEST_KIND:
            raise Invalid(errors=[FieldError("kind", f"Use 1 to {_LONGEST_KIND} characters.")])
        checked_address(to)
        checked_subject(subject)
        checked_text("text", text)
        checked_text("html", html or "")
        size, most = len(text.encode()) + len((html or "").encode()), self._settings.max_bytes
        if size > most:
            raise TooLarge(f"A letter may have {most:,} bytes. This one has {size:,}.")
        at = now()
        self._forget_old(at)
        self._refuse_too_many(at)
        row = Letter(kind=kind, recipient=to, subject=subject, text=text, html=html, created_at=at)
        self._session.add(row)
        self._session.flush()
        self._events().emit(LetterQueued(str(row.id), kind))
        return row.id

    def newest(self, limit: int = 50) -> Sequence[LetterInfo]:
        """Return the newest letters, newest first."""
        rows = self._session.scalars(select(Letter).order_by(Letter.id.desc()).limit(limit))
        return [letter_info(row) for row in rows]

    def find(self, letter_id: UUID) -> LetterInfo:
        """Return one letter."""
        row = self._session.scalars(select(Letter).where(Letter.id == letter_id)).one_or_none()
        if row is None:
            raise NotFound("There is no such letter.")
        return letter_info(row)

    def settle(self, letter: LetterInfo, state: LetterState, *, reason: str = "", code: int = 0) -> None:
        """Say what became of a letter that waited, and erase what it said unless it was caught."""
        values: dict[str, Any] = {"state": state, "reason": reason[:_LONGEST_REASON], "settled_at": now()}
        if state != "caught":
            values.update(text=None, html=None)
        settled = self._session.execute(
            update(Letter)
            .where(
                Letter.tenant_id == self._session.tenant_id, Letter.id == letter.id, Letter.state == "waiting"
            )
            .values(**values)
            .execution_options(synchronize_session=False)
        ).rowcount
        if settled and state == "caught":
            self._erase_caught()
        if settled and state == "refused":
            self._events().emit(LetterRefused(str(letter.id), letter.kind, code))

    def _refuse_too_many(self, at: datetime) -> None:
        recent = (Letter.tenant_id == self._session.tenant_id, Letter.created_at > at - _HOUR)
        count, first = self._session.execute(
            select(func.count(), func.min(Letter.created_at)).where(*recent)
        ).one()
        if count >= self._settings.per_hour:
            wait = max(1, int((first + _HOUR - at).total_seconds()) + 1)
            raise TooMany(
                f"At most {self._settings.per_hour:,} letters an hour are sent for this site.",
                retry_after=wait,
            )

    def _forget_old(self, at: datetime) -> None:
        # Each letter removes what its tenant no longer needs, so no sweep has to.
        self._session.execute(
            delete(Letter)
            .where(
                Letter.tenant_id == self._session.tenant_id,
                Letter.created_at < at - timedelta(days=self._settings.keep_days),
            )
            .execution_options(synchronize_session=False)
        )

    def _erase_caught(self) -> None:
        mine = (Letter.tenant_id == self._session.tenant_id, Letter.state == "caught")
        newest = (
            select(Letter.id)
            .where(*mine)
            .order_by(Letter.id.desc())
            .offset(self._settings.catcher_keep)
            .limit(1)
        )
        last = self._session.scalar(newest)
        if last is not None:
            self._session.execute(
                update(Letter)
                .where(*mine, Letter.id <= last, Letter.text.is_not(None))
                .values(text=None, html=None)
                .execution_options(synchronize_session=False)
            )


def letter_info(row: Letter) -> LetterInfo:
    """Freeze a letter."""
    return LetterInfo(
        id=row.id,
        tenant_id=row.tenant_id,
        kind=row.kind,
        to=row.recipient,
        subject=row.subject,
        text=row.text,
        html=row.html,
        state=row.state,  # type: ignore[arg-type]  # the column holds nothing else
        reason=row.reason,
        created_at=row.created_at,
        settled_at=row.settled_at,
    )


def letters_factory(context: Any, request: Any) -> SQLLetters:
    """Return the letters of the tenant of this request."""
    return SQLLetters(
        request.db,
        settings=settings_of(request.registry, MailSettings),
        events=partial(request.find_service, Events),
    )

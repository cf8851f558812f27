"""The consumer that sends letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from insula.db.work import tenant_work
from insula.kit.errors import NotFound
from insula.kit.settings import settings_of
from insula.mail.backends import Bounced, backend_of
from insula.mail.interfaces import Letters
from insula.mail.messages import message
from insula.mail.settings import MailSettings

if TYPE_CHECKING:
    from insula.events.interfaces import Delivery
    from insula.mail.interfaces import LetterInfo, LetterState


def send(delivery: Delivery, work: Any) -> None:
    """Send a letter that waits, then say so in its row; no transaction is open while the mail server is asked.

    A relay that dies in between sends it once more, under the same Message-ID.
    """
    settings = settings_of(work.registry, MailSettings)
    with tenant_work(work.registry, delivery.tenant_id, writing=False) as reading:
        letter = _waiting(reading, UUID(delivery.payload["letter_id"]))
        title = reading.tenant.title
    if letter is None:
        return
    made = message(
        letter_id=letter.id,
        at=letter.created_at,
        sender=settings.from_address,
        title=title,
        to=letter.to,
        subject=letter.subject,
        text=letter.text or "",
        html=letter.html,
    )
    state: LetterState = "caught" if settings.backend == "catcher" else "sent"
    reason, code = "", 0
    try:
        backend_of(work.registry).deliver(made)
    except Bounced as error:
        state, reason, code = "refused", error.reason, error.code
    with tenant_work(work.registry, delivery.tenant_id) as writing:
        writing.find_service(Letters).settle(letter, state, reason=reason, code=code)


def _waiting(work: Any, letter_id: UUID) -> LetterInfo | None:
    try:
        letter: LetterInfo = work.find_service(Letters).find(letter_id)
    except NotFound:
        # Too old to be kept: it was put aside, and nobody brought it back in time.
        return None
    return letter if letter.state == "waiting" else None

"""Letters become messages; nothing that a person typed can become a header."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from insula.kit.errors import FieldError, Invalid

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

LONGEST_ADDRESS: Final = 254
LONGEST_SUBJECT: Final = 200


def message(
    *,
    letter_id: UUID,
    at: datetime,
    sender: str,
    title: str,
    to: str,
    subject: str,
    text: str,
    html: str | None = None,
) -> EmailMessage:
    """Return the message of a letter: the same letter has the same Message-ID however often it is sent."""
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(_one_line(title), addr_spec=sender)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = subject
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{letter_id}@{sender.partition('@')[2]}>"
    # Whoever is away, and every other program, leaves such a letter unanswered.
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text)
    if html is not None:
        made.add_alternative(html, subtype="html")
    return made


def checked_address(to: str) -> str:
    """Return an address that may stand in a header, or raise Invalid."""
    try:
        if to != _one_line(to) or len(to) > LONGEST_ADDRESS or any(part in to for part in ' "(),:;<>[]\\'):
            raise ValueError(to)  # noqa: TRY301 - the two ways an address can be wrong are told alike
        to.encode("ascii")
        Address(addr_spec=to)
    except (ValueError, IndexError, MessageError) as error:
        raise Invalid(
            errors=[FieldError("to", "Use one address such as ada@example.org, in ASCII and without a name.")]
        ) from error
    return to


def checked_subject(subject: str) -> str:
    """Return a subject that is one line of text, or raise Invalid."""
    if not subject or subject != _one_line(subject) or not _is_text(subject):
        raise Invalid(errors=[FieldError("subject", "Use one line of text.")])
    if len(subject) > LONGEST_SUBJECT:
        raise Invalid(errors=[FieldError("subject", f"Use at most {LONGEST_SUBJECT} characters.")])
    return subject


def checked_text(path: str, text: str) -> str:
    """Return a text that can be sent and stored, or raise Invalid."""
    if not _is_text(text) or "\0" in text:
        raise Invalid(errors=[FieldError(path, "This is not text.")])
    return text


def _one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""What the mail room promises: letters that are written with the work that causes them, and sent afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

LetterState = Literal["waiting", "sent", "caught", "refused"]


@dataclass(frozen=True, slots=True)
class LetterInfo:
    """One letter; `text` and `html` are None once it is sent, and `reason` says why it was refused."""

    id: UUID
    tenant_id: UUID
    kind: str
    to: str
    subject: str
    text: str | None
    html: str | None
    state: LetterState
    reason: str
    created_at: datetime
    settled_at: datetime | None


class Letters(Protocol):
    """The letters of one tenant."""

    def send(self, kind: str, to: str, subject: str, text: str, html: str | None = None) -> UUID:
        """Write a letter in the running transaction; the relay sends it after the commit, else it never was.

        `kind` is a short name such as `invitation`, for lists and figures. Raises `kit.errors.Invalid` for an
        address or a subject that no header can hold, `TooLarge` for a text beyond the bound, and `TooMany` when
        the tenant has written as many letters in the last hour as it may. Who must not tell whether an address
        is known (a password reset) catches the last and answers as if the letter had gone out.
        """

    def newest(self, limit: int = 50) -> Sequence[LetterInfo]:
        """Return the newest letters of the tenant, newest first."""

    def find(self, letter_id: UUID) -> LetterInfo:
        """Return one letter; raises `kit.errors.NotFound`."""


class Postbox(Protocol):
    """The installation's way to its mail server."""

    @property
    def catches(self) -> bool:
        """Whether letters are kept to be read here instead of being sent."""

    def test(self, to: str) -> str:
        """Send a letter now, past the queue, and say what became of it.

        Raises `kit.errors.Invalid` for an address, `Conflict` where the letter was refused, and `Unavailable` where
        nobody could be asked.
        """

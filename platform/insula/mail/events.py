"""Facts about letters; none says to whom a letter goes nor what it says."""

from __future__ import annotations

from dataclasses import dataclass

from insula.events.interfaces import Event


@dataclass(frozen=True)
class LetterQueued(Event):
    """A letter waits to be sent."""

    name = "letter.queued"
    letter_id: str
    kind: str


@dataclass(frozen=True)
class LetterRefused(Event):
    """A letter was refused for good; `code` is the mail server's, 0 where there is none."""

    name = "letter.refused"
    letter_id: str
    kind: str
    code: int

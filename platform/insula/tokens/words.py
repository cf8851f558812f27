"""Scopes, moments and states in the words of screens and terminals."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from insula.kit.words import ago, counted
from insula.security.permissions import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from insula.accounts.interfaces import TokenInfo, TokenState

SCOPES: Final = {
    "view": ("Read", "See what its owner may see: pages, records, settings."),
    "create": ("Create", "Make new things, such as pages and streams."),
    "edit": ("Edit", "Change what is there."),
    "publish": ("Publish", "Make things public, or take them back."),
    "delete": ("Delete", "Remove things, and revoke tokens."),
    "restore": ("Restore", "Bring back earlier versions and what was deleted."),
    "manage": ("Manage", "Change how things work: settings, members, switches."),
    "ingest": ("Append records", "Send records into streams."),
    "export": ("Export", "Take out many things at once as a file."),
}
"""What a scope allows, as a word and as a sentence."""

STATES: Final[dict[TokenState, tuple[str, str]]] = {
    "live": ("works", "ok"),
    "retiring": ("being replaced", "warn"),
    "inactive": ("owner deactivated", "bad"),
    "expired": ("expired", ""),
    "revoked": ("revoked", ""),
}
"""What a state is called, and how its tag is coloured."""

OVERLAPS: Final = (
    (0, "at once"),
    (3600, "in an hour"),
    (24 * 3600, "in a day"),
    (7 * 24 * 3600, "in a week"),
    (30 * 24 * 3600, "in 30 days"),
)
"""When the old token ends that a new one replaces."""

assert SCOPES.keys() == set(ACTIONS)  # noqa: S101 - a verb without words would be missing from the form


def scopes_said(scopes: Iterable[str]) -> str:
    """Say what a token may be used for."""
    chosen = [
        SCOPES[action][0].lower() if action in SCOPES else action for action in sorted(scopes, key=_place)
    ]
    return ", ".join(chosen).capitalize() if chosen else "Everything its owner may do"


def span(length: timedelta) -> str:
    """Say how long something lasts, in its largest unit.

    >>> span(timedelta(days=89, hours=23)), span(timedelta(minutes=61)), span(timedelta(seconds=20))
    ('90 days', '1 hour', 'less than a minute')
    """
    for unit, name in (
        (timedelta(days=1), "day"),
        (timedelta(hours=1), "hour"),
        (timedelta(minutes=1), "minute"),
    ):
        if length >= unit:
            return counted(round(length / unit), name)
    return "less than a minute"


def ends(token: TokenInfo, at: datetime) -> str:
    """Say when a token ends, or when it did."""
    if token.revoked_at is not None:
        return f"revoked on {day(token.revoked_at)}"
    if token.expires_at <= at:
        return f"ended on {day(token.expires_at)}"
    return f"in {span(token.expires_at - at)}"


def used(token: TokenInfo, at: datetime) -> str:
    """Say when a token was last used."""
    return ago(token.last_used_at, at) if token.last_used_at else "never"


def day(at: datetime) -> str:
    """Write a date.

    >>> from datetime import datetime
    >>> day(datetime(2026, 3, 1))
    '1 Mar 2026'
    """
    return f"{at.day} {at:%b %Y}"


def words_of() -> dict[str, Any]:
    """Return what every template of the room says things with."""
    return {"scopes_said": scopes_said, "ends": ends, "used": used, "states": STATES}


def _place(action: str) -> int:
    return ACTIONS.index(action) if action in ACTIONS else len(ACTIONS)

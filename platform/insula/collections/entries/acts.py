"""What the endpoints of entries have in common: who acts, on which version, and how they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from insula.api.interfaces import IfMatch, etag_of
from insula.collections.access.rules import readable_fields
from insula.collections.entries.permits import RequestPermit
from insula.collections.entries.shapes import entry_text
from insula.collections.interfaces.entries import Entry

if TYPE_CHECKING:
    from uuid import UUID

    from insula.collections.entries.resources import CollectedItem
    from insula.collections.interfaces.schemas import Collection

BULK_BYTES: Final = 16 << 20
"""Bytes of a request that makes many entries, or does many things in a batch."""
Match = IfMatch | None


def tag_of(info: Collection, entry: Entry) -> tuple[object, ...]:
    """Return what an ETag is made of: the version, and the schema where a change of it has rewritten entries."""
    if info.entries_version == 1:
        return (entry.version,)
    # As long as the change goes on, the document may be the one before it or the one after.
    return (entry.version, info.entries_version, *(["changing"] if info.change_id else []))


def answer_of(request: Any, info: Collection, entry: Entry) -> bytes:
    """Return an entry as whoever asks may see it, with its ETag."""
    etag_of(request, *tag_of(info, entry))
    return entry_text(entry, info, readable_fields(request, info))


def answer_of_act(request: Any, info: Collection, entry: Entry, permit: RequestPermit) -> bytes:
    """Return an entry as an act has left it: with no field where it may not be viewed any more."""
    etag_of(request, *tag_of(info, entry))
    return entry_text(entry, info, permit.shown(info, entry))


def author_of(request: Any) -> UUID | None:
    """Return the account that asks."""
    identity = request.identity
    return None if identity is None else identity.account_id


def permit_of(request: Any, place: Any, decided: Entry | None = None) -> RequestPermit:
    """Return what whoever asks may do with the entries at a place, and with those that an act takes along."""

    def place_of(info: Collection) -> Any:
        return place if info.name == place.info.name else place.__parent__.__parent__[info.name]["entries"]

    return RequestPermit(request, place_of, decided=decided)


def acting_on(context: CollectedItem, request: Any, match: Match) -> dict[str, Any]:
    """Return which version of an entry is acted on, by whom, and what they may do; raises Stale."""
    if match is not None:
        match.check(*tag_of(context.info, context.entry))
    return {
        "expected": None if match is None else context.entry.version,
        "author": author_of(request),
        "permit": permit_of(request, context.__parent__, context.entry),
    }


def keep(request: Any, *, dry_run: bool) -> None:
    """Commit what was done, or with `dry_run` nothing."""
    if dry_run:
        # The answer says what would have happened; the transaction is given up behind it.
        request.tm.doom()

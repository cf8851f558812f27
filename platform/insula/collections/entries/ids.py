"""New entries: their ids, which callers may give, and when they were made.

An entry was made when its id says, to the millisecond: lists by `created` follow the ids, without an index of their
own. So an id of somebody's own is a UUIDv7 whose time is near the present.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from insula.collections.interfaces.entries import Entry, Stage, working_stage
from insula.kit.clock import from_millis, millis
from insula.kit.errors import FieldError, Invalid
from insula.kit.ids import is_uuid7, millis_of, uuid7, uuid7s

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import Collection
    from insula.collections.schemas.check import Checked

_AHEAD: Final = timedelta(minutes=1)
"""By how much the clocks of callers may be ahead of ours."""


def check_own(entry_id: UUID, at: datetime, *, oldest: timedelta) -> None:
    """Raise Invalid for an id that carries no time, or one that is later than now or older than `oldest`."""
    if not (is_uuid7(entry_id) and at - oldest <= made_at(entry_id) <= at + _AHEAD):
        hours = f"{oldest / timedelta(hours=1):g} hours"
        detail = f"Use a UUIDv7 of the last {hours}, or leave it out: an entry was made when its id says."
        raise Invalid(errors=[FieldError("id", detail)])


def made_at(entry_id: UUID) -> datetime:
    """Return when the entry of an id was made."""
    return from_millis(millis_of(entry_id))


def new_entry(
    info: Collection, new: Checked, *, entry_id: UUID | None, author: UUID | None, at: datetime
) -> Entry:
    """Return the first version of an entry."""
    single = info.document.singleton
    new_id = info.id if single else entry_id or uuid7(at)
    return _first(info, new, new_id, at if single else made_at(new_id), author, at)


def new_entries(
    info: Collection, news: Sequence[Checked], *, author: UUID | None, at: datetime
) -> list[Entry]:
    """Return the first versions of entries, whose ids sort as they are given."""
    ids, created = uuid7s(at, len(news)), from_millis(millis(at))
    return [_first(info, new, new_id, created, author, at) for new, new_id in zip(news, ids, strict=True)]


def _first(
    info: Collection, new: Checked, new_id: UUID, created: datetime, author: UUID | None, at: datetime
) -> Entry:
    stage = working_stage(info)
    published_at = at if stage is Stage.LIVE else None
    return Entry(new_id, info.name, stage, 1, new.text, author, created, at, published_at)

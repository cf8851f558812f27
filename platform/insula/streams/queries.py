"""What a reader may ask of a stream, and the cursors that carry a question on to its next page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from insula.api.interfaces import limit_of
from insula.kit.cursors import Sealer
from insula.kit.errors import FieldError, Malformed
from insula.records.interfaces import Range, Stream
from insula.streams.moments import moment

DEFAULT_LIMIT = 100
_SORTS = {"time": False, "-time": True}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads which stream: what a cursor is bound to."""

    stream: Stream
    principal: str

    def bound(self, wanted: Range) -> Sequence[str]:
        """Return the words that seal a cursor to this reader, this stream and this question."""
        question = f"{_text(wanted.start)}|{_text(wanted.end)}|{wanted.newest_first}|{wanted.series!r}"
        filter_hash = hashlib.sha256(question.encode()).hexdigest()
        return (str(self.stream.tenant_id), self.principal, str(self.stream.id), filter_hash)


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def wanted_range(given: Mapping[str, str], *, most: int) -> Range:
    """Return the range that the parameters describe, without the cursor."""
    sort = given.get("sort", "-time")
    errors = []
    if sort not in _SORTS:
        errors.append(FieldError("sort", "Write time (oldest first) or -time (newest first)."))
    bounds: dict[str, datetime] = {}
    for name in ("time[gte]", "time[lt]"):
        if name in given:
            try:
                bounds[name] = moment(given[name])
            except ValueError as error:
                errors.append(FieldError(name, str(error)))
    if errors:
        raise Malformed("The query cannot be read.", errors=errors)
    return Range(
        start=bounds.get("time[gte]"),
        end=bounds.get("time[lt]"),
        series=given.get("series"),
        newest_first=_SORTS[sort],
        limit=limit_of(given, default=min(DEFAULT_LIMIT, most), most=most),
    )


def at_cursor(wanted: Range, token: str | None, *, reader: Reader, sealer: Sealer) -> Range:
    """Return the range that goes on behind a cursor; raises Malformed for one that is not this reader's."""
    if token is None:
        return wanted
    payload = sealer.open(token, bound=reader.bound(wanted))
    return replace(wanted, after=UUID(payload["after"]))


def cursor_behind(last: UUID, wanted: Range, *, reader: Reader, sealer: Sealer, minutes: int) -> str:
    """Return the cursor that goes on behind the record `last`."""
    return sealer.seal({"after": last.hex}, bound=reader.bound(wanted), lifetime=minutes * 60)

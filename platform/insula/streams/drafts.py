"""Turns the pieces of a body into records to be stored, or into the reasons why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from insula.kit.clock import millis
from insula.kit.errors import FieldError, Invalid, TooLarge
from insula.kit.ids import millis_of
from insula.records.interfaces import MAX_SERIES_BYTES, NewRecord, Stream
from insula.streams.bodies import Piece
from insula.streams.ids import client_id
from insula.streams.moments import moment_ms
from insula.streams.reading import BadRecord, path_of, read_record
from insula.streams.schemas import CompiledSchema

AHEAD = timedelta(minutes=5)


class Draft(NamedTuple):
    """A record that is accepted; without `ms` its time is its arrival, without `id` one is made."""

    ordinal: int
    ms: int | None
    id: UUID | None
    series: str
    body: bytes


@dataclass(slots=True)
class Sorted:
    """The records of a body, accepted and refused."""

    accepted: list[Draft] = field(default_factory=list)
    refused: list[FieldError] = field(default_factory=list)


class MakesIds(Protocol):
    """Makes the id of a record that brought none."""

    def make(self, ms: int, ordinal: int) -> UUID: ...


class Drafting:
    """Judges the records of one request to one stream."""

    def __init__(
        self,
        stream: Stream,
        schema: CompiledSchema,
        *,
        now: datetime,
        max_records: int,
        max_record_bytes: int,
        max_record_visits: int,
        max_visits: int,
    ) -> None:
        self._stream, self._schema = stream, schema
        self._max_records, self._max_record_bytes = max_records, max_record_bytes
        self._max_record_visits, self._max_visits = max_record_visits, max_visits
        self._visits = 0
        self._latest = millis(now + AHEAD)
        # A stream that takes anything since 1970 may say so with more days than there were.
        self._earliest = max(0, millis(now) - stream.backfill_days * 86_400_000)
        self._seen: dict[UUID, int] = {}
        self._time_path = path_of([stream.time_field]) if stream.time_field else "id"

    def sort(self, pieces: Iterable[Piece]) -> Sorted:
        """Judge every record; raises TooLarge or Invalid when they are too much for one request."""
        found = Sorted()
        for count, piece in enumerate(pieces, 1):
            if count > self._max_records:
                raise TooLarge(
                    f"A request may push {self._max_records:,} records. Send them in several requests."
                )
            try:
                found.accepted.append(self._draft(piece))
            except _BadRecords as bad:
                found.refused.extend(FieldError(each.path, each.detail, piece.ordinal) for each in bad.each)
            except BadRecord as bad:
                found.refused.append(FieldError(bad.path, bad.detail, piece.ordinal))
        return found

    def _draft(self, piece: Piece) -> Draft:
        if len(piece.raw) > self._max_record_bytes:
            raise BadRecord(
                "", f"A record may have {self._max_record_bytes:,} bytes, not {len(piece.raw):,}."
            )
        cost = self._schema.cost(piece.raw)
        if cost > self._max_record_visits:
            raise BadRecord(
                "",
                f"The schema would look at values of this record up to {cost:,} times, and "
                f"{self._max_record_visits:,} are allowed. Send a smaller record, or simplify the schema.",
            )
        record = read_record(piece.raw)
        self._spend(cost)
        if wrong := self._schema.check(record, cost):
            self._spend(self._schema.cost_of_telling(cost))
            raise _BadRecords(wrong)
        own_id = self._own_id(record, piece.ordinal)
        return Draft(piece.ordinal, self._time(record, own_id), own_id, self._series(record), piece.raw)

    def _spend(self, visits: int) -> None:
        self._visits += visits
        if self._visits > self._max_visits:
            raise Invalid(
                f"The schema would look at values of these records more than {self._max_visits:,} times. "
                "Send them in several requests, or simplify the schema."
            )

    def _own_id(self, record: dict[str, Any], ordinal: int) -> UUID | None:
        if "id" not in record:
            return None
        try:
            found = client_id(record["id"])
        except ValueError as error:
            raise BadRecord("id", str(error)) from error
        first = self._seen.setdefault(found, ordinal)
        if first != ordinal:
            raise BadRecord("id", f"This id stands already on line {first}.")
        return found

    def _time(self, record: dict[str, Any], own_id: UUID | None) -> int | None:
        name = self._stream.time_field
        if name is None:
            if own_id is None:
                return None
            ms = millis_of(own_id)
        else:
            if name not in record:
                raise BadRecord(self._time_path, "This member is required: it is the record's time.")
            try:
                ms = moment_ms(record[name])
            except ValueError as error:
                raise BadRecord(self._time_path, str(error)) from error
            if own_id is not None and millis_of(own_id) != ms:
                raise BadRecord(
                    "id",
                    f"The id carries another time than {self._time_path}. They agree to the millisecond.",
                )
        if ms > self._latest:
            raise BadRecord(
                self._time_path, "This time is more than five minutes ahead. Check the sender's clock."
            )
        if ms < self._earliest:
            raise BadRecord(self._time_path, self._too_early(ms))
        return ms

    def _too_early(self, ms: int) -> str:
        if ms < 0:
            return "Times before 1970 are not kept."
        return f"This stream takes records of the last {self._stream.backfill_days:,} days (its backfill)."

    def _series(self, record: dict[str, Any]) -> str:
        name = self._stream.series_field
        if name is None:
            return ""
        value = record.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value:
            raise BadRecord(
                path_of([name]), "This member is required: it names the record's series, as text or integer."
            )
        if len(value.encode()) > MAX_SERIES_BYTES:
            raise BadRecord(path_of([name]), f"The name of a series may have {MAX_SERIES_BYTES} bytes.")
        return value


class _BadRecords(Exception):
    def __init__(self, each: Sequence[BadRecord]) -> None:
        super().__init__()
        self.each = each


def rows(drafts: Iterable[Draft], *, arrived: datetime, ids: MakesIds) -> list[NewRecord]:
    """Return the accepted records with their ids; `arrived` is the time of those that declare none."""
    arrived_ms = millis(arrived)
    made = []
    for draft in drafts:
        ms = arrived_ms if draft.ms is None else draft.ms
        made.append(NewRecord(draft.id or ids.make(ms, draft.ordinal), draft.series, draft.body))
    return made

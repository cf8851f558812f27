"""The catalogue of streams over rows; reading is cached by version, so that ingest reads no row of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError

from insula.db.work import TenantSession, bump
from insula.kit.caches import VersionedCache
from insula.kit.errors import Conflict, FieldError, Invalid
from insula.records.interfaces import (
    NAME,
    Layout,
    Order,
    Retention,
    Stream,
    StreamNotFound,
    system_stream,
    system_streams,
)
from insula.records.models import StreamLayout, StreamRow

COUNTER = "streams"
SNAPSHOTS_KEPT = 10_000


Snapshots = VersionedCache[UUID, Mapping[str, Stream]]
SNAPSHOTS = "insula.records.snapshots"


class SQLStreams:
    """The declared streams are rows of one tenant; system streams follow from its id."""

    def __init__(
        self, session: TenantSession, system: Mapping[str, Stream], snapshots: Snapshots, *, tenant_id: UUID
    ) -> None:
        self._session = session
        self._system = system
        self._snapshots = snapshots
        self._tenant_id = tenant_id
        self._changed = False

    def declare(
        self,
        name: str,
        *,
        title: str,
        schema: Mapping[str, Any] | None = None,
        time_field: str | None = None,
        series_field: str | None = None,
        order: Order | None = None,
        retention: Retention = "400d",
        backfill_days: int = 400,
    ) -> Stream:
        order = order or ("both" if series_field else "time")
        wanted = Stream(
            tenant_id=self._tenant_id,
            id=UUID(int=0),
            name=name,
            title=title or name,
            schema=dict(schema or {}),
            time_field=time_field,
            series_field=series_field,
            order=order,
            retention=retention,
            backfill_days=backfill_days,
        )
        if errors := list(_faults(wanted)):
            raise Invalid("The stream cannot be declared like this.", errors=errors)
        known = self.find(name)
        if known is not None:
            if _declared(known) != _declared(wanted):
                raise Conflict(f"There is a stream {name} already, and it was declared differently.")
            return known
        return self._add(wanted)

    def find(self, name: str) -> Stream | None:
        return self._system.get(name) or self._declared().get(name)

    def by_name(self, name: str) -> Stream:
        found = self.find(name)
        if found is None:
            raise StreamNotFound(f"There is no stream {name!r}.")
        return found

    def all(self, *, system: bool = False) -> list[Stream]:
        streams = [*self._declared().values(), *(self._system.values() if system else ())]
        return sorted(streams, key=lambda stream: stream.name)

    def _add(self, wanted: Stream) -> Stream:
        row = StreamRow(
            tenant_id=self._tenant_id,
            name=wanted.name,
            title=wanted.title,
            document=dict(wanted.schema),
            time_field=wanted.time_field,
            series_field=wanted.series_field,
            kept_by=wanted.order,
            retention=wanted.retention,
            backfill_days=wanted.backfill_days,
        )
        self._session.add(row)
        try:
            self._session.flush()
        except IntegrityError as error:
            raise Conflict(f"A stream {wanted.name} was declared at the same moment.") from error
        for layout in wanted.layout:
            self._session.add(
                StreamLayout(
                    tenant_id=self._tenant_id,
                    stream_id=row.id,
                    valid_from=layout.valid_from,
                    width_seconds=layout.width_seconds,
                    shards=layout.shards,
                )
            )
        bump(self._session, COUNTER)
        # What this session now sees may still be rolled back, so others must not be told of it.
        self._changed = True
        return _stream(row, wanted.layout)

    def _declared(self) -> Mapping[str, Stream]:
        version = self._session.versions.get(COUNTER, 0)
        found = None if self._changed else self._snapshots.get(self._tenant_id, version)
        if found is None:
            found = self._read()
            if not self._changed and not self._session.writing:
                self._snapshots.put(self._tenant_id, version, found)
        return found

    def _read(self) -> Mapping[str, Stream]:
        statement = (
            select(StreamRow, StreamLayout)
            .join(
                StreamLayout,
                and_(StreamLayout.tenant_id == StreamRow.tenant_id, StreamLayout.stream_id == StreamRow.id),
            )
            .where(StreamRow.tenant_id == self._tenant_id)
            .order_by(StreamRow.name, StreamLayout.valid_from)
        )
        rows: dict[str, StreamRow] = {}
        layouts: dict[str, list[Layout]] = {}
        for row, layout in self._session.execute(statement):
            rows[row.name] = row
            layouts.setdefault(row.name, []).append(
                Layout(layout.valid_from, layout.width_seconds, layout.shards)
            )
        return {name: _stream(row, tuple(layouts[name])) for name, row in rows.items()}


def streams_factory(context: object, request: Any) -> SQLStreams:
    """Return the catalogue of the request's tenant."""
    registry, tenant_id = request.registry, request.tenant_id
    system = {name: system_stream(registry, tenant_id, name) for name in system_streams(registry)}
    return SQLStreams(request.db, system, registry[SNAPSHOTS], tenant_id=tenant_id)


def _stream(row: StreamRow, layout: tuple[Layout, ...]) -> Stream:
    order: Any = row.kept_by
    retention: Any = row.retention
    return Stream(
        tenant_id=row.tenant_id,
        id=row.id,
        name=row.name,
        title=row.title,
        schema=row.document,
        time_field=row.time_field,
        series_field=row.series_field,
        order=order,
        retention=retention,
        backfill_days=row.backfill_days,
        layout=layout,
    )


def _declared(stream: Stream) -> tuple[object, ...]:
    return (
        stream.title,
        stream.schema,
        stream.time_field,
        stream.series_field,
        stream.order,
        stream.retention,
        stream.backfill_days,
    )


def _faults(stream: Stream) -> Iterator[FieldError]:
    if not NAME.fullmatch(stream.name):
        yield FieldError(
            "name", "Begin with a small letter; then small letters, digits, - and _, at most 63 in all."
        )
    if len(stream.title) > 200:
        yield FieldError("title", "At most 200 characters.")
    if stream.order not in get_args(Order):
        yield FieldError("order", "One of time, series and both.")
    elif stream.order != "time" and stream.series_field is None:
        yield FieldError("order", "Records are kept by series only where series_field names one.")
    if stream.retention not in get_args(Retention):
        yield FieldError("retention", "One of 30d, 400d and keep.")
    if stream.backfill_days < 0:
        yield FieldError("backfill_days", "Zero or more.")
    members = stream.schema.get("properties")
    for path, member in (("time_field", stream.time_field), ("series_field", stream.series_field)):
        if member is not None and isinstance(members, Mapping) and member not in members:
            yield FieldError(path, f"The schema has no member {member!r}.")

"""The blocks that show a stream on a page: its latest records as a table, and a member of them as a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pyramid.renderers import render
from pyramid.request import Request

from insula.kit.clock import now
from insula.kit.errors import Unavailable
from insula.kit.json import loads
from insula.records.interfaces import OrderNotKept, Range, Record, RecordStore, Stream
from insula.streams.chart import Reading, lay_out
from insula.streams.resources import declared_stream, stream_node
from insula.streams.scales import day
from insula.web.interfaces import PageInfo

_MAX_READ = 10_000
_MAX_COLUMNS = 8
# Far from the ends of what a date can be, so that changing its zone or adding a day never leaves it.
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
_NOTHING = "There is nothing to show here."
_LATER = "These figures are not available right now."


def _empty_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _names(value: object) -> object:
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is not a time zone; write its name, such as America/Los_Angeles") from error
    return name


OptionalText = Annotated[str | None, BeforeValidator(_empty_is_none), Field(max_length=200)]
_Day = Annotated[date, Field(ge=_FIRST_DAY, le=_LAST_DAY)]
OptionalDay = Annotated[_Day | None, BeforeValidator(_empty_is_none)]
ZoneName = Annotated[str, Field(max_length=64), AfterValidator(_zone)]


class _StreamBlock(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    stream: str = Field(min_length=1, max_length=63, description="The name of the stream.")
    series: OptionalText = Field(default=None, description="Show this series only.")
    title: str = Field(default="", max_length=200, description="What stands above.")
    zone: ZoneName = Field(
        default="UTC", description="The time zone of the times, such as America/Los_Angeles."
    )


class LatestRecords(_StreamBlock):
    """The latest records of a stream as a table."""

    fields: Annotated[list[str], BeforeValidator(_names)] = Field(
        default_factory=list,
        max_length=_MAX_COLUMNS,
        description="The members to show; those of the schema if empty.",
    )
    limit: int = Field(default=10, ge=1, le=100, description="How many records.")
    times: bool = Field(
        default=True, description="Whether to show when each record was; a list has no times."
    )


class LineChart(_StreamBlock):
    """A number in the records of a stream, drawn over time."""

    field: str = Field(min_length=1, max_length=100, description="The member that holds the number.")
    first_day: OptionalDay = Field(
        default=None, description="The first day shown, in the zone, such as 2010-01-01."
    )
    last_day: OptionalDay = Field(default=None, description="The last day shown; it is shown whole.")
    last_hours: Annotated[int | None, BeforeValidator(_empty_is_none)] = Field(
        default=None, ge=1, le=87_600, description="Instead of days: this many hours up to now."
    )
    unit: str = Field(default="", max_length=20, description="The unit of the number, such as °F.")
    height: int = Field(default=280, ge=120, le=800, description="How tall the picture is.")

    @model_validator(mode="after")
    def _one_range(self) -> LineChart:
        days = (self.first_day, self.last_day)
        if self.last_hours is not None and any(days):
            raise ValueError("Give either first_day and last_day, or last_hours.")
        if self.last_hours is None and None in days and any(days):
            raise ValueError("Give first_day and last_day together.")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError("last_day lies before first_day.")
        return self

    def range(self, at: datetime) -> tuple[datetime, datetime]:
        """Return the moments between which readings are shown; the last 24 hours when nothing is said."""
        if self.first_day and self.last_day:
            zone = ZoneInfo(self.zone)
            midnights = (self.first_day, self.last_day + timedelta(days=1))
            start, end = (datetime.combine(each, time(), zone).astimezone(UTC) for each in midnights)
            return start, end
        return at - timedelta(hours=self.last_hours or 24), at


def render_chart(block: LineChart, request: Request, page: PageInfo) -> Markup:  # the frame's shape
    """Return the chart as a figure with a drawing and the same numbers as a table."""
    stream = _visible_stream(block.stream, request)
    if stream is None:
        return _quiet(block.title, _NOTHING)
    start, end = block.range(now())
    wanted = Range(start=start, end=end, series=block.series, newest_first=False, limit=_MAX_READ)
    try:
        records = request.find_service(RecordStore).read(stream, wanted)
    except Unavailable:
        return _quiet(block.title, _LATER)
    except OrderNotKept:
        return _quiet(block.title, _NOTHING)
    zone = ZoneInfo(block.zone)
    readings = [_reading(record, block.field) for record in records]
    chart = lay_out(readings, start=start, end=end, zone=zone, height=block.height)
    if chart is None:
        return _quiet(block.title, "There are no readings in this time.")
    found = {
        "block": block,
        "chart": chart,
        "zone": zone,
        "span": _span(start, end, zone),
        "moment": _moment,
        "cut": len(records) == _MAX_READ,
    }
    return Markup(render("insula.streams:templates/chart.jinja2", found, request))  # noqa: S704  # escaped there


def render_latest(block: LatestRecords, request: Request, page: PageInfo) -> Markup:  # as above
    """Return the latest records as a table."""
    stream = _visible_stream(block.stream, request)
    if stream is None:
        return _quiet(block.title, _NOTHING)
    try:
        records = _latest(request.find_service(RecordStore), stream, block)
    except Unavailable:
        return _quiet(block.title, _LATER)
    except OrderNotKept:
        return _quiet(block.title, _NOTHING)
    rows = [(record, _object(record)) for record in records]
    if not rows:
        return _quiet(block.title, "There are no records yet.")
    columns = block.fields or _columns(stream, rows[0][1])
    found = {
        "block": block,
        "columns": [_heading(stream, name) for name in columns],
        "rows": [(record, [_cell(body.get(name)) for name in columns]) for record, body in rows],
        # One series only is said by the title above, and a member that is shown says it already.
        "with_series": stream.series_field is not None
        and block.series is None
        and stream.series_field not in columns,
        "zone": ZoneInfo(block.zone),
        "moment": _moment,
    }
    return Markup(render("insula.streams:templates/latest.jinja2", found, request))  # noqa: S704  # escaped there


def _visible_stream(name: str, request: Request) -> Stream | None:
    # A stream that is missing and one that the visitor may not view look the same.
    stream = declared_stream(request, name)
    if stream is None or not request.may("view", stream_node(request, stream)):
        return None
    return stream


def _latest(store: RecordStore, stream: Stream, block: LatestRecords) -> Sequence[Record]:
    wanted = Range(series=block.series, limit=block.limit)
    try:
        return store.read(stream, wanted)
    except OrderNotKept:
        if block.series is not None:
            every = store.read(stream, replace(wanted, series=None, limit=_MAX_READ))
            return [each for each in every if each.series == block.series][: block.limit]
        return store.latest(stream, limit=block.limit)


def _quiet(title: str, message: str) -> Markup:
    heading = Markup('<p class="figure-title">{}</p>').format(title) if title else Markup("")
    return Markup('<div class="quiet">{}<p>{}</p></div>').format(heading, message)


def _object(record: Record) -> Mapping[str, Any]:
    found = loads(record.body) if record.body else None
    return found if isinstance(found, Mapping) else {}


def _reading(record: Record, field: str) -> Reading:
    value = _object(record).get(field)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return Reading(record.time, None)
    return Reading(record.time, float(value), str(value))


def _heading(stream: Stream, name: str) -> str:
    declared = stream.schema.get("properties")
    about = declared.get(name) if isinstance(declared, Mapping) else None
    title = about.get("title") if isinstance(about, Mapping) else None
    return title if isinstance(title, str) and title else name


def _columns(stream: Stream, first: Mapping[str, Any]) -> list[str]:
    declared = stream.schema.get("properties")
    names = declared if isinstance(declared, Mapping) and declared else first
    return [name for name in names if name not in ("id", stream.time_field)][:_MAX_COLUMNS]


def _cell(value: object) -> str:
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else str(value)


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{day(local)} {local:%Y, %H:%M}"


def _span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    first, last = start.astimezone(zone), (end - timedelta(milliseconds=1)).astimezone(zone)
    if first.date() == last.date():
        return f"{day(first)} {first.year}"
    if first.year == last.year:
        return f"{day(first)} to {day(last)} {last.year}"
    return f"{day(first)} {first.year} to {day(last)} {last.year}"

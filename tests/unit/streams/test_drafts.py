"""Records are judged one by one: time, id, series, schema, size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from insula.kit.clock import isoformat, millis
from insula.kit.errors import Invalid, TooLarge
from insula.kit.ids import uuid7, uuid7_at
from insula.kit.json import dumps
from insula.records.interfaces import Stream
from insula.streams.bodies import Piece
from insula.streams.drafts import Drafting, Sorted, rows
from insula.streams.ids import RandomIds
from insula.streams.schemas import compile_schema

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sort(
    *records: Any, max_records: int = 5_000, visits: int = 10**6, schema: dict | None = None, **stream: Any
) -> Sorted:
    declared = Stream(uuid7(), uuid7(), "readings", "Readings", **stream)
    drafting = Drafting(
        declared,
        compile_schema(schema or {}),
        now=NOW,
        max_records=max_records,
        max_record_bytes=1_000,
        max_record_visits=visits,
        max_visits=2 * visits,
    )
    texts = [record if isinstance(record, bytes) else dumps(record) for record in records]
    return drafting.sort(Piece(ordinal, text) for ordinal, text in enumerate(texts, 1))


def refusals(found: Sorted) -> list[tuple[int | None, str]]:
    assert found.accepted == []
    return [(error.line, error.path) for error in found.refused]


def test_time_is_the_declared_member() -> None:
    found = sort({"at": "2026-03-01T03:00:00-08:00"}, time_field="at")
    assert found.accepted[0].ms == millis(datetime(2026, 3, 1, 11, tzinfo=UTC))


def test_without_a_declared_time_it_is_the_arrival() -> None:
    found = sort({"a": 1})
    assert found.accepted[0].ms is None
    (row,) = rows(found.accepted, arrived=NOW, ids=RandomIds())
    assert row.id.int >> 80 == millis(NOW)


def test_without_a_declared_time_the_clients_id_is_the_time() -> None:
    own = uuid7_at(millis(NOW) - 1, bytes(10))
    (row,) = rows(sort({"id": str(own)}).accepted, arrived=NOW, ids=RandomIds())
    assert row.id == own


def test_the_body_is_kept_as_it_came() -> None:
    text = b'{"b" : 1.50,  "a":"\\u00e4"}'
    assert sort(text).accepted[0].body == text


def test_an_id_must_carry_the_declared_time_to_the_millisecond() -> None:
    at = isoformat(NOW)
    right, wrong = uuid7_at(millis(NOW), bytes(10)), uuid7_at(millis(NOW) + 1, bytes(10))
    assert sort({"at": at, "id": str(right)}, time_field="at").accepted[0].id == right
    assert refusals(sort({"at": at, "id": str(wrong)}, time_field="at")) == [(1, "id")]


@pytest.mark.parametrize("value", [None, 7, "x", "018cc251-f400-4000-8000-000000000000"])
def test_an_id_of_another_kind_is_refused(value: object) -> None:
    assert refusals(sort({"id": value})) == [(1, "id")]


def test_the_same_id_twice_is_refused_the_second_time() -> None:
    own = str(uuid7_at(millis(NOW), bytes(10)))
    found = sort({"id": own, "a": 1}, {"id": own, "a": 2})
    assert len(found.accepted) == 1
    assert [(error.line, error.path) for error in found.refused] == [(2, "id")]


@pytest.mark.parametrize(
    ("offset", "accepted"),
    [
        (timedelta(minutes=5), True),
        (timedelta(minutes=5, milliseconds=1), False),
        (timedelta(days=-10), True),
        (timedelta(days=-10, milliseconds=-1), False),
    ],
)
def test_times_lie_between_the_backfill_and_five_minutes_ahead(offset: timedelta, accepted: bool) -> None:
    record = {"at": (NOW + offset).isoformat(timespec="milliseconds")}
    assert bool(sort(record, time_field="at", backfill_days=10).accepted) is accepted


def test_no_backfill_reaches_before_1970() -> None:
    found = sort(
        {"at": "1969-12-31T23:59:59.999Z"},
        {"at": "1970-01-01T00:00:00Z"},
        time_field="at",
        backfill_days=99_999,
    )
    assert [error.line for error in found.refused] == [1]
    assert "1970" in found.refused[0].detail


def test_bounds_hold_for_the_time_in_an_id_too() -> None:
    late = uuid7_at(millis(NOW) + 600_000, bytes(10))
    assert refusals(sort({"id": str(late)})) == [(1, "id")]


def test_a_naive_time_is_refused_with_the_remedy() -> None:
    found = sort({"at": "2026-03-01T03:00:00"}, time_field="at")
    assert "offset" in found.refused[0].detail


@pytest.mark.parametrize("record", [{}, {"at": None}, {"at": 1772362800000}])
def test_a_declared_time_is_required(record: dict) -> None:
    assert refusals(sort(record, time_field="at")) == [(1, "at")]


@pytest.mark.parametrize(("value", "series"), [("north", "north"), (7, "7")])
def test_series_is_the_declared_member(value: object, series: str) -> None:
    assert sort({"device": value}, series_field="device").accepted[0].series == series


@pytest.mark.parametrize("value", [None, "", True, 1.5, [], "ä" * 257])
def test_a_series_that_is_no_name_is_refused(value: object) -> None:
    assert refusals(sort({"device": value}, series_field="device")) == [(1, "device")]


def test_refused_records_keep_their_place_and_spoil_no_other() -> None:
    found = sort({"a": 1}, b"{", {"a": "x"}, {"a": 2}, schema={"properties": {"a": {"type": "number"}}})
    assert [draft.ordinal for draft in found.accepted] == [1, 4]
    assert [(error.line, error.path) for error in found.refused] == [(2, ""), (3, "a")]


def test_too_large_a_record_is_refused_alone() -> None:
    assert refusals(sort({"a": "x" * 1_000})) == [(1, "")]


def test_too_many_records_are_refused_together() -> None:
    assert len(sort({}, {}, max_records=2).accepted) == 2
    with pytest.raises(TooLarge, match="2 records"):
        sort({}, {}, {}, max_records=2)


MANY = {"properties": {"a": {"items": {"allOf": [{"not": {"const": number}} for number in range(1, 100)]}}}}


def test_a_record_costs_what_its_schema_looks_at_times_its_values() -> None:
    assert refusals(sort({"a": [0] * 100}, schema=MANY, visits=10_000)) == [(1, "")]
    assert sort({"a": [0] * 100}, schema={"items": {}}, visits=10_000).accepted


def test_the_records_of_a_request_cost_together() -> None:
    few = {"a": [0] * 10}
    assert len(sort(few, few, schema=MANY, visits=5_000).accepted) == 2
    with pytest.raises(Invalid, match="several requests"):
        sort(*[few] * 5, schema=MANY, visits=5_000)

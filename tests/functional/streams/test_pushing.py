"""Records are pushed: one, a list, lines; each judged alone, all acknowledged together."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from insula.features.interfaces import Features
from insula.kit.clock import isoformat, millis, now
from insula.kit.ids import uuid7, uuid7_at
from insula.records.interfaces import StoreUnavailable, store_of
from tests.functional.streams.conftest import Door


def reading(hour: int, temp: float = 39.4) -> dict[str, Any]:
    return {"time": f"2010-01-01T{hour:02}:00:00-08:00", "temp": temp}


def test_one_object_is_stored_as_it_came(door: Door) -> None:
    body = b'{"temp" : 39.40,  "time":"2010-01-01T00:00:00-08:00"}'
    answer = door.push(body)
    assert (answer["accepted"], answer["rejected"], answer["durable"]) == (1, [], "store")
    page = door.client.get("/api/streams/temperature/records")
    assert body in page.body
    (record,) = page.json["data"]
    assert record == {
        "id": answer["ids"][0],
        "time": "2010-01-01T08:00:00.000Z",
        "series": None,
        "body": json.loads(body),
    }
    assert "after" not in page.json


def test_a_list_and_lines_are_stored_in_order_of_time(door: Door) -> None:
    door.push([reading(2), reading(0)])
    door.push_lines(reading(3), reading(1))
    times = [record["body"]["time"][11:13] for record in door.records("sort=time")]
    assert times == ["00", "01", "02", "03"]
    assert [record["body"]["time"][11:13] for record in door.records()] == ["03", "02", "01", "00"]


def test_the_answer_says_how_often_a_record_may_be_delivered(door: Door) -> None:
    assert door.push(reading(1))["delivery"] == "at-least-once"
    assert door.push(reading(1), key="k")["delivery"] == "exactly-once"


def test_each_bad_line_is_told_with_its_place_and_spoils_no_other(door: Door) -> None:
    answer = door.push_lines(
        reading(0),
        b"",
        b"{nonsense",
        {"time": "2010-01-01T01:00:00", "temp": 1},
        {"time": "2010-01-01T01:00:00Z", "temp": "warm"},
        b'{"time":"2010-01-01T01:00:00Z","temp":1,"temp":2}',
        b'{"time":"2010-01-01T01:00:00Z","temp":NaN}',
        b'{"time":"2010-01-01T01:00:00Z","temp":1e999}',
        b'{"time":"2010-01-01T01:00:00Z","temp":\xff}',
        {"time": "2010-01-01T01:00:00Z", "temp": 1, "id": "7"},
        reading(1),
    )
    assert answer["accepted"] == len(answer["ids"]) == 2
    places = [(error["line"], error["path"]) for error in answer["rejected"]]
    assert places == [
        (3, ""),
        (4, "time"),
        (5, "temp"),
        (6, "temp"),
        (7, ""),
        (8, ""),
        (9, ""),
        (10, "id"),
    ]
    assert all(error["detail"] for error in answer["rejected"])
    assert len(door.records()) == 2


def test_when_none_is_accepted_the_answer_is_422_with_every_place(door: Door) -> None:
    problem = door.push_lines({"temp": 1}, b"{", status=422)
    assert problem["type"].endswith("/invalid")
    assert problem["request_id"]
    assert [(error["line"], error["path"]) for error in problem["errors"]] == [(1, "time"), (2, "")]
    assert door.records() == []


@pytest.mark.parametrize("body", [b"", b"\n\n", b"[]"])
def test_nothing_at_all_is_not_accepted(door: Door, body: bytes) -> None:
    if body != b"[]":
        door.push(body, media="application/x-ndjson", status=422)
    else:
        door.push(body, status=422)


@pytest.mark.parametrize("body", [b"", b"{", b"[{}", b'{"a":1}{"b":2}'])
def test_json_that_is_none_is_400(door: Door, body: bytes) -> None:
    door.push(body, status=400)


@pytest.mark.parametrize(
    "media", ["text/csv", "application/xml", "application/x-www-form-urlencoded", "text/plain"]
)
def test_another_content_type_is_415(door: Door, media: str) -> None:
    door.push(b"a,b", media=media, status=415)


def test_a_compressed_body_is_415_in_words_that_say_so(door: Door) -> None:
    problem = door.push(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}, status=415)
    assert "not supported yet" in problem["detail"]


def test_too_many_bytes_and_too_many_records_are_413(door: Door) -> None:
    with door.tenant.work() as work:
        limits = {"max_body_bytes": 2_048, "max_records_per_request": 3}
        work.find_service(Features).change("streams", settings=limits, actor=None)
    door.push_lines(*[reading(hour) for hour in range(4)], status=413)
    door.push(b" " * 2_049, status=413)
    assert door.push_lines(*[reading(hour) for hour in range(3)])["accepted"] == 3
    assert len(door.records()) == 3


def test_a_full_request_of_five_thousand(door: Door) -> None:
    lines = [
        {"time": f"2010-01-01T00:{place // 60:02}:{place % 60:02}Z", "temp": place} for place in range(3_600)
    ]
    lines += [
        {"time": f"2010-01-01T01:{place // 60:02}:{place % 60:02}Z", "temp": place} for place in range(1_400)
    ]
    answer = door.push_lines(*lines, key="full")
    assert answer["accepted"] == len(set(answer["ids"])) == 5_000
    assert door.push_lines(*lines, key="full") == answer
    assert len(door.records("limit=1000")) == 5_000


def test_a_clients_own_id_is_kept_and_sent_again_is_the_same_record(door: Door) -> None:
    own = str(uuid7_at(millis(now()), b"0123456789"))
    for _ in range(3):
        assert door.push({"id": own, "a": 1}, stream="arrivals")["ids"] == [own]
    assert [record["id"] for record in door.records(stream="arrivals")] == [own]


def test_an_id_that_carries_another_time_is_422(door: Door) -> None:
    problem = door.push({**reading(0), "id": str(uuid7())}, status=422)
    assert problem["errors"][0]["path"] == "id"


def test_time_is_the_arrival_where_none_is_declared(door: Door) -> None:
    before = millis(now())
    (id_,) = door.push({"a": 1}, stream="arrivals")["ids"]
    assert before <= UUID(id_).int >> 80 <= millis(now())


def test_a_time_too_far_ahead_or_behind_is_422(door: Door) -> None:
    for at in ("2999-01-01T00:00:00Z", "1969-12-31T23:59:59Z"):
        problem = door.push({"time": at, "temp": 1}, status=422)
        assert problem["errors"][0]["path"] == "time"
    assert door.push({"time": isoformat(now()), "temp": 1})["accepted"] == 1


def test_who_may_view_but_not_push_is_refused_and_who_may_not_view_hears_nothing(door: Door) -> None:
    for role, status in (("viewer", 403), ("editor", 403), ("author", 404)):
        Door(door.tenant.api(role), door.tenant).push(reading(0), status=status)
    Door(door.tenant.visitor(), door.tenant).push(reading(0), status=401)
    assert door.records() == []
    assert Door(door.tenant.api("owner"), door.tenant).push(reading(0))["accepted"] == 1


def test_an_unknown_parameter_is_400(door: Door) -> None:
    door.client.post_json("/api/streams/temperature/records?key=1", reading(0), status=400)


def test_records_of_one_tenant_stay_there(door: Door, other_door: Door) -> None:
    door.push(reading(0))
    assert other_door.records() == []
    other_door.push(reading(1))
    assert len(door.records()) == len(other_door.records()) == 1


def test_while_the_store_is_down_the_outbox_takes_the_records(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = door.tenant.installation.registry

    def down(*_args: object, **_options: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(type(store_of(registry)), "append", down)
        answer = door.push([reading(0), reading(1)], key="outbox")
        assert answer["durable"] == "outbox"
        assert door.push([reading(0), reading(1)], key="outbox") == answer
        patched.setattr(type(store_of(registry)), "read", down)
        refused = door.client.get("/api/streams/temperature/records", status=503)
        assert int(refused.headers["Retry-After"]) >= 1
    assert door.records() == []
    door.tenant.installation.drain()
    assert sorted(record["id"] for record in door.records()) == sorted(answer["ids"])


def test_no_row_is_locked_while_the_store_is_written(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = door.tenant.installation.registry
    store, seen = store_of(registry), []
    append = type(store).append

    def looking(self: Any, *args: Any) -> Any:
        with door.tenant.work() as work:
            # On SQLite a second writer would have to wait for the first, and give up.
            work.find_service(Features).change("streams", settings={"max_streams": 99}, actor=None)
            seen.append(True)
        return append(self, *args)

    monkeypatch.setattr(type(store), "append", looking)
    door.push(reading(0), key="k")
    assert seen

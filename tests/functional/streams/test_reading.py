"""Records are read in order of time, page after page, by those who may."""

from __future__ import annotations

import json
from typing import Any

import pytest

from insula.features.interfaces import Features
from tests.functional.streams.conftest import Door

COUNT = 120
PATH = "/api/streams/temperature/records"


@pytest.fixture
def filled(door: Door) -> Door:
    """A stream with five days of hourly readings."""
    door.push_lines(
        *[{"time": f"2010-01-{1 + n // 24:02}T{n % 24:02}:00:00-08:00", "temp": n / 10} for n in range(COUNT)]
    )
    return door


def temps(records: list[Any]) -> list[float]:
    return [record["body"]["temp"] for record in records]


@pytest.mark.parametrize("limit", [1, 7, 60, 119, 120, 121])
@pytest.mark.parametrize("sort", ["time", "-time"])
def test_pages_hold_every_record_once_in_order(filled: Door, sort: str, limit: int) -> None:
    if limit == 1:
        filled.client.get(f"{PATH}?sort={sort}&limit=1")
        return
    found = temps(filled.records(f"sort={sort}&limit={limit}"))
    expected = [n / 10 for n in range(COUNT)]
    assert found == (expected if sort == "time" else expected[::-1])


def test_the_last_page_has_no_cursor_even_when_it_is_full(filled: Door) -> None:
    page = filled.client.get(f"{PATH}?limit={COUNT}")
    assert len(page.json["data"]) == COUNT
    assert "after" not in page.json
    assert "Link" not in page.headers


def test_a_range_of_time_takes_its_start_and_leaves_its_end(filled: Door) -> None:
    query = "sort=time&time[gte]=2010-01-02T00:00:00-08:00&time[lt]=2010-01-02T03:00:00-08:00"
    assert temps(filled.records(query)) == [2.4, 2.5, 2.6]
    assert temps(filled.records(f"{query}&limit=2")) == [2.4, 2.5, 2.6]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limt=5", "limt"),
        ("time[gt]=2010-01-01T00:00:00Z", "time[gt]"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("sort=temp", "sort"),
        ("time[gte]=2010-01-01", "time[gte]"),
        ("time[gte]=2010-01-01T00:00:00", "time[gte]"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_a_question_that_cannot_be_read_is_400_with_its_place(filled: Door, query: str, path: str) -> None:
    problem = filled.client.get(f"{PATH}?{query}", status=400).json
    assert [error["path"] for error in problem["errors"]] == [path]


def test_a_misspelled_parameter_gets_a_suggestion(filled: Door) -> None:
    problem = filled.client.get(f"{PATH}?limt=5", status=400).json
    assert "limit" in problem["errors"][0]["detail"]


def flipped(token: str) -> str:
    return token[:30] + ("A" if token[30] != "A" else "B") + token[31:]


def test_a_cursor_that_was_touched_is_400_and_other_requests_go_on(filled: Door) -> None:
    token = filled.client.get(f"{PATH}?limit=5").json["after"]
    for bad in (flipped(token), token[:-1], token[1:], token + "A", "x", "", "%00", "%FF", "0" * 4_000):
        filled.client.get(f"{PATH}?limit=5&after={bad}", status=400)
        assert len(filled.client.get(f"{PATH}?limit=5&after={token}", status=200).json["data"]) == 5


def test_a_cursor_answers_only_its_own_question(filled: Door) -> None:
    token = filled.client.get(f"{PATH}?limit=5").json["after"]
    filled.client.get(f"{PATH}?limit=5&sort=time&after={token}", status=400)
    filled.client.get(f"{PATH}?limit=5&time[gte]=2010-01-01T00:00:00Z&after={token}", status=400)
    filled.client.get(f"{PATH}?limit=9&after={token}", status=200)


def test_a_cursor_of_another_tenant_account_or_stream_is_400(filled: Door, other_door: Door) -> None:
    other_door.push_lines(*[{"time": f"2010-01-01T{n:02}:00:00Z", "temp": n} for n in range(9)])
    mine = filled.client.get(f"{PATH}?limit=5").json["after"]
    theirs = other_door.client.get(f"{PATH}?limit=5").json["after"]
    filled.client.get(f"{PATH}?limit=5&after={theirs}", status=400)
    other_door.client.get(f"{PATH}?limit=5&after={mine}", status=400)
    filled.tenant.api("owner").get(f"{PATH}?limit=5&after={mine}", status=400)
    filled.client.get(f"/api/streams/arrivals/records?limit=5&after={mine}", status=400)
    assert len(filled.client.get(f"{PATH}?limit=5&after={mine}").json["data"]) == 5


def test_an_expired_cursor_is_400(filled: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    token = filled.client.get(f"{PATH}?limit=5").json["after"]
    import time  # its clock is what moves here

    real = time.time
    monkeypatch.setattr("insula.kit.cursors.time.time", lambda: real() + 3_601)
    problem = filled.client.get(f"{PATH}?limit=5&after={token}", expect_errors=True)
    assert problem.status_int == 400
    assert "expired" in problem.json["detail"]


def test_a_page_is_no_larger_than_the_settings_allow(filled: Door) -> None:
    with filled.tenant.work() as work:
        work.find_service(Features).change("streams", settings={"max_page": 10}, actor=None)
    filled.client.get(f"{PATH}?limit=11", status=400)
    assert len(filled.client.get(f"{PATH}?limit=10").json["data"]) == 10
    assert len(filled.client.get(PATH).json["data"]) == 10


def test_who_may_view_reads_and_nobody_else(filled: Door) -> None:
    for role, status in (("viewer", 200), ("editor", 200), ("author", 404)):
        filled.tenant.api(role).get(PATH, status=status)
    filled.tenant.visitor().get(PATH, status=401)


def test_series_are_read_alone_and_latest_holds_one_of_each(door: Door) -> None:
    declared = {"name": "devices", "title": "Devices", "series_field": "device"}
    door.client.post_json("/api/streams", declared, status=201)
    for n in range(6):
        door.push({"device": "ab"[n % 2], "n": n}, stream="devices")
    assert [record["body"]["n"] for record in door.records("series=a&sort=time", stream="devices")] == [
        0,
        2,
        4,
    ]
    assert [record["body"]["n"] for record in door.records("series=b&limit=2", stream="devices")] == [5, 3, 1]
    latest = door.client.get("/api/streams/devices/latest").json["data"]
    assert [(record["series"], record["body"]["n"]) for record in latest] == [("b", 5), ("a", 4)]
    (only,) = door.client.get("/api/streams/devices/latest?series=a").json["data"]
    assert only["body"]["n"] == 4


def test_the_latest_of_a_plain_stream_is_its_newest(filled: Door) -> None:
    (newest,) = filled.client.get("/api/streams/temperature/latest").json["data"]
    assert newest["body"]["temp"] == (COUNT - 1) / 10


def test_a_series_of_a_stream_without_series_is_422(filled: Door) -> None:
    filled.client.get(f"{PATH}?series=a", status=422)


def test_bodies_come_back_byte_for_byte(door: Door) -> None:
    bodies = [b'{"a":1.50}', '{"ä" : "ß€😀"}'.encode(), b'{"a":"\\u00e4\\n\\"","b":[1, 2,{}]}', b'{"n":1e-7}']
    for body in bodies:
        door.push(body, stream="arrivals")
    text = door.client.get("/api/streams/arrivals/records").body
    assert all(body in text for body in bodies)
    assert json.loads(text)

"""Streams are declared, listed and shown."""

from __future__ import annotations

from typing import Any

import pytest

from insula.features.interfaces import Features
from tests.functional.streams.conftest import READINGS, Door, open_door
from tests.makers import TenantHandle


def test_a_declared_stream_is_shown_as_it_was_declared(one: TenantHandle) -> None:
    client = one.api()
    answer = client.post_json("/api/streams", READINGS, status=201)
    assert answer.headers["Location"].endswith("/api/streams/temperature")
    shown = client.get("/api/streams/temperature").json
    assert shown == answer.json
    assert {name: shown[name] for name in READINGS} == READINGS
    assert shown["order"] == "time"


def test_declaring_the_same_again_changes_nothing_and_something_else_is_a_conflict(door: Door) -> None:
    first = door.client.get("/api/streams/temperature").json
    assert door.client.post_json("/api/streams", READINGS, status=200).json == first
    door.client.post_json("/api/streams", {**READINGS, "retention": "keep"}, status=409)


def test_declaring_with_a_key_answers_a_retry_as_the_first_time(one: TenantHandle) -> None:
    client, headers = one.api(), {"Idempotency-Key": "declare-1"}
    first = client.post_json("/api/streams", READINGS, headers=headers, status=201)
    again = client.post_json("/api/streams", READINGS, headers=headers, status=201)
    assert again.json == first.json
    client.post_json("/api/streams", {**READINGS, "name": "other"}, headers=headers, status=422)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": "Not a name!"}, "name"),
        ({"name": None}, "name"),
        ({"schema": {"type": "nonsense"}}, "schema"),
        ({"schema": {"pattern": "(?=a)"}}, "schema"),
        ({"time_field": "nowhere"}, "time_field"),
        ({"series_field": "nowhere"}, "series_field"),
        ({"order": "random"}, "order"),
        ({"retention": "7d"}, "retention"),
        ({"backfill_days": -1}, "backfill_days"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_bad_declaration_is_told_with_its_place(
    one: TenantHandle, change: dict[str, Any], path: str
) -> None:
    problem = one.api().post_json("/api/streams", {**READINGS, **change}, status=422).json
    assert problem["errors"][0]["path"].partition(".")[0] == path, problem
    assert one.api().get("/api/streams").json["data"] == []


def test_the_list_holds_what_the_caller_may_view(door: Door, other_door: Door) -> None:
    names = [stream["name"] for stream in door.client.get("/api/streams").json["data"]]
    assert names == ["arrivals", "temperature"]
    assert door.tenant.api("viewer").get("/api/streams").json["data"] != []
    assert door.tenant.api("author").get("/api/streams").json["data"] == []
    assert other_door.client.get("/api/streams").json["data"][0]["id"] not in [
        stream["id"] for stream in door.client.get("/api/streams").json["data"]
    ]


def test_who_may_not_declare_is_refused(one: TenantHandle) -> None:
    for role in ("viewer", "author", "editor"):
        one.api(role).post_json("/api/streams", READINGS, status=403)
    one.visitor().post_json("/api/streams", READINGS, status=401)
    assert one.api().get("/api/streams").json["data"] == []


def test_a_stream_has_an_etag(door: Door) -> None:
    answer = door.client.get("/api/streams/temperature")
    tag = answer.headers["ETag"]
    assert door.client.get("/api/streams/temperature", headers={"If-None-Match": tag}, status=304).body == b""
    door.client.get("/api/streams/temperature", headers={"If-None-Match": '"other"'}, status=200)


def test_a_stream_of_the_platform_has_no_door_here(door: Door) -> None:
    door.client.get("/api/streams/_audit", status=404)
    door.client.get("/api/streams/_audit/records", status=404)
    door.push({"a": 1}, stream="_audit", status=404)
    assert all(not stream["system"] for stream in door.client.get("/api/streams").json["data"])


def test_another_tenants_token_is_nobody_here(door: Door, two: TenantHandle) -> None:
    stranger = door.tenant.visitor()
    stranger.authorization = ("Bearer", two.token("owner"))
    for path in ("/api/streams", "/api/streams/temperature", "/api/streams/temperature/records"):
        stranger.get(path, status=401)
    stranger.post_json(
        "/api/streams/temperature/records", {"time": "2010-01-01T00:00:00Z", "temp": 1}, status=401
    )
    assert door.records() == []


def test_a_stream_of_another_tenant_is_missing(door: Door, two: TenantHandle) -> None:
    client = open_door(two, "owner").client
    for path in ("", "/records", "/latest"):
        absent = client.get(f"/api/streams/temperature{path}", status=404).json
        nothing = client.get(f"/api/streams/nothing{path}", status=404).json
        assert {**absent, "request_id": ""} == {**nothing, "request_id": ""}


def test_a_stream_one_may_not_view_looks_like_a_missing_one(door: Door) -> None:
    client = door.tenant.api("author")
    hidden = client.get("/api/streams/temperature", status=404).json
    missing = client.get("/api/streams/nothing", status=404).json
    assert {**hidden, "request_id": ""} == {**missing, "request_id": ""}


def test_without_the_feature_there_is_no_door_at_the_next_request_in_any_process(door: Door) -> None:
    elsewhere = door.tenant.installation.another_process()
    client = elsewhere.client(door.tenant.host)
    client.authorization = ("Bearer", door.tenant.token())
    client.get("/api/streams", status=200)
    with door.tenant.work() as work:
        work.find_service(Features).change("streams", on=False, actor=None)
    for caller in (client, door.client):
        for path in ("/api/streams", "/api/streams/temperature", "/api/streams/temperature/records"):
            caller.get(path, status=404)
        assert all(branch["id"] != "streams" for branch in caller.get("/api/").json["data"])
    with door.tenant.work() as work:
        work.find_service(Features).change("streams", on=True, actor=None)
    client.get("/api/streams", status=200)


def test_as_many_streams_as_the_settings_allow(door: Door) -> None:
    with door.tenant.work() as work:
        work.find_service(Features).change("streams", settings={"max_streams": 2}, actor=None)
    problem = door.client.post_json("/api/streams", {"name": "third"}, status=409).json
    assert "2 streams" in problem["detail"]

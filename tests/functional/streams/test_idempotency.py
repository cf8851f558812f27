"""A request that names itself is done once, however often it is sent and whoever dies meanwhile."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from insula.api.holders import this_process
from insula.api.interfaces import IdempotencyKeys, Sender
from insula.api.models import IdempotencyKey
from insula.kit.clock import now
from tests.functional.streams.conftest import Door
from tests.makers import TenantHandle

LINES = [{"n": n} for n in range(5)]


def change(tenant: TenantHandle, **values: Any) -> None:
    with tenant.work() as work:
        work.db.execute(update(IdempotencyKey).values(**values))


def dead() -> str:
    machine, pid, start = this_process().rsplit(" ", 2)
    return f"{machine} {pid} {int(start) - 1}"


def test_fifty_retries_make_one_set_of_records(door: Door) -> None:
    answers = [door.push_lines(*LINES, stream="arrivals", key="k") for _ in range(50)]
    assert all(answer == answers[0] for answer in answers)
    records = door.records(stream="arrivals")
    assert sorted(record["id"] for record in records) == sorted(answers[0]["ids"])


def test_retries_at_the_same_moment_make_one_set_of_records(door: Door) -> None:
    statuses: list[int] = []
    body = b"\n".join(json.dumps(line).encode() for line in LINES)

    def send() -> None:
        client = door.tenant.api()
        headers = {"Idempotency-Key": "k"}
        path = "/api/streams/arrivals/records"
        while True:
            answer = client.post(
                path, body, content_type="application/x-ndjson", headers=headers, expect_errors=True
            )
            statuses.append(answer.status_int)
            if answer.status_int != 409:
                return
            assert answer.headers["Retry-After"] == "1"

    door.tenant.token()
    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses.count(201) == 8
    assert set(statuses) <= {201, 409}
    assert len(door.records(stream="arrivals")) == len(LINES)


def test_another_body_under_the_same_key_is_422(door: Door) -> None:
    door.push({"n": 1}, stream="arrivals", key="k")
    problem = door.push({"n": 2}, stream="arrivals", key="k", status=422)
    assert problem["errors"][0]["path"] == "Idempotency-Key"
    assert len(door.records(stream="arrivals")) == 1


def test_the_same_body_under_another_key_is_another_record(door: Door) -> None:
    door.push({"n": 1}, stream="arrivals", key="k-1")
    door.push({"n": 1}, stream="arrivals", key="k-2")
    assert len(door.records(stream="arrivals")) == 2


def test_a_key_belongs_to_one_account_one_stream_and_one_tenant(door: Door, other_door: Door) -> None:
    owner = Door(door.tenant.api("owner"), door.tenant)
    reading = {"time": "2010-01-01T00:00:00Z", "temp": 1}
    door.push({"n": 1}, stream="arrivals", key="k")
    owner.push({"n": 2}, stream="arrivals", key="k")
    door.push(reading, key="k")
    other_door.push({"n": 3}, stream="arrivals", key="k")
    assert len(door.records(stream="arrivals")) == 2
    assert len(other_door.records(stream="arrivals")) == 1


def test_a_request_still_running_is_409_with_a_time_to_come_back(door: Door) -> None:
    first = door.push_lines(*LINES, stream="arrivals", key="k")
    change(
        door.tenant,
        answer=None,
        status=None,
        holder=this_process(),
        leased_until=now() + timedelta(seconds=30),
    )
    headers = {"Idempotency-Key": "k"}
    body = b"\n".join(json.dumps(line).encode() for line in LINES) + b"\n"
    refused = door.client.post(
        "/api/streams/arrivals/records",
        body,
        content_type="application/x-ndjson",
        headers=headers,
        status=409,
    )
    assert refused.headers["Retry-After"] == "1"
    change(door.tenant, leased_until=now() - timedelta(seconds=1))
    assert door.push_lines(*LINES, stream="arrivals", key="k")["ids"] == first["ids"]


def test_a_key_whose_holder_was_killed_changes_hands_at_once_and_lands_on_the_same_records(
    door: Door,
) -> None:
    first = door.push_lines(*LINES, stream="arrivals", key="k")
    change(door.tenant, answer=None, status=None, holder=dead(), leased_until=now() + timedelta(hours=1))
    again = door.push_lines(*LINES, stream="arrivals", key="k")
    assert again["ids"] == first["ids"]
    assert len(door.records(stream="arrivals")) == len(LINES)


def test_killed_between_the_key_and_the_store_the_retry_keeps_the_first_arrival(door: Door) -> None:
    arrived = now().replace(microsecond=0) - timedelta(minutes=7)
    first = door.push_lines(*LINES, stream="arrivals", key="k")
    change(door.tenant, answer=None, status=None, holder=dead(), arrived_at=arrived)
    again = door.push_lines(*LINES, stream="arrivals", key="k")
    assert set(again["ids"]).isdisjoint(first["ids"])
    times = {record["time"] for record in door.records("sort=time&limit=5", stream="arrivals")[:5]}
    assert times == {arrived.strftime("%Y-%m-%dT%H:%M:%S.000Z")}


def test_a_failure_lets_go_of_the_key(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    from insula.events.durable import OutboxedRecords  # what fails here is that promise
    from insula.kit.errors import Unavailable

    def down(*_args: object) -> None:
        raise Unavailable("down", retry_after=9)

    with monkeypatch.context() as patched:
        patched.setattr(OutboxedRecords, "append", down)
        for _ in range(2):
            answer = door.client.post_json(
                "/api/streams/arrivals/records", {"n": 1}, headers={"Idempotency-Key": "k"}, status=503
            )
            assert answer.headers["Retry-After"] == "9"
    assert door.push({"n": 1}, stream="arrivals", key="k")["accepted"] == 1


def test_after_a_day_a_key_is_forgotten(door: Door) -> None:
    first = door.push({"n": 1}, stream="arrivals", key="k")
    change(door.tenant, arrived_at=now() - timedelta(hours=24, seconds=1))
    second = door.push({"n": 2}, stream="arrivals", key="k")
    assert second["ids"] != first["ids"]


def test_a_request_that_is_refused_leaves_its_key_free(door: Door) -> None:
    door.push({"temp": 1}, key="k", status=422)
    door.push({"time": "2010-01-01T00:00:00Z", "temp": 1}, key="k", status=201)


@pytest.mark.parametrize("key", ["x" * 256, "tab\there"])
def test_a_key_that_cannot_be_kept_is_400(door: Door, key: str) -> None:
    door.push({"n": 1}, stream="arrivals", key=key, status=400)


def test_a_key_of_one_tenant_is_unknown_in_another(door: Door, two: TenantHandle) -> None:
    door.push({"n": 1}, stream="arrivals", key="k")
    with door.tenant.work(writing=False) as work:
        from sqlalchemy import select

        row = work.db.scalars(select(IdempotencyKey)).one()
    sender = Sender(row.account_id, row.endpoint, row.key)
    with two.work(writing=False) as work:
        assert work.find_service(IdempotencyKeys).peek(sender, row.body_hash) is None

"""Streams of two tenants, and the few verbs that their tests share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from insula.security.interfaces import Policies
from tests.makers import TenantHandle

READINGS = {
    "name": "temperature",
    "title": "Temperature",
    "schema": {
        "type": "object",
        "properties": {"time": {"type": "string"}, "temp": {"type": "number"}},
        "required": ["time", "temp"],
        "additionalProperties": False,
    },
    "time_field": "time",
    "backfill_days": 30_000,
}
ARRIVALS = {"name": "arrivals", "title": "Arrivals"}

VISITORS_VIEW_STREAMS = """
@id("visitors-view-the-temperature")
permit(principal, action == Action::"view", resource == Stream::"temperature");
"""


@dataclass
class Door:
    """A tenant's streams through the API, as one caller."""

    client: Any
    tenant: TenantHandle

    def push(
        self,
        body: Any,
        *,
        stream: str = "temperature",
        media: str = "application/json",
        key: str | None = None,
        status: int = 201,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Push a body and return the answer's JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {**(headers or {}), **({"Idempotency-Key": key} if key else {})}
        path = f"/api/streams/{stream}/records"
        return self.client.post(path, data, content_type=media, headers=sent, status=status).json

    def push_lines(self, *records: Any, **options: Any) -> Any:
        """Push records as lines."""
        lines = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
        return self.push(b"\n".join(lines) + b"\n", media="application/x-ndjson", **options)

    def records(self, query: str = "", *, stream: str = "temperature") -> list[Any]:
        """Return all records, page after page."""
        found, path = [], f"/api/streams/{stream}/records?{query}"
        while path:
            answer = self.client.get(path)
            found += answer.json["data"]
            path = (
                answer.headers["Link"].partition("<")[2].partition(">")[0] if "after" in answer.json else ""
            )
        return found


def open_door(tenant: TenantHandle, role: str = "admin") -> Door:
    """Return the door of a tenant as a role."""
    return Door(tenant.api(role), tenant)


@pytest.fixture
def door(one: TenantHandle) -> Door:
    """The first tenant as an admin's token, with two streams."""
    made = open_door(one)
    made.client.post_json("/api/streams", READINGS, status=201)
    made.client.post_json("/api/streams", ARRIVALS, status=201)
    return made


@pytest.fixture
def other_door(two: TenantHandle) -> Door:
    """The second tenant, with streams of the same names."""
    made = open_door(two)
    made.client.post_json("/api/streams", READINGS, status=201)
    made.client.post_json("/api/streams", ARRIVALS, status=201)
    return made


def let_visitors_view(tenant: TenantHandle) -> None:
    """Add a rule by which everybody may view the stream."""
    with tenant.work() as work:
        policies = work.find_service(Policies)
        now = policies.current()
        policies.publish(now.text + VISITORS_VIEW_STREAMS, now.grid, None, "for visitors")

"""Airports under rules, for two tenants."""

from __future__ import annotations

from typing import Any

import pytest

from insula.collections.interfaces.schemas import CollectionDocument, Collections
from insula.kit import json
from insula.security.interfaces import Policies
from tests.makers import TenantHandle

AIRPORTS = {
    "title": "Airports",
    "drafts": False,
    "display": "{iata}",
    "fields": [
        {"name": "iata", "type": "text", "required": True, "unique": True},
        {"name": "name", "type": "text", "searchable": True},
        {"name": "state", "type": "text", "indexed": True, "searchable": True},
        {"name": "city", "type": "text", "indexed": True, "searchable": True},
        {"name": "latitude", "type": "decimal", "scale": 4, "indexed": True},
        {"name": "near", "type": "link", "collection": "airports"},
    ],
    "indexes": [["state", "latitude"]],
}
ROWS = (
    ("SFO", "San Francisco", "CA", "Millbrae", "37.6200"),
    ("OAK", "Oakland", "CA", "Alameda", "37.7200"),
    ("SEA", "Tacoma", "WA", "SeaTac", "47.4500"),
    ("PDX", "Portland", "OR", "Airportland", "45.5900"),
)
BASE = "/api/collections/airports"
PATCH = "application/merge-patch+json"


def publish(tenant: TenantHandle, *rules: str) -> None:
    """Add rules to the policy in force."""
    with tenant.work() as work:
        policies: Policies = work.find_service(Policies)
        now = policies.current()
        policies.publish("\n".join((now.text, *rules)), now.grid, None, "For a test.")


def filled(tenant: TenantHandle) -> dict[str, str]:
    """Declare airports, make four of them, each near the one before, and return their ids by code."""
    with tenant.work() as work:
        document = CollectionDocument.model_validate(AIRPORTS)
        work.find_service(Collections).create("airports", document, by="tests")
    editor, ids = tenant.api("editor"), {}
    near: Any = None
    for iata, name, state, city, latitude in ROWS:
        values = {
            "iata": iata,
            "name": name,
            "state": state,
            "city": city,
            "latitude": latitude,
            "near": near,
        }
        near = ids[iata] = editor.post_json(f"{BASE}/entries", values, status=201).json["id"]
    return ids


def patched(client: Any, address: str, values: Any, version: int = 1, **options: Any) -> Any:
    """Send a merge-patch."""
    headers = {"If-Match": f'"{version}"'}
    return client.patch(address, json.dumps(values), headers=headers, content_type=PATCH, **options)


@pytest.fixture
def ids(one: TenantHandle, two: TenantHandle) -> dict[str, str]:
    """Fill both tenants, and return the ids of the first one's airports."""
    filled(two)
    return filled(one)

"""Airports and the routes between them, of two tenants, that tests of queries read and never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from insula.collections.interfaces.entries import Entries, Stage
from insula.collections.interfaces.queries import Question
from insula.collections.interfaces.schemas import CollectionDocument, Collections
from insula.collections.queries.services import queries_of
from insula.collections.queries.sight import EverySight
from insula.kit.json import loads
from insula.security.interfaces import Policies
from tests.installations import Installation
from tests.makers import TenantHandle

STATES = ("CA", "OR", "WA", None)
AIRPORTS: dict[str, Any] = {
    "title": "Airports",
    "drafts": False,
    "order": "iata",
    "fields": [
        {"name": "iata", "type": "text", "unique": True},
        {"name": "name", "type": "text", "searchable": True},
        {"name": "secret", "type": "text", "searchable": True, "indexed": True},
        {"name": "state", "type": "text", "indexed": True},
        {"name": "state_plain", "type": "text"},
        {"name": "latitude", "type": "decimal", "scale": 6, "indexed": True},
        {"name": "latitude_plain", "type": "decimal", "scale": 6},
        {"name": "rank", "type": "integer", "indexed": True},
        {"name": "rank_plain", "type": "integer"},
        {"name": "open", "type": "boolean"},
        {"name": "opened", "type": "datetime"},
        {"name": "tags", "type": "list", "items": "text", "indexed": True},
        {"name": "tags_plain", "type": "list", "items": "text"},
        {"name": "extra", "type": "object"},
    ],
    "indexes": [["state", "latitude"]],
}
ROUTES: dict[str, Any] = {
    "title": "Routes",
    "drafts": False,
    "fields": [
        {"name": "number", "type": "integer", "unique": True},
        {"name": "origin", "type": "link", "collection": "airports"},
        {"name": "via", "type": "list", "items": "link", "collection": "airports"},
        {"name": "back", "type": "link", "collection": "routes"},
    ],
}


def airport(number: int) -> dict[str, Any]:
    """Return an airport; some have no value here or there, and many have the same."""
    state = STATES[number % 4]
    latitude = None if number % 11 == 0 else f"{(number * 37) % 90 - 40}.{number % 7}"
    rank = None if number % 5 == 4 else number % 6 - 2
    tags = [["north", "small"], ["north"], [], None][number % 4]
    return {
        "iata": f"A{number:03d}",
        "name": f"{'Bay' if number % 3 else 'Mountain'} Field {number}",
        "secret": f"vault{number % 2}",
        "state": state,
        "state_plain": state,
        "latitude": latitude,
        "latitude_plain": latitude,
        "rank": rank,
        "rank_plain": rank,
        "open": None if number % 7 == 0 else number % 2 == 0,
        "opened": f"2026-01-{number % 28 + 1:02d}T00:00:00Z",
        "tags": tags,
        "tags_plain": tags,
        "extra": {"n": number} if number % 2 else None,
    }


@dataclass
class World:
    """A tenant with airports and routes."""

    tenant: TenantHandle
    airports: list[dict[str, Any]]
    routes: list[dict[str, Any]]

    def get(self, query: str, role: str = "admin", collection: str = "airports", status: int = 200) -> Any:
        """Return the JSON of an answer below the entries of a collection."""
        address = f"/api/collections/{collection}/entries{query}"
        return self.tenant.api(role).get(address, status=status).json

    def all(self, query: str, role: str = "admin", limit: int = 7) -> list[dict[str, Any]]:
        """Return all entries of a list, page after page."""
        client, found = self.tenant.api(role), []
        path = f"/api/collections/airports/entries?limit={limit}{query}"
        while path:
            answer = client.get(path)
            found += answer.json["data"]
            path = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]
        return found

    def add_rules(self, rules: str) -> None:
        """Publish rules beside those of a new tenant."""
        with self.tenant.work() as work:
            policies = work.find_service(Policies)
            now = policies.current()
            policies.publish(now.text + rules, now.grid, None, "for this test")


def make_world(installation: Installation, name: str, size: int = 60) -> World:
    """Make a tenant with airports and routes."""
    tenant = installation.tenant(name)
    with tenant.work() as work:
        collections, entries = work.find_service(Collections), work.find_service(Entries)
        for each, document in (("airports", AIRPORTS), ("routes", ROUTES)):
            collections.create(each, CollectionDocument.model_validate(document), by="tests")
        made, _ = entries.create_many("airports", [airport(number) for number in range(size)], author=None)
        ids = [str(each.id) for each in made]
        first = [
            {"number": number, "origin": ids[number], "via": ids[number : number + 2]} for number in range(6)
        ]
        routes, _ = entries.create_many("routes", first, author=None)
        back = {"number": 6, "origin": ids[6], "back": str(routes[0].id)}
        entries.create("routes", back, author=None)
    return World(tenant, *(_every(tenant, name) for name in ("airports", "routes")))


def _every(tenant: TenantHandle, collection: str) -> list[dict[str, Any]]:
    with tenant.work(writing=False) as work:
        queries = queries_of(work, EverySight())
        question = Question(collection, Stage.LIVE)
        return [loads(text) for text in queries.texts(question, list(queries.each(question)))]


@pytest.fixture(scope="module")
def world(installation: Installation) -> World:
    """The first tenant."""
    return make_world(installation, "one")


@pytest.fixture(scope="module")
def other(installation: Installation) -> World:
    """A second tenant, with entries of the same kinds."""
    return make_world(installation, "two", 20)

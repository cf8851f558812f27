"""Collections that tests of entries share."""

from __future__ import annotations

import pytest

from insula.collections.interfaces.entries import Entries
from insula.collections.interfaces.schemas import CollectionDocument, Collections
from tests.makers import TenantHandle

AIRPORTS = {
    "title": "Airports",
    "fields": [
        {"name": "iata", "type": "text", "required": True, "unique": True, "pattern": "[A-Z]{3}"},
        {"name": "name", "type": "text", "searchable": True, "max_length": 100},
        {"name": "state", "type": "text", "indexed": True},
        {"name": "latitude", "type": "decimal", "scale": 4, "indexed": True},
        {"name": "note", "type": "object"},
    ],
    "indexes": [["state", "latitude"]],
}
ROUTES = {
    "title": "Routes",
    "drafts": False,
    "fields": [
        {"name": "number", "type": "integer", "unique": True},
        {"name": "origin", "type": "link", "collection": "airports", "on_delete": "restrict"},
        {"name": "via", "type": "list", "items": "link", "collection": "airports", "on_delete": "clear"},
        {"name": "hub", "type": "link", "collection": "airports", "on_delete": "delete"},
    ],
}
HOME = {"title": "Home", "singleton": True, "fields": [{"name": "words", "type": "text"}]}


def declare(tenant: TenantHandle, **documents: dict) -> None:
    """Declare collections."""
    with tenant.work() as work:
        for name, document in documents.items():
            made = CollectionDocument.model_validate(document)
            work.find_service(Collections).create(name, made, by="tests")


def entries(work) -> Entries:
    """Return the service."""
    return work.find_service(Entries)


@pytest.fixture
def airports(one, two):
    """Declare the same collections for two tenants."""
    for tenant in (one, two):
        declare(tenant, airports=AIRPORTS, routes=ROUTES, home=HOME)
    return one

"""Two tenants with collections, and browsers signed in, made once a module: each test writes entries of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from insula.collections.interfaces.entries import Entries
from insula.collections.interfaces.schemas import CollectionDocument, Collections
from insula.security.interfaces import Policies
from tests.makers import TenantHandle

AIRPORTS = {
    "title": "Airports",
    "display": "{iata}",
    "order": "iata",
    "fields": [
        {"name": "iata", "type": "text", "required": True, "unique": True, "pattern": "[A-Z0-9]{3}"},
        {"name": "name", "type": "text", "searchable": True, "max_length": 100},
        {"name": "latitude", "type": "decimal", "scale": 4, "min": "-90", "max": "90", "indexed": True},
        {"name": "country", "type": "link", "collection": "countries"},
        {"name": "notes", "type": "rich_text"},
        {"name": "photo", "type": "file"},
    ],
}
COUNTRIES = {
    "title": "Countries",
    "drafts": False,
    "fields": [{"name": "name", "type": "text", "required": True, "searchable": True}],
}
HOME = {"title": "Home", "singleton": True, "fields": [{"name": "words", "type": "text"}]}


@dataclass
class Desk:
    """A tenant, and browsers of people with roles."""

    handle: TenantHandle
    clients: dict[str, Any] = field(default_factory=dict)

    def browser(self, role: str = "owner") -> Any:
        """Return the browser of somebody with this role."""
        if role not in self.clients:
            self.clients[role] = self.handle.signed_in(role)
        return self.clients[role]

    def get(self, path: str, role: str = "owner") -> Any:
        """Return a screen, whatever it answers."""
        return self.browser(role).get(f"/admin/collections{path}", expect_errors=True)

    def declare(self, name: str, document: dict[str, Any]) -> None:
        """Declare a collection."""
        with self.handle.work() as work:
            made = CollectionDocument.model_validate(document)
            work.find_service(Collections).create(name, made, by="a test")

    def entry(self, collection: str = "airports", **values: Any) -> str:
        """Write an entry, and return its id."""
        with self.handle.work() as work:
            return str(work.find_service(Entries).create(collection, values, author=None).id)

    def rule(self, text: str) -> None:
        """Add a rule to the policy in force."""
        with self.handle.work() as work:
            policies = work.find_service(Policies)
            current = policies.current()
            policies.publish(current.text + text, current.grid, None, "A test.")


def desk(installation: Any, name: str) -> Desk:
    """Make a tenant with the collections of these tests."""
    made = Desk(installation.tenant(name))
    for collection, document in (("countries", COUNTRIES), ("airports", AIRPORTS), ("home", HOME)):
        made.declare(collection, document)
    return made


@pytest.fixture(scope="module")
def one(installation: Any) -> Desk:
    """A tenant with collections."""
    return desk(installation, "one")


@pytest.fixture(scope="module")
def two(installation: Any) -> Desk:
    """A second tenant with the same collections, to whom nothing of the first belongs."""
    return desk(installation, "two")


@pytest.fixture
def strict(installation: Any) -> Desk:
    """A tenant of one test, which is going to have rules of its own."""
    return desk(installation, "strict")

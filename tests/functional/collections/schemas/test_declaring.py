"""Collections are declared, found again, and deleted; every wrong place of a document is named."""

from typing import Any

import pytest

from insula.collections.interfaces.schemas import CollectionDocument, Collections
from insula.kit.errors import Conflict, Invalid, NotFound, Stale
from tests.makers import TenantHandle

AIRPORTS = CollectionDocument.model_validate(
    {
        "title": "Airports",
        "display": "{iata}, {name}",
        "order": "iata",
        "fields": [
            {"name": "iata", "type": "text", "required": True, "unique": True, "pattern": "[A-Z0-9]{3,4}"},
            {"name": "name", "type": "text", "searchable": True},
            {"name": "state", "type": "text", "indexed": True},
            {"name": "latitude", "type": "decimal", "scale": 6, "indexed": True, "min": -90, "max": 90},
        ],
        "indexes": [["state", "latitude"]],
    }
)


def test_a_collection_is_found_by_its_tenant_alone(one: TenantHandle, two: TenantHandle) -> None:
    """Other processes read it from their next session on; to another tenant it does not exist."""
    with one.work(writing=False) as work:
        assert work.find_service(Collections).all() == ()
    with one.work() as work:
        made = work.find_service(Collections).create("airports", AIRPORTS, by="ada")
        assert work.find_service(Collections).find("airports") is made
    with one.work(writing=False) as work:
        found = work.find_service(Collections).find("airports")
        assert (found.document, found.version, found.changed_by) == (AIRPORTS, 1, "ada")
        assert list(found.indexes) == ["iata", "state", "latitude", "state+latitude"]
    with one.work(writing=False) as work:
        assert work.find_service(Collections).find("airports") is found
    with two.work(writing=False) as work, pytest.raises(NotFound):
        work.find_service(Collections).find("airports")


def test_a_name_is_taken_once(one: TenantHandle, two: TenantHandle) -> None:
    """By each tenant."""
    for tenant in (one, two):
        with tenant.work() as work:
            work.find_service(Collections).create("airports", AIRPORTS, by="ada")
    with pytest.raises(Conflict), one.work() as work:
        work.find_service(Collections).create("airports", AIRPORTS, by="ada")


@pytest.mark.parametrize("name", ["", "Airports", "true", "a-b", "9lives", "a" * 64])
def test_a_name_is_an_identifier(one: TenantHandle, name: str) -> None:
    """Rules and addresses speak of it."""
    with pytest.raises(Invalid) as refused, one.work() as work:
        work.find_service(Collections).create(name, AIRPORTS, by="ada")
    assert [error.path for error in refused.value.errors] == ["name"]


def test_what_others_link_to_stays(one: TenantHandle, two: TenantHandle) -> None:
    """Until they do not; and only who has seen its present version deletes a collection."""
    linking = CollectionDocument.model_validate(
        {"title": "Flights", "fields": [{"name": "origin", "type": "link", "collection": "airports"}]}
    )
    with one.work() as work:
        work.find_service(Collections).create("airports", AIRPORTS, by="ada")
        work.find_service(Collections).create("flights", linking, by="ada")
    with pytest.raises(Conflict, match=r"flights\.origin"), one.work() as work:
        work.find_service(Collections).delete("airports", expected=1, by="ada")
    with pytest.raises(Stale), one.work() as work:
        work.find_service(Collections).delete("flights", expected=2, by="ada")
    with pytest.raises(NotFound), two.work() as work:
        work.find_service(Collections).delete("flights", expected=1, by="ada")
    with one.work() as work:
        assert work.find_service(Collections).delete("flights", expected=1, by="ada") == 0
        assert work.find_service(Collections).delete("airports", expected=1, by="ada") == 0
    with one.work(writing=False) as work:
        assert work.find_service(Collections).all() == ()


def field(**members: Any) -> dict[str, Any]:
    """Return a field that is sound but for what is given."""
    return {"name": "one", "type": "text", **members}


WRONG = {
    "name": field(name="version"),
    "name ": field(name="in"),
    "items": field(type="list"),
    "scale": field(scale=2),
    "choices": field(type="choice"),
    "collection": field(type="link"),
    "collection ": field(type="link", collection="nowhere"),
    "pattern": field(pattern="(?=a)"),
    "min": field(type="date", min="yesterday"),
    "max": field(type="decimal", scale=1, min="10", max="9.5"),
    "max_length": field(type="integer", max_length=3),
    "max_length ": field(type="list", items="integer", indexed=True, max_length=50_000),
    "default": field(type="integer", default="three"),
    "unique": field(type="boolean", unique=True),
    "indexed": field(type="rich_text", indexed=True),
    "searchable": field(type="integer", searchable=True),
    "on_delete": field(type="link", collection="things", required=True, on_delete="clear"),
    "json_schema": field(json_schema={"type": "wrong"}),
    "json_schema ": field(json_schema={"$ref": "#"}),
    "json_schema  ": field(json_schema={"allOf": [{"type": "string"}] * 101}),
}


@pytest.mark.parametrize("path", WRONG)
def test_what_is_wrong_with_a_field_is_named(one: TenantHandle, path: str) -> None:
    """With the path of the member."""
    document = CollectionDocument.model_validate({"title": "Things", "fields": [WRONG[path]]})
    with pytest.raises(Invalid) as refused, one.work() as work:
        work.find_service(Collections).create("things", document, by="ada")
    assert [error.path for error in refused.value.errors] == [f"fields.0.{path.strip()}"]


@pytest.mark.parametrize(
    ("member", "value", "path"),
    [
        ("order", "-one", "order"),
        ("display", "{two}", "display"),
        ("display", "{one", "display"),
        ("display", "{one:>9}", "display"),
        ("indexes", [["one"]], "indexes.0"),
        ("indexes", [["one", "two"]], "indexes.0"),
        ("fields", [field(), field()], "fields.1.name"),
    ],
)
def test_what_is_wrong_with_the_rest_is_named(one: TenantHandle, member: str, value: Any, path: str) -> None:
    """Once its fields are sound."""
    given = {"title": "Things", "fields": [field()], member: value}
    with pytest.raises(Invalid) as refused, one.work() as work:
        work.find_service(Collections).create("things", CollectionDocument.model_validate(given), by="ada")
    assert [error.path for error in refused.value.errors] == [path]

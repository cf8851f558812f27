"""Values are read into one form, and everything that is wrong is named with its path."""

from __future__ import annotations

from dataclasses import replace
from time import process_time
from typing import Any
from uuid import UUID

import orjson
import pytest

from insula.collections.interfaces.schemas import Collection, CollectionDocument, FieldDocument
from insula.collections.schemas.check import Link, checked, checker_of
from insula.collections.schemas.fields import CheckedField, Misfit
from insula.collections.schemas.shapes import collection_shape
from insula.kit.clock import now
from insula.kit.errors import Invalid
from insula.kit.ids import uuid7

ID = "01a204f4-61d3-7a14-b787-abb122a7aad0"


def field(**members: Any) -> FieldDocument:
    """Return a field."""
    return FieldDocument.model_validate({"name": "one", **members})


def collection(*fields: dict[str, Any], **members: Any) -> Collection:
    """Return a collection in force."""
    document = CollectionDocument.model_validate({"title": "Things", "fields": fields, **members})
    return Collection(uuid7(), "things", document, 1, now(), now(), "ada")


@pytest.mark.parametrize(
    ("declared", "value", "stored"),
    [
        ({"type": "text"}, "Zürich", "Zürich"),
        ({"type": "integer"}, -(2**63), -(2**63)),
        ({"type": "decimal", "scale": 2}, 12.5, "12.50"),
        ({"type": "decimal", "scale": 2}, "-0.00", "0.00"),
        ({"type": "decimal", "scale": 0}, 1e3, "1000"),
        ({"type": "decimal", "scale": 6}, "1" * 30, "1" * 30 + ".000000"),
        ({"type": "boolean"}, False, False),
        ({"type": "datetime"}, "2026-03-31T20:00:00+02:00", "2026-03-31T18:00:00.000Z"),
        ({"type": "date"}, "2026-03-31", "2026-03-31"),
        ({"type": "time"}, "18:30", "18:30:00"),
        ({"type": "choice", "choices": ["a", "b"]}, "b", "b"),
        ({"type": "link", "collection": "things"}, ID.upper(), ID),
        ({"type": "list", "items": "decimal", "scale": 1}, [1, "2.5"], ["1.0", "2.5"]),
        ({"type": "object"}, {"a": [1]}, {"a": [1]}),
        ({"type": "text"}, None, None),
    ],
)
def test_a_value_has_one_form(declared: dict[str, Any], value: Any, stored: Any) -> None:
    """Which is read into itself again."""
    one = CheckedField(field(**declared))
    assert one.read(value) == stored
    assert one.read(stored) == stored
    assert one.convert(stored) == stored


@pytest.mark.parametrize(
    ("declared", "value", "path"),
    [
        ({"type": "text"}, 3, ""),
        ({"type": "text"}, "a\0b", ""),
        ({"type": "text"}, "\ud800", ""),
        ({"type": "text", "max_length": 3}, "abcd", ""),
        ({"type": "text", "pattern": "[a-z]+"}, "ab1", ""),
        ({"type": "text", "required": True}, "", ""),
        ({"type": "text", "required": True}, None, ""),
        ({"type": "integer"}, True, ""),
        ({"type": "integer"}, "3", ""),
        ({"type": "integer"}, 2**63, ""),
        ({"type": "integer", "min": 3}, 2, ""),
        ({"type": "decimal", "scale": 1}, "1.25", ""),
        ({"type": "decimal", "scale": 1}, "1e99", ""),
        ({"type": "decimal", "scale": 1}, "NaN", ""),
        ({"type": "decimal", "scale": 2}, "1.\u0663", ""),
        ({"type": "decimal", "scale": 2}, "\u0663", ""),
        ({"type": "decimal", "scale": 1, "max": "9.5"}, "10", ""),
        ({"type": "boolean"}, 1, ""),
        ({"type": "datetime"}, "2026-03-31T20:00:00", ""),
        ({"type": "datetime"}, "0001-01-01T00:00:00+14:00", ""),
        ({"type": "date", "max": "2026-01-01"}, "2026-01-02", ""),
        ({"type": "time"}, "25:00", ""),
        ({"type": "choice", "choices": ["a"]}, ["a"], ""),
        ({"type": "file"}, "nothing", ""),
        ({"type": "list", "items": "integer"}, [1, "2", 3, None], ".1"),
        ({"type": "list", "items": "text", "max_length": 1}, ["a", "b"], ""),
        ({"type": "list", "items": "text", "required": True}, [], ""),
        ({"type": "object", "json_schema": {"properties": {"a": {"type": "integer"}}}}, {"a": "b"}, ".a"),
        ({"type": "object"}, {"a": "\0"}, ""),
        ({"type": "object"}, [], ""),
    ],
)
def test_a_value_that_does_not_fit_is_refused(declared: dict[str, Any], value: Any, path: str) -> None:
    """At its place."""
    with pytest.raises(Misfit) as refused:
        CheckedField(field(**declared)).read(value)
    assert refused.value.errors[0].path == path


@pytest.mark.parametrize(
    ("declared", "value", "stored"),
    [
        ({"type": "integer"}, "12", 12),
        ({"type": "integer"}, "12.00", 12),
        ({"type": "text"}, 12, "12"),
        ({"type": "text"}, True, "true"),
        ({"type": "boolean"}, "yes", True),
        ({"type": "decimal", "scale": 1}, "12.50", "12.5"),
        ({"type": "list", "items": "text"}, "a", ["a"]),
        ({"type": "text"}, ["a"], "a"),
        ({"type": "date"}, "2026-03-31T00:00:00.000Z", "2026-03-31"),
        ({"type": "datetime"}, "2026-03-31", "2026-03-31T00:00:00.000Z"),
    ],
)
def test_what_was_stored_otherwise_is_kept_where_it_can_be(
    declared: dict[str, Any], value: Any, stored: Any
) -> None:
    """Without losing a digit."""
    assert CheckedField(field(**declared)).convert(value) == stored


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ({"type": "decimal", "scale": 1}, "12.55"),
        ({"type": "date"}, "2026-03-31T00:00:01.000Z"),
        ({"type": "text"}, ["a", "b"]),
        ({"type": "text"}, {"a": "b"}),
        ({"type": "integer"}, "twelve"),
    ],
)
def test_what_cannot_be_kept_whole_is_not_kept(declared: dict[str, Any], value: Any) -> None:
    """But told."""
    with pytest.raises(Misfit):
        CheckedField(field(**declared)).convert(value)


def test_an_entry_names_all_that_is_wrong() -> None:
    """Unknown fields with what was meant, and what the system keeps."""
    things = collection(
        {"name": "code", "type": "text", "required": True}, {"name": "size", "type": "integer"}
    )
    with pytest.raises(Invalid) as refused:
        checked(things, {"siz": 1, "version": 3, "size": "x"})
    assert {error.path for error in refused.value.errors} == {"siz", "version", "size", "code"}
    assert "size" in refused.value.errors[0].detail


def test_an_entry_has_every_field_its_keys_and_its_links() -> None:
    """Null where there is no value; unique values are taken."""
    things = collection(
        {"name": "code", "type": "text", "unique": True},
        {"name": "open", "type": "boolean", "default": True},
        {"name": "next", "type": "list", "items": "link", "collection": "things"},
        {"name": "picture", "type": "file"},
        indexes=[["open", "code"]],
    )
    made = checked(things, {"code": "A", "next": [ID], "picture": ID})
    assert orjson.loads(made.text) == {"code": "A", "open": True, "next": [ID], "picture": ID}
    assert {(key.field, key.key, key.taken) for key in made.keys} == {
        ("code", "1A", True),
        ("next", f"1{UUID(ID).hex}", False),
        ("picture", f"1{UUID(ID).hex}", False),
        ("open+code", "11\x011A\x01", False),
    }
    assert list(made.links) == [
        Link("next", "next.0", "things", UUID(ID), "restrict"),
        Link("picture", "picture", None, UUID(ID), "restrict"),
    ]
    edited = checked(things, {"code": None}, made.values)
    assert edited.values == {"code": None, "open": True, "next": [ID], "picture": ID}
    assert not any(key.taken for key in edited.keys)


def test_what_is_indexed_is_short() -> None:
    """Shorter still where it is indexed together with other fields."""
    code, name = {"name": "code", "type": "text", "indexed": True}, {"name": "name", "type": "text"}
    for members, most in (({}, 255), ({"indexes": [["code", "name"]]}, 100)):
        things = collection(code, name, **members)
        checked(things, {"code": "a" * most})
        with pytest.raises(Invalid):
            checked(things, {"code": "a" * (most + 1)})


def test_what_does_not_fit_any_more_stays_and_is_named() -> None:
    """With keys for no value."""
    things = collection({"name": "size", "type": "integer", "indexed": True})
    made, wrong = checker_of(things).rewrite({"size": "large", "gone": 1})
    assert (made.values, [error.path for error in wrong]) == ({"size": "large"}, ["size"])
    assert [key.key for key in made.keys] == ["0"]


def test_a_collection_shows_what_may_be_viewed_of_it() -> None:
    """What names another field is left out."""
    things = collection(
        {"name": "code", "type": "text", "indexed": True},
        {"name": "secret", "type": "text", "indexed": True},
        display="{code} {secret}",
        order="secret,code",
        indexes=[["code", "secret"]],
    )
    shown = collection_shape(things, frozenset({"code"}))
    assert [one.name for one in shown["fields"]] == ["code"]
    assert (shown["display"], shown["order"], shown["indexes"]) == ("", "code", [])


def test_of_a_thousand_names_that_are_no_fields_a_few_are_told():
    """Each is compared with the fields there are, which takes its time."""
    things = collection(*({"name": f"field_number_{number}", "type": "text"} for number in range(200)))
    began = process_time()
    with pytest.raises(Invalid) as told:
        checked(things, {f"fild_numbr_{number}": "" for number in range(10_000)})
    assert process_time() - began < 1
    assert len(told.value.errors) == 20
    assert "Did you mean field_number_" in told.value.errors[0].detail


def test_of_a_list_that_is_wrong_throughout_a_few_places_are_told():
    many = CheckedField(field(type="list", items="integer", max_length=1_000_000))
    began = process_time()
    with pytest.raises(Misfit) as told:
        many.read([""] * 300_000)
    assert process_time() - began < 1
    assert [error.path for error in told.value.errors] == [f".{index}" for index in range(5)]


def test_an_entry_is_no_larger_than_what_hundreds_of_are_read_at_once():
    things = collection(*({"name": f"field{number}", "type": "text"} for number in range(12)))
    long = {f"field{number}": "x" * 100_000 for number in range(10)}
    assert len(checked(things, long).text) > 1_000_000
    for more in ({"field11": "y" * 100_000}, {"field11": "ß" * 50_000}):
        with pytest.raises(Invalid) as told:
            checked(things, long | more)
        assert "1,048,576 bytes" in told.value.errors[0].detail


@pytest.mark.parametrize(
    ("renames", "stored", "shown"),
    [
        ([("a", "b"), ("b", "c")], {"a": 1}, {"c": 1}),
        ([("a", "b"), ("b", "c")], {"b": 1}, {"c": 1}),
        ([("a", "b"), ("b", "c")], {"a": 2, "b": 1}, {"a": 2, "c": 1}),
        ([("a", "b"), ("b", "c")], {"a": 2, "c": 1}, {"a": 2, "c": 1}),
        ([("a", "b"), ("b", "a")], {"b": 1}, {"a": 1}),
        ([("a", "b"), ("b", "a")], {"a": 1}, {"a": 1}),
        ([("a", "c"), ("a", "d")], {"a": 1}, {"c": 1}),
        ([("a", "c"), ("a", "d")], {"a": 2, "c": 1}, {"d": 2, "c": 1}),
    ],
)
def test_a_document_is_read_by_the_names_of_today(
    renames: list[tuple[str, str]], stored: dict[str, int], shown: dict[str, int]
) -> None:
    things = replace(collection(), renames=renames)
    assert things.of_today(stored) == shown

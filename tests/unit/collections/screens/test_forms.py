"""Forms of schemas and entries: what goes in as a document or a value comes out again as it was."""

from __future__ import annotations

import pytest
from webob.multidict import MultiDict

from insula.collections.interfaces.schemas import CollectionDocument, FieldDocument
from insula.collections.screens.schema_form import SchemaForm, place_errors
from insula.collections.screens.values import called, in_words, texts_of, value_of
from insula.kit.errors import Invalid

FIELDS = (
    {
        "name": "iata",
        "type": "text",
        "required": True,
        "unique": True,
        "pattern": "[A-Z]{3}",
        "max_length": 3,
    },
    {
        "name": "name",
        "type": "text",
        "title": "Name",
        "help": "Of the place.",
        "searchable": True,
        "default": "-",
    },
    {"name": "runways", "type": "integer", "min": 0, "max": 9, "default": 1, "indexed": True},
    {"name": "latitude", "type": "decimal", "scale": 4, "min": "-90", "max": "90"},
    {"name": "tower", "type": "boolean", "default": False},
    {"name": "opened", "type": "date", "min": "1900-01-01"},
    {"name": "kind", "type": "choice", "choices": ("civil", "military"), "default": "civil"},
    {"name": "country", "type": "link", "collection": "countries", "on_delete": "clear"},
    {"name": "tags", "type": "list", "items": "text"},
    {"name": "uses", "type": "list", "items": "choice", "choices": ("mail", "cargo")},
    {"name": "address", "type": "object", "json_schema": {"required": ["street"]}},
)
DOCUMENT = CollectionDocument(
    title="Airports",
    description="All of them.",
    display="{iata}, {name}",
    order="-runways",
    drafts=False,
    fields=FIELDS,
    indexes=(("iata", "runways"),),
)


def sent(form):
    """Return what a browser sends of a form."""
    pairs = [
        (name, getattr(form, name))
        for name in ("name", "title", "description", "display", "order", "indexes")
    ]
    pairs += [(name, "on") for name in ("singleton", "drafts") if getattr(form, name)]
    pairs += [
        (f"fields.{number}.{key}", value)
        for number, row in enumerate(form.rows)
        for key, value in row.items()
    ]
    return MultiDict(pairs)


def test_a_document_comes_back_from_its_form_as_it_was():
    assert SchemaForm.read(sent(SchemaForm.of("airports", DOCUMENT))).document() == DOCUMENT


@pytest.mark.parametrize(
    ("button", "order", "focus"),
    [
        ("up.1", "bac", 0),
        ("up.0", "abc", 0),
        ("down.2", "abc", 2),
        ("remove.1", "ac", 1),
        ("remove.9", "abc", None),
    ],
)
def test_rows_move_and_go(button, order, focus):
    form = SchemaForm(rows=[{"name": name} for name in "abc"])
    assert form.act(button, "") == focus
    assert "".join(row["name"] for row in form.rows) == order


def test_options_of_another_type_are_not_read():
    row = {"name": "a", "type": "integer", "choices": "x", "pattern": "(", "collection": "y", "max": "3"}
    assert SchemaForm(title="A", rows=[row]).document().fields == (
        FieldDocument(name="a", type="integer", max=3),
    )


def test_everything_wrong_is_said_at_once_at_its_control():
    rows = [{"name": "a", "type": "integer", "max": "many"}, {"name": "B", "type": "nothing"}]
    with pytest.raises(Invalid) as caught:
        SchemaForm(title="", rows=rows).document()
    placed = place_errors(caught.value)
    assert {"title", "fields.0.max", "fields.1.name", "fields.1.type"} <= placed["errors"].keys()
    assert ("f-fields-0-max", "Field 1, max: Use a whole number such as 12. You typed “many”.") in placed[
        "summary"
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ({"type": "text"}, "Perry"),
        ({"type": "rich_text"}, "One.\n\nTwo."),
        ({"type": "integer"}, -12),
        ({"type": "decimal", "scale": 2}, "1.50"),
        ({"type": "boolean"}, False),
        ({"type": "date"}, "2026-01-31"),
        ({"type": "time"}, "18:30:00"),
        ({"type": "list", "items": "integer"}, [1, 2]),
        ({"type": "list", "items": "choice"}, ["mail", "cargo"]),
        ({"type": "object"}, {"street": "1st", "number": 2}),
        ({"type": "text"}, None),
    ],
)
def test_a_value_comes_back_from_its_controls_as_it_was(kind, value):
    field = FieldDocument(name="a", **kind)
    assert value_of(field, texts_of(field, value)) == value


def test_a_moment_is_written_without_zone_and_read_as_utc():
    field = FieldDocument(name="a", type="datetime")
    assert texts_of(field, "2026-01-31T18:30:00.000Z") == ["2026-01-31T18:30"]
    assert value_of(field, ["2026-01-31T18:30"]) == "2026-01-31T18:30:00Z"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("integer", text) for text in ("twelve", "1e3", "9" * 60)),
        *(("object", text) for text in ("{", '{"a": NaN}', '{"a": 1e400}', "[" * 9_000)),
    ],
)
def test_what_cannot_be_read_is_left_to_the_check(kind, text):
    assert value_of(FieldDocument(name="a", type=kind), [text]) == text


def test_an_entry_is_called_by_what_may_be_seen_of_it():
    values = {"iata": "01G", "name": "Perry"}
    assert called(DOCUMENT, in_words(DOCUMENT.fields, values), "id") == "01G, Perry"
    assert called(DOCUMENT, in_words(DOCUMENT.fields, {"name": "Perry"}), "id") == "Perry"
    assert called(DOCUMENT, {}, "0" * 30 + "12345678") == "Entry 12345678"

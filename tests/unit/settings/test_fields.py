"""What a form says of a setting follows from its pydantic field alone."""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from insula.settings.fields import controls_for


class Colour(enum.Enum):
    BLUE = "deep_blue"
    RED = "red"


class Link(BaseModel):
    label: str = Field(description="What it says.")
    path: str = "/"


class Hero(BaseModel):
    title: str = "Hello"
    wide: bool = False


class Sample(BaseModel):
    rows: int = Field(10, ge=1, le=5000, title="Rows on a page", description="How many rows.")
    ratio: float = Field(0.5, le=1)
    price: Decimal = Decimal("1.50")
    note: str | None = None
    title: str = Field("Welcome", max_length=60)
    about: str = Field("", max_length=2000)
    open: bool = True
    order: Literal["newest", "oldest_first"] = "newest"
    colour: Colour = Colour.BLUE
    mood: Literal["calm", "wild"] | None = None
    tags: Annotated[list[str], Field(max_length=3, description="Words.")] = ["a", "b"]
    links: list[Link] = [Link(label="Home")]
    hero: Hero = Hero()
    extra: dict[str, int] = {}


def controls(values=None, errors=None):
    shown = Sample().model_dump(mode="json") | (values or {})
    return {control.name: control for control in controls_for(Sample, shown, errors or {})}


def test_each_type_gets_the_control_that_fits():
    assert {name: control.kind for name, control in controls().items()} == {
        "rows": "number",
        "ratio": "number",
        "price": "text",
        "note": "text",
        "title": "text",
        "about": "long",
        "open": "check",
        "order": "select",
        "colour": "select",
        "mood": "select",
        "tags": "lines",
        "links": "rows",
        "hero": "group",
        "extra": "json",
    }


def test_help_comes_from_the_description_and_tells_the_bounds():
    found = controls()
    assert found["rows"].help == "How many rows. 1 to 5,000."
    assert found["ratio"].help == "1 or less."
    assert found["title"].help == "At most 60 characters."
    assert found["tags"].help == "Words. One per line. At most 3 entries."


def test_labels_are_titles_or_the_name_in_words():
    assert controls()["rows"].label == "Rows on a page"
    assert controls()["open"].label == "Open"


def test_the_default_stands_beside_every_value():
    found = controls()
    defaults = {name: control.default for name, control in found.items() if control.default is not None}
    assert defaults == {
        "rows": "10",
        "ratio": "0.5",
        "price": "1.50",
        "note": "none",
        "title": "Welcome",
        "about": "empty",
        "open": "on",
        "order": "Newest",
        "colour": "Deep blue",
        "mood": "none",
        "tags": "a, b",
        "links": found["links"].default,
        "extra": "empty",
    }


def test_a_value_that_differs_from_its_default_is_marked_and_no_other():
    found = controls({"rows": 11})
    assert [name for name, control in found.items() if control.changed] == ["rows"]


def test_choices_of_literals_and_enums_are_offered_in_words_and_optional_ones_may_be_none():
    found = controls()
    assert found["order"].choices == (("newest", "Newest"), ("oldest_first", "Oldest first"))
    assert found["colour"].choices == (("deep_blue", "Deep blue"), ("red", "Red"))
    assert found["mood"].choices[0] == ("", "None")


def test_only_what_may_be_null_is_optional():
    assert [name for name, control in controls().items() if control.optional] == ["note", "mood"]


def test_rows_show_what_there_is_and_two_empty_ones():
    rows = controls()["links"].rows
    assert [[(cell.name, cell.value) for cell in row] for row in rows] == [
        [("links.0.label", "Home"), ("links.0.path", "/")],
        [("links.1.label", ""), ("links.1.path", "")],
        [("links.2.label", ""), ("links.2.path", "")],
    ]


def test_an_error_in_a_row_stands_at_its_own_cell():
    rows = controls(errors={"links.0.label": "Give a value."})["links"].rows
    assert (rows[0][0].error, rows[0][1].error) == ("Give a value.", "")


def test_an_error_of_one_line_stands_at_the_list():
    assert controls(errors={"tags.2": "Use text."})["tags"].error == "Use text."


def test_a_nested_model_is_a_group_with_controls_of_its_own():
    inner = controls({"hero": {"title": "Sea", "wide": True}})["hero"].controls
    assert [(one.name, one.kind, one.value) for one in inner] == [
        ("hero.title", "text", "Sea"),
        ("hero.wide", "check", True),
    ]


def test_an_unreadable_value_is_shown_again_as_it_was_typed():
    assert controls({"rows": "many"})["rows"].value == "many"

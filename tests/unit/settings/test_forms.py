"""A submitted form becomes the values of the settings model, and nothing else."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel, ValidationError

from insula.settings.forms import MAX_ROWS, read


class Link(BaseModel):
    label: str
    path: str = "/"
    note: str | None = None
    bold: bool = False


class Hero(BaseModel):
    title: str = "Hello"
    wide: bool = False


class Sample(BaseModel):
    rows: int = 10
    note: str | None = None
    limit: int | None = 5
    open: bool = True
    order: Literal["newest", "oldest"] = "newest"
    tags: list[str] = []
    links: list[Link] = []
    hero: Hero = Hero()
    extra: dict[str, int] = {}


def sample(**sent):
    values, errors = read(Sample, sent)
    assert not errors
    return Sample.model_validate(values)


def test_numbers_may_be_typed_with_commas_and_spaces():
    assert sample(rows=" 1,200 ").rows == 1200


def test_a_number_that_is_none_stays_as_typed_for_the_error_to_quote():
    values, errors = read(Sample, {"rows": "many"})
    assert values["rows"] == "many"
    assert not errors


def test_an_empty_number_is_told_by_the_model_and_not_taken_for_the_default():
    values, _ = read(Sample, {"rows": ""})
    with pytest.raises(ValidationError):
        Sample.model_validate(values)


def test_an_empty_optional_field_is_null():
    values, _ = read(Sample, {"note": "  ", "limit": ""})
    assert (values["note"], values["limit"]) == (None, None)


def test_a_box_that_is_not_ticked_is_off():
    assert read(Sample, {"open": "on"})[0]["open"] is True
    assert read(Sample, {})[0]["open"] is False


def test_a_list_has_one_entry_per_line_that_is_not_blank():
    assert sample(rows="1", tags="a\r\n\r\n  b \n").tags == ["a", "b"]


def test_rows_left_empty_are_dropped_and_the_rest_keep_their_order():
    found = sample(
        **{
            "rows": "1",
            "links.0.label": "One",
            "links.0.path": "/one",
            "links.1.label": "",
            "links.1.path": "",
            "links.10.label": "Three",
            "links.10.path": "",
            "links.2.label": "Two",
            "links.2.bold": "on",
            "links.2.path": "/two",
        }
    )
    assert found.links == [
        Link(label="One", path="/one"),
        Link(label="Two", path="/two", bold=True),
        Link(label="Three", path="/"),
    ]


def test_a_group_is_read_with_its_prefix():
    assert sample(**{"rows": "1", "hero.title": "Sea", "hero.wide": "on"}).hero == Hero(
        title="Sea", wide=True
    )


def test_json_that_does_not_read_is_told_with_its_place_and_kept():
    values, (error,) = read(Sample, {"extra": '{"a": '})
    assert values["extra"] == '{"a": '
    assert error.path == "settings.extra"
    assert error.detail.startswith("This does not read as JSON")


def test_names_the_model_does_not_have_are_not_read():
    sent = {"rows": "1", "secret": "x", "links.x.label": "y"}
    assert read(Sample, sent)[0] == {"rows": "1", "open": False, "links": [], "hero": {"wide": False}}


def test_a_control_that_was_not_sent_is_left_as_it_is():
    assert "note" not in read(Sample, {"rows": "1"})[0]


def test_a_form_cannot_make_an_endless_list():
    sent = {f"links.{number}.label": "x" for number in range(MAX_ROWS + 50)}
    assert len(read(Sample, sent)[0]["links"]) == MAX_ROWS

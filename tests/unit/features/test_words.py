"""What is wrong with a value is said in words that name the value and the remedy."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

from insula.features.words import field_errors, unknown


class Link(BaseModel):
    title: str
    count: int = 1
    path: str = Field("/", pattern="^/", description="Where it leads, such as /.")


class Sample(BaseModel):
    rows: int = Field(10, ge=1, le=500)
    title: str = Field("Welcome", min_length=1, max_length=12)
    order: Literal["newest", "oldest"] = "newest"
    tags: Annotated[list[str], Field(max_length=2)] = []
    links: list[Link] = []
    code: str = Field("A", pattern="^[A-Z]$")
    path: str = Field("/", pattern="^/", description="Begins with a slash, such as /about.")

    @field_validator("title")
    @classmethod
    def _no_shouting(cls, value: str) -> str:
        if value.isupper():
            raise ValueError("Use small letters too.")
        return value


def errors_of(**values: object) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        Sample.model_validate(values)
    return {error.path: error.detail for error in field_errors(caught.value, Sample, prefix="settings.")}


@pytest.mark.parametrize(
    ("values", "path", "words"),
    [
        ({"rows": "many"}, "settings.rows", "Use a whole number. You gave “many”."),
        ({"rows": ""}, "settings.rows", "Use a whole number."),
        ({"rows": 1200}, "settings.rows", "Use 500 or less. You gave 1,200."),
        ({"rows": 0}, "settings.rows", "Use 1 or more. You gave 0."),
        ({"title": ""}, "settings.title", "Give a value."),
        ({"title": "x" * 13}, "settings.title", "Use 12 characters or fewer. You gave 13 characters."),
        ({"title": "LOUD"}, "settings.title", "Use small letters too. You gave “LOUD”."),
        ({"title": 7}, "settings.title", "Use text. You gave 7."),
        ({"order": "best"}, "settings.order", "Choose 'newest' or 'oldest'. You gave “best”."),
        ({"tags": ["a", "b", "c"]}, "settings.tags", "Give 2 or fewer. You gave 3."),
        ({"links": [{"title": "a"}, {}]}, "settings.links.1.title", "Give a value."),
        ({"links": "none"}, "settings.links", "Use a list. You gave “none”."),
        ({"code": "1"}, "settings.code", "Use the form ^[A-Z]$. You gave “1”."),
        ({"path": "a"}, "settings.path", "Begins with a slash, such as /about. You gave “a”."),
        (
            {"links": [{"title": "x", "path": "a"}]},
            "settings.links.0.path",
            "Where it leads, such as /. You gave “a”.",
        ),
    ],
)
def test_each_kind_of_mistake_has_its_place_and_its_words(values, path, words):
    assert errors_of(**values) == {path: words}


def test_every_bad_field_is_named_at_once():
    assert set(errors_of(rows="x", title="", order="y")) == {
        "settings.rows",
        "settings.title",
        "settings.order",
    }


def test_a_long_value_is_quoted_only_in_part():
    assert errors_of(rows="z" * 500)["settings.rows"].endswith("z…”.")


def test_an_unknown_name_is_answered_with_the_nearest_one():
    (error,) = unknown(["row"], Sample, prefix="settings.")
    assert (error.path, error.detail) == (
        "settings.row",
        "There is no setting row. Did you mean rows?",
    )


def test_a_name_like_no_other_is_answered_with_all_there_are():
    (error,) = unknown(["zzz"], Sample)
    assert error.detail == "There is no setting zzz. There are: code, links, order, path, rows, tags, title."


def test_a_known_name_is_no_error():
    assert unknown(["rows"], Sample) == ()

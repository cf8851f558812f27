"""A merge patch over settings keeps what it does not name, and null means the default."""

from __future__ import annotations

from pydantic import BaseModel

from insula.features.patches import merged


class Hero(BaseModel):
    title: str = "Hello"
    wide: bool = False


class Sample(BaseModel):
    rows: int = 10
    note: str | None = "standing"
    hero: Hero = Hero()
    tags: list[str] = []


def apply(patch, **before):
    return Sample.model_validate(merged(Sample(**before), patch))


def test_what_is_not_named_stays():
    assert apply({"rows": 20}, tags=["a"]) == Sample(rows=20, tags=["a"])


def test_null_returns_to_the_default():
    assert apply({"rows": None}, rows=99).rows == 10


def test_null_is_a_value_where_the_field_allows_it():
    assert apply({"note": None}).note is None


def test_a_nested_model_is_merged_and_not_replaced():
    after = apply({"hero": {"wide": True}}, hero=Hero(title="Sea"))
    assert after.hero == Hero(title="Sea", wide=True)


def test_null_inside_a_nested_model_returns_to_its_default():
    assert apply({"hero": {"title": None}}, hero=Hero(title="Sea")).hero.title == "Hello"


def test_a_list_is_replaced_as_a_whole():
    assert apply({"tags": ["b"]}, tags=["a", "c"]).tags == ["b"]

"""Schemas are compiled once, match in linear time, and say where a record fails."""

from __future__ import annotations

from functools import partial

import pytest

from insula.kit.errors import Invalid
from insula.kit.ids import uuid7
from insula.kit.json import dumps
from insula.streams.schemas import SchemaCache, compile_schema
from tests.speed import spent, yardstick

SCHEMA = {
    "type": "object",
    "properties": {
        "time": {"type": "string", "format": "date-time"},
        "temp": {"type": "number", "minimum": -60},
        "where": {"type": "object", "properties": {"a/b": {"type": "integer"}}},
    },
    "required": ["time", "temp"],
    "additionalProperties": False,
}
GOOD = {"time": "2010-01-01T00:00:00-08:00", "temp": 39.4}


def places(record: dict, schema: dict = SCHEMA) -> list[str]:
    return [wrong.path for wrong in compile_schema(schema).check(record)]


def test_a_fitting_record_passes() -> None:
    assert places(GOOD) == []


def test_the_id_of_a_record_passes_a_closed_schema() -> None:
    assert places({**GOOD, "id": str(uuid7())}) == []


def test_an_id_that_the_schema_declares_is_checked_by_it() -> None:
    assert places({"id": 7}, {"properties": {"id": {"type": "string"}}}) == ["id"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"time": GOOD["time"]}, ["temp"]),
        ({**GOOD, "temp": "warm"}, ["temp"]),
        ({**GOOD, "temp": -100}, ["temp"]),
        ({**GOOD, "hum": 1}, ["hum"]),
        ({**GOOD, "where": {"a/b": 1.5}}, ['where["a/b"]']),
        ({**GOOD, "time": "yesterday"}, ["time"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(record: dict, expected: list[str]) -> None:
    assert places(record) == expected


def test_few_errors_are_told_of_one_record_and_none_is_long() -> None:
    wrong = compile_schema(SCHEMA).check({**GOOD, "temp": "x" * 5_000, **{f"m{n}": n for n in range(99)}})
    assert len(wrong) == 5
    assert all(len(each.detail) <= 201 for each in wrong)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"pattern": "(?=a)b"},
        {"properties": {"a": {"pattern": "(a)\\1"}}},
        {"$ref": "http://127.0.0.1:9/x"},
        {"$schema": "http://nowhere.invalid/"},
        [],
        {"description": "x" * 70_000},
    ],
)
def test_what_is_no_schema_or_cannot_be_served_is_refused(schema: object) -> None:
    with pytest.raises(Invalid) as caught:
        compile_schema(schema)
    assert caught.value.errors[0].path.startswith("schema")


def test_a_hostile_pattern_costs_no_time() -> None:
    compiled = compile_schema({"properties": {"a": {"pattern": "^(a+)+$"}}})
    record = {"a": "a" * 50_000 + "b"}
    assert compiled.check(record)
    assert spent(partial(compiled.check, record)) < 10 * yardstick()


def test_a_schema_is_compiled_once_for_each_version() -> None:
    cache, stream_id = SchemaCache(size=2), uuid7()
    first = cache.get(stream_id, 1, SCHEMA)
    assert cache.get(stream_id, 1, SCHEMA) is first
    assert cache.get(stream_id, 2, SCHEMA) is not first


def test_the_cache_forgets_what_was_used_longest_ago() -> None:
    cache = SchemaCache(size=2)
    ids = [uuid7() for _ in range(3)]
    first = cache.get(ids[0], 1, SCHEMA)
    second = cache.get(ids[1], 1, SCHEMA)
    assert cache.get(ids[0], 1, SCHEMA) is first
    cache.get(ids[2], 1, SCHEMA)
    assert cache.get(ids[0], 1, SCHEMA) is first
    assert cache.get(ids[1], 1, SCHEMA) is not second


def chain(word: str, levels: int, **more: object) -> dict:
    """A schema whose every level refers twice to the next."""
    steps = {f"a{n}": {word: [{"$ref": f"#/$defs/a{n + 1}"}] * 2, **more} for n in range(levels)}
    return {"$defs": {**steps, f"a{levels}": {"type": "object"}}, "$ref": "#/$defs/a0"}


TWICE = {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}
NESTED: dict = {}
for _ in range(25):
    NESTED = {"allOf": [NESTED], "unevaluatedProperties": True}


@pytest.mark.parametrize(
    "schema",
    [
        chain("allOf", 40),
        chain("anyOf", 12, unevaluatedProperties=False),
        {"properties": {"a": TWICE}},
        {"items": TWICE, "type": ["array", "object"], "additionalProperties": {"$ref": "#"}},
        {
            "$dynamicAnchor": "n",
            "properties": {"a": {"allOf": [{"$dynamicRef": "#n"}, {"$dynamicRef": "#n"}]}},
        },
        {"$id": "https://x.example/s", "properties": {"a": {"allOf": [{"$ref": "s"}, {"$ref": "s#"}]}}},
        {"$ref": "#"},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        NESTED,
        {"$defs": {f"a{n}": {"$ref": f"#/$defs/a{n + 1}"} for n in range(1500)}, "$ref": "#/$defs/a0"},
    ],
)
def test_a_schema_that_multiplies_by_its_references_is_refused(schema: dict) -> None:
    def refused() -> None:
        with pytest.raises(Invalid):
            compile_schema(schema)

    assert spent(refused) < 40 * yardstick()


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"children": {"items": {"$ref": "#"}}, "name": {"type": "string"}}},
        {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}},
        {"anyOf": [{"properties": {"and": {"items": {"$ref": "#"}}}}, {"properties": {"or": {"$ref": "#"}}}]},
        {
            "$defs": {"p": {"type": "number"}},
            "properties": {f"a{n}": {"$ref": "#/$defs/p"} for n in range(900)},
        },
        chain("allOf", 8),
        {"properties": {"schema": {"$ref": "https://json-schema.org/draft/2020-12/schema"}}},
        {
            "properties": {
                "a": {"pattern": "^\\p{L}{1,40}$"},
                "b": {"pattern": "^[\\w.-]{1,100}@[\\w.-]{1,100}$"},
            }
        },
    ],
)
def test_a_schema_with_ordinary_references_or_patterns_is_served(schema: dict) -> None:
    assert compile_schema(schema).check({}) == []


def test_patterns_that_would_take_gigabytes_are_refused() -> None:
    many = {f"\\pL{{100}}\\pL{{20}}{n}": True for n in range(1000)}
    with pytest.raises(Invalid, match="usable"):
        compile_schema({"patternProperties": many})


@pytest.mark.parametrize(
    "judges",
    [
        {"allOf": [{"not": {"const": number}} for number in range(1, 2_400)]},
        {"anyOf": [{"const": number} for number in range(1, 2_400)]},
        {"patternProperties": {f"x{number}": {} for number in range(2_400)}},
        {"enum": [{"a": number} for number in range(2_400)]},
    ],
)
def test_every_schema_knows_how_often_it_looks_at_one_value(judges: dict) -> None:
    compiled = compile_schema({"additionalProperties": {"items": judges}})
    assert 2_399 <= compiled.visits <= 5_000
    assert compiled.cost(dumps({"a": [0] * 6_000})) > 6_000 * 2_399


def test_what_takes_long_to_explain_is_not_explained() -> None:
    compiled = compile_schema(
        {"items": {}, "additionalProperties": {"items": {"anyOf": [{"const": 1}] * 500}}}
    )
    record = {"a": [0] * 300}
    assert [wrong.path for wrong in compiled.check({"a": [0]}, compiled.cost(dumps({"a": [0]})))] == ["a[0]"]
    assert [wrong.path for wrong in compiled.check(record, compiled.cost(dumps(record)))] == [""]


def test_what_was_stored_before_a_limit_was_set_is_judged_by_it() -> None:
    with pytest.raises(Invalid):
        SchemaCache().get(uuid7(), 1, chain("allOf", 40))


def test_the_cache_is_bounded_by_weight() -> None:
    heavy = {"properties": {f"a{number}": {"pattern": f"^{number}"} for number in range(40)}}
    cache, ids = SchemaCache(weight=compile_schema(heavy).weight), [uuid7(), uuid7()]
    first = cache.get(ids[0], 1, heavy)
    assert cache.get(ids[0], 1, heavy) is first
    second = cache.get(ids[1], 1, heavy)
    assert cache.get(ids[1], 1, heavy) is second
    assert cache.get(ids[0], 1, heavy) is not first

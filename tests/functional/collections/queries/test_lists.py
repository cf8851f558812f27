"""Lists of entries: every filter and order says the same by index and by document, and no page skips or repeats."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insula.collections.settings import CollectionsSettings
from insula.kit.settings import settings_of
from tests.functional.collections.queries.conftest import World

VALUES = {
    "state": ["CA", "OR", "WA", "C", "ZZ"],
    "latitude": ["-40", "-3.5", "0", "12.3", "49", "13.000001"],
    "rank": ["-2", "-1", "0", "1", "3", "99"],
}
SCALARS = ("eq", "ne", "lt", "lte", "gt", "gte", "in", "null")
COMPARED: dict[str, Any] = {
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
}


def typed(field: str, value: Any) -> Any:
    """Return a value as it compares."""
    if value is None or field == "state":
        return value
    return Decimal(value) if field == "latitude" else int(value)


def holds(entry: dict[str, Any], field: str, op: str, text: str) -> bool:
    """Say whether a filter holds, in Python."""
    value = typed(field, entry[field])
    match op:
        case "null":
            return (value is None) == (text == "true")
        case "in":
            return value in [typed(field, each) for each in text.split(",")]
        case "eq":
            return bool(value == typed(field, text))
        case "ne":
            return bool(value != typed(field, text))
    return value is not None and bool(COMPARED[op](value, typed(field, text)))


@st.composite
def filters(draw: st.DrawFn) -> tuple[str, str, str]:
    """Make one filter."""
    field = draw(st.sampled_from(sorted(VALUES)))
    op = draw(st.sampled_from(SCALARS))
    if op == "null":
        return field, op, draw(st.sampled_from(["true", "false"]))
    one = st.sampled_from(VALUES[field])
    return field, op, ",".join(draw(st.lists(one, min_size=1, max_size=3))) if op == "in" else draw(one)


ORDERS = ["", "state", "-state", "latitude", "-latitude", "rank,-state", "-rank", "id", "-created", "iata"]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(filters(), max_size=3, unique_by=lambda each: each[:2]), st.sampled_from(ORDERS), st.booleans()
)
def test_an_index_and_the_document_find_the_same_in_the_same_order(
    world: World, chosen: list[tuple[str, str, str]], order: str, plain: bool
) -> None:
    suffix = "_plain" if plain else ""
    query = "".join(f"&{field}{suffix}[{op}]={quote(value)}" for field, op, value in chosen)
    names = [f"{name}{suffix}" if name.lstrip("-") in VALUES else name for name in order.split(",")]
    found = world.all(f"{query}&sort={','.join(names)}", limit=25)
    expected = [each for each in world.airports if all(holds(each, *one) for one in chosen)]
    assert Counter(each["id"] for each in found) == Counter(each["id"] for each in expected)
    assert world.get(f"/count?{query[1:]}") == {"count": len(expected)}
    assert_sorted(found, [part for part in order.split(",") if part.lstrip("-") in VALUES])


def assert_sorted(found: list[dict[str, Any]], order: list[str]) -> None:
    """Check an order: without a value comes first upwards, and last downwards."""
    rows = list(found)
    for part in reversed(order):
        field = part.lstrip("-")
        present = [each for each in rows if each[field] is not None]
        missing = [each for each in rows if each[field] is None]
        present.sort(key=lambda each: typed(field, each[field]), reverse=part.startswith("-"))
        rows = [*present, *missing] if part.startswith("-") else [*missing, *present]
    keys = [[each[part.lstrip("-")] for part in order] for each in found]
    assert keys == [[each[part.lstrip("-")] for part in order] for each in rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tags[has]=small", lambda each: "small" in (each["tags"] or [])),
        ("tags_plain[has]=small", lambda each: "small" in (each["tags"] or [])),
        ("name[like]=*Field 1?", lambda each: False),
        ("name[like]=Bay*1", lambda each: each["name"].startswith("Bay") and each["name"].endswith("1")),
        ("name[like]=bay*", lambda each: False),
        ("open=true", lambda each: each["open"] is True),
        ("open[lt]=true", lambda each: each["open"] is False),
        ("open[ne]=true", lambda each: each["open"] is not True),
        ("opened[gte]=2026-01-20T01:00:00%2B01:00", lambda each: each["opened"] >= "2026-01-20"),
        ("extra[null]=true", lambda each: each["extra"] is None),
        ("status=published&version=1", lambda each: True),
        ("author[null]=false", lambda each: False),
        ("created[lt]=2020-01-01T00:00:00Z", lambda each: False),
        ("version[lt]=9223372036854775807&version[gt]=-9223372036854775808", lambda each: True),
        ("q=mountain", lambda each: "Mountain" in each["name"]),
        ("q=mount field&state=CA", lambda each: "Mountain" in each["name"] and each["state"] == "CA"),
        ("q=%22%27*", lambda each: False),
    ],
)
def test_every_kind_of_field_is_filtered(world: World, query: str, expected: Any) -> None:
    found = {each["id"] for each in world.all(f"&{query}")}
    assert found == {each["id"] for each in world.airports if expected(each)}
    assert world.get(f"/count?{query}") == {"count": len(found)}


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("?stat=CA", "stat"),
        ("?latitude[gt]=north", "latitude[gt]"),
        ("?latitude[near]=1", "latitude[near]"),
        ("?tags=small", "tags"),
        ("?state[has]=CA", "state[has]"),
        ("?extra=1", "extra"),
        ("?rank[like]=1", "rank[like]"),
        (f"?name[like]=*{'a' * 200}", "name[like]"),
        ("?sort=nix", "sort"),
        ("?sort=tags", "sort"),
        ("?fields=iata,nix", "fields"),
        ("?expand=state", "expand"),
        ("?limit=201", "limit"),
        ("?state[null]=perhaps", "state[null]"),
        ("/groups?by=nix", "by"),
        ("/groups?by=tags", "by"),
        ("/groups?by=created", "by"),
        ("/search?q=%20", "q"),
        (f"?sort={','.join(f'nix{number}' for number in range(11))}", "sort"),
        (f"/groups?by={','.join(f'nix{number}' for number in range(3_000))}", "by"),
        (f"?expand={','.join(f'nix{number}' for number in range(3_000))}", "expand"),
        ("?" + "&".join(f"nix{number}=1" for number in range(51)), ""),
    ],
)
def test_what_is_wrong_with_a_question_is_named(world: World, query: str, path: str) -> None:
    told = world.get(query, status=400)["errors"]
    assert told[0]["path"] == path
    assert len(told) <= 20


def test_groups_are_counted_largest_first(world: World) -> None:
    states = Counter(each["state"] for each in world.airports if each["rank"] == 1)
    groups = world.get("/groups?by=state&rank=1")["data"]
    assert {each["state"]: each["count"] for each in groups} == states
    assert [each["count"] for each in groups] == sorted(states.values(), reverse=True)
    both = world.get("/groups?by=latitude,open&limit=2")["data"]
    pairs = Counter((each["latitude"], each["open"]) for each in world.airports)
    assert all(pairs[each["latitude"], each["open"]] == each["count"] for each in both)
    assert len(both) == 2


def test_fields_are_chosen_and_the_id_is_always_there(world: World) -> None:
    assert [set(each) for each in world.get("?fields=iata,version&limit=2")["data"]] == [
        {"id", "iata", "version"}
    ] * 2


def test_links_are_followed_hop_by_hop(world: World) -> None:
    routes = world.get("?number=6&expand=origin,back.origin,back.via", collection="routes")["data"]
    airports = {each["id"]: each for each in world.airports}
    [route] = routes
    assert route["origin"]["iata"] == "A006"
    assert route["back"]["origin"] == airports[route["back"]["origin"]["id"]]
    assert [each["iata"] for each in route["back"]["via"]] == ["A000", "A001"]
    assert world.get("?expand=back.back.back.back", collection="routes", status=400)


def test_what_is_followed_counts_as_often_as_it_is_written(world: World) -> None:
    limits = settings_of(world.tenant.installation.registry, CollectionsSettings)
    with pytest.MonkeyPatch.context() as patch:
        # Six routes lead to two airports each, seven in all.
        patch.setitem(vars(limits), "expand_most", 12)
        shown = world.get("?expand=via&number[lt]=6&sort=number", collection="routes")["data"]
        assert [each["iata"] for each in shown[5]["via"]] == ["A005", "A006"]
        patch.setitem(vars(limits), "expand_most", 11)
        told = world.get("?expand=via&number[lt]=6", collection="routes", status=422)
        assert told["errors"][0]["path"] == "expand"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(vars(limits), "expand_bytes", 1_000)
        assert (
            world.get("?expand=origin&number=0", collection="routes")["data"][0]["origin"]["iata"] == "A000"
        )
        world.get("?expand=via&number[lt]=6", collection="routes", status=422)


def test_a_cursor_is_good_for_its_own_list_and_caller_alone(world: World, other: World) -> None:
    after = world.get("?sort=state&limit=2")["after"]
    assert world.get(f"?sort=state&limit=2&after={after}")["data"]
    for query, role in (("sort=-state", "admin"), ("sort=state&rank=1", "admin"), ("sort=state", "owner")):
        world.get(f"?{query}&limit=2&after={after}", role, status=400)
    other.get(f"?sort=state&limit=2&after={after}", status=400)


def test_another_tenants_entries_are_in_no_answer(world: World, other: World) -> None:
    mine = {each["id"] for each in other.airports}
    assert {each["id"] for each in other.all("")} == mine
    assert other.get("/count")["count"] == len(mine)
    foreign = world.airports[0]["id"]
    missing = other.tenant.api().get(
        "/api/collections/airports/entries/0198c2f0-7a10-7000-8000-000000000000", status=404
    )
    answer = other.tenant.api().get(f"/api/collections/airports/entries/{foreign}", status=404)
    assert {**answer.json, "request_id": ""} == {**missing.json, "request_id": ""}
    assert other.get(f"?id={foreign}")["data"] == []


def test_many_entries_are_not_sorted_without_an_index(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = world.tenant.installation.registry
    few = settings_of(registry, CollectionsSettings).model_copy(update={"unindexed_rows": 20})
    monkeypatch.setattr("insula.collections.queries.services.settings_of", lambda *_: few)
    refused = world.get("?sort=name", status=422)
    assert refused["errors"][0]["path"] == "sort"
    assert "index on name" in refused["errors"][0]["detail"]
    assert world.get("?sort=name&state=CA")["data"]
    assert world.get("?sort=-latitude")["data"]

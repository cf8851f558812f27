"""What a rule hides is hidden everywhere: in list, count, search, groups, export, expansion and single read alike."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from insula.collections.interfaces.entries import Entries
from insula.collections.interfaces.queries import Queries, Question
from insula.collections.interfaces.schemas import CollectionDocument, Collections
from insula.collections.settings import CollectionsSettings
from insula.kit.settings import settings_of
from tests.functional.collections.queries.conftest import World, make_world
from tests.installations import Installation

ROWS = """
@id("editors-do-not-see-california")
forbid(principal in Role::"editor", action == Action::"view", resource is Entries::airports)
  when { resource has state && resource.state == "CA" };

@id("authors-do-not-see-ranks-that-only-the-policy-can-tell")
forbid(principal in Role::"author", action == Action::"view", resource is Entries::airports)
  when { resource has rank && resource.rank * 2 == 2 };

@id("authors-export")
permit(principal in Role::"author", action == Action::"export", resource in Area::"collections");
"""
FIELD = """
@id("editors-do-not-see-the-secret")
forbid(principal in Role::"editor", action == Action::"view", resource == Field::"airports.secret");
"""
HIDDEN: dict[str, Callable[[dict[str, Any]], bool]] = {
    "editor": lambda each: each["state"] == "CA",
    "author": lambda each: each["rank"] == 1,
    "owner": lambda each: False,
}


@pytest.fixture(scope="module")
def ruled(installation: Installation) -> World:
    """A tenant whose rules hide entries and a field, the one by SQL, the other row by row."""
    world = make_world(installation, "ruled")
    world.add_rules(ROWS + FIELD)
    return world


@pytest.mark.parametrize("role", HIDDEN)
def test_every_way_to_read_leaves_out_the_same_entries(ruled: World, role: str) -> None:
    hidden = {each["id"] for each in ruled.airports if HIDDEN[role](each)}
    seen = {each["id"] for each in ruled.airports} - hidden
    assert bool(hidden) == (role != "owner")

    assert {each["id"] for each in ruled.all("", role)} == seen
    assert {each["id"] for each in ruled.all("&sort=-latitude", role)} == seen
    assert ruled.get("/count", role) == {"count": len(seen)}
    assert ruled.get("?count=exact&limit=1", role)["count"] == len(seen)
    assert {each["id"] for each in ruled.get("/search?q=field&limit=200", role)["data"]} == seen
    groups = ruled.get("/groups?by=state,rank", role)["data"]
    assert sum(each["count"] for each in groups) == len(seen)
    shown = [{"state": each["state"], "rank": each["rank"]} for each in groups]
    assert not any(HIDDEN[role](each) for each in shown)

    client = ruled.tenant.api(role)
    table = client.get("/api/collections/airports/entries/export?format=csv").text
    assert {each["id"] for each in csv.DictReader(io.StringIO(table))} == seen
    lines = client.get("/api/collections/airports/entries/export?format=ndjson").text
    assert len(lines.splitlines()) == len(seen)

    for each in ruled.airports[:12]:
        status = 404 if each["id"] in hidden else 200
        client.get(f"/api/collections/airports/entries/{each['id']}", status=status)

    routes = ruled.get("?expand=origin,via,back.origin&limit=200", role, "routes")["data"]
    plain = {each["id"]: each for each in ruled.routes}
    for route in routes:
        told = plain[route["id"]]
        assert_followed(told["origin"], route["origin"], hidden)
        for one, other in zip(told["via"] or [], route["via"] or [], strict=True):
            assert_followed(one, other, hidden)
        if told["back"]:
            assert_followed(plain[told["back"]]["origin"], route["back"]["origin"], hidden)


def assert_followed(link: str, shown: Any, hidden: set[str]) -> None:
    """Check that a link shows its entry, or no more than its id."""
    assert (shown == link) if link in hidden else (shown["id"] == link)


def test_pages_are_full_although_the_policy_decides_each_row(ruled: World) -> None:
    page = ruled.get("?limit=20", "author")
    assert len(page["data"]) == 20
    assert page["after"]


def test_no_request_decides_rows_without_end(ruled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = settings_of(ruled.tenant.installation.registry, CollectionsSettings)
    monkeypatch.setattr("insula.collections.queries.services._BATCH", 10)
    monkeypatch.setitem(vars(limits), "decided_rows", 20)
    seen = {each["id"] for each in ruled.airports if not HIDDEN["author"](each)}
    # A page may be shorter, and the list goes on behind it.
    assert len(ruled.get("?limit=30&rank=1", "author")["data"]) == 0
    assert {each["id"] for each in ruled.all("", "author", limit=9)} == seen
    assert ruled.get("/count?rank=0", "author")["count"] == ruled.get("/count?rank=0", "owner")["count"]
    for query in ("/count", "/groups?by=state"):
        assert "filter" in ruled.get(query, "author", status=422)["detail"]
        # Where the database tells all of them apart there is no such limit.
        ruled.get(query, "editor")
    monkeypatch.setitem(vars(limits), "decided_rows", 20_000)
    assert ruled.get("/count", "author")["count"] == len(seen)


def test_a_hidden_field_is_like_none(ruled: World) -> None:
    assert "secret" in ruled.get("?limit=1", "owner")["data"][0]
    assert "secret" not in ruled.get("?limit=1", "editor")["data"][0]
    assert ruled.get("/count?secret=vault1", "owner")["count"]
    for query in (
        "?secret=vault1",
        "?sort=secret",
        "?fields=secret",
        "/count?secret[ne]=vault1",
        "/groups?by=secret",
        "/export?fields=secret",
        "/export?secret=vault1",
        "/export?sort=-secret",
    ):
        refused = ruled.get(query, "editor", status=400)
        unknown = ruled.get(query.replace("secret", "nosuch"), "editor", status=400)
        # What is meant instead is guessed from the name alone.
        assert [
            each["detail"].partition(" Did")[0].replace("secret", "nosuch") for each in refused["errors"]
        ] == [each["detail"].partition(" Did")[0] for each in unknown["errors"]]
    assert ruled.get("/search?q=vault1", "owner")["data"]
    assert ruled.get("/search?q=vault1", "editor")["data"] == []
    client = ruled.tenant.api("editor")
    assert "secret" not in client.get("/api/collections/airports/entries/export?format=csv").text
    assert "vault" not in client.get("/api/collections/airports/entries/export?format=ndjson").text
    expanded = ruled.get("?expand=origin&limit=200", "editor", "routes")["data"]
    assert "vault" not in str(expanded)
    one = next(each["id"] for each in ruled.airports if each["state"] == "OR")
    assert "secret" not in client.get(f"/api/collections/airports/entries/{one}").json


def test_whoever_may_see_no_entry_gets_empty_answers(ruled: World) -> None:
    with ruled.tenant.work(writing=False) as work:
        # Nobody asks here, and no rule permits visitors anything.
        queries = work.find_service(Queries)
        question = Question("airports")
        assert queries.page(question, limit=5).entries == []
        assert queries.count(question) == 0
        assert queries.groups(question, ["state"], limit=5) == []
        assert list(queries.each(question)) == []


def test_drafts_are_for_those_who_may_see_them(ruled: World) -> None:
    with ruled.tenant.work() as work:
        document = {"title": "Notes", "fields": [{"name": "text", "type": "text", "searchable": True}]}
        made = CollectionDocument.model_validate(document)
        work.find_service(Collections).create("notes", made, by="tests")
        entries = work.find_service(Entries)
        first, second = (entries.create("notes", {"text": f"Note {n}"}, author=None) for n in range(2))
        entries.publish("notes", first.id, expected=None, author=None)
        entries.edit("notes", second.id, {"text": "Note changed"}, expected=None, author=None)

    def ids(query: str, role: str) -> set[str]:
        return {each["id"] for each in ruled.get(query, role, "notes")["data"]}

    for role in ("viewer", "editor"):
        assert ids("", role) == {str(first.id)}
        assert ruled.get("/count", role, "notes") == {"count": 1}
    assert ids("?stage=draft", "editor") == {str(first.id), str(second.id)}
    assert ids("?stage=draft&status=published", "editor") == {str(first.id)}
    assert ids("?stage=draft&status=draft&q=changed", "editor") == {str(second.id)}
    assert ids("?stage=draft", "viewer") == set()
    assert ruled.get("/count?stage=draft", "viewer", "notes") == {"count": 0}
    assert ids("/search?stage=draft&q=note", "viewer") == set()

"""What rules say of writing: of an entry as it is, as it would become, and of its fields."""

from __future__ import annotations

import pytest

from insula.collections.settings import CollectionsSettings
from insula.kit.ids import uuid7
from insula.kit.settings import settings_of
from insula.security.interfaces import Policies

from .conftest import AIRPORTS, declare
from .test_api import BASE, OAK, SFO, patch, problems

ROUTES = BASE.replace("airports", "routes")

RULES = """
@id("api") permit(principal is Account, action == Action::"view", resource == Area::"api");
@id("owners") permit(principal in Role::"owner", action, resource);
@id("locals") permit(principal in Role::"author", action, resource in Area::"collections");
@id("their-state") @reason("Only airports of California.")
forbid(principal in Role::"author", action in [Action::"create", Action::"edit"], resource is Entries::airports)
  unless { resource has state && resource.state == "CA" };
@id("hidden") forbid(principal in Role::"author", action == Action::"view", resource == Field::"airports.note");
@id("fixed") forbid(principal in Role::"author", action == Action::"edit", resource == Field::"airports.name");
"""
OURS = {"iata": "LAX", "state": "CA"}
THEIRS = {"iata": "LAS", "state": "NV"}


@pytest.fixture
def local(airports):
    with airports.work() as work:
        work.find_service(Policies).publish(RULES, {}, None, "because")
    return airports.api("author")


def test_a_rule_holds_for_what_an_entry_is_and_what_it_becomes(airports, two, local):
    owner = airports.api("owner")
    told = local.post_json(BASE, THEIRS, status=403).json
    assert told["detail"] == "Only airports of California."
    ours = f"{BASE}/{local.post_json(BASE, OURS, status=201).json['id']}"
    theirs = f"{BASE}/{owner.post_json(BASE, THEIRS, status=201).json['id']}"
    patch(local, theirs, {"state": "CA"}, match='"1"', status=403)
    patch(local, ours, {"state": "NV"}, match='"1"', status=403)
    assert patch(local, ours, {"latitude": "33.94"}, match='"1"').json["version"] == 2
    steps = [
        {
            "op": "edit",
            "collection": "airports",
            "id": ours.rpartition("/")[2],
            "values": {"latitude": "33.95"},
        },
        {
            "op": "edit",
            "collection": "airports",
            "id": theirs.rpartition("/")[2],
            "values": {"latitude": "36"},
        },
    ]
    told = local.post_json("/api/batch", {"operations": steps}, status=403).json
    assert [error["path"] for error in told["errors"]] == ["operations.1"]
    assert local.get(f"{ours}?stage=draft").json["latitude"] == "33.9400"


def test_many_at_once_are_each_judged(airports, two, local):
    many = [{"iata": f"AA{letter}", "state": "CA"} for letter in "ABCDEFGH"]
    local.post_json(BASE, [*many, THEIRS], status=403)
    assert len(local.post_json(BASE, many, status=201).json["data"]) == 8
    more = [{**each, "iata": each["iata"].replace("AA", "BB")} for each in many]
    airports.api("owner").post_json(BASE, [*more, THEIRS], status=201)


def test_a_field_that_may_not_be_written_is_one_that_does_not_exist(airports, two, local):
    owner = airports.api("owner")
    for field in ("note", "name", "nothing"):
        told = problems(local.post_json(BASE, {**OURS, field: {}}, status=422))
        assert told == [(field, "There is no such field.")]
    made = owner.post_json(BASE, {**SFO, "note": {"secret": 1}}).json
    address = f"{BASE}/{made['id']}"
    shown = local.get(f"{address}?stage=draft").json
    assert shown.items() == {name: value for name, value in made.items() if name != "note"}.items()
    # A whole entry may be sent back; what is hidden and what is fixed stays.
    changed = patch(local, address, {**shown, "latitude": "37.63"}, match='"1"')
    assert "note" not in changed.json
    for field in ("note", "name", "nothing"):
        told = problems(patch(local, address, {field: "x"}, match='"2"', status=422))
        assert told == [(field, "There is no such field.")]
    assert "note" not in local.get(f"{address}/versions/1").json["fields"]
    assert "note" not in {each["field"] for each in local.get(f"{address}/versions/1").json["changes"]}
    owner.patch_json(address, {"note": None, "name": "Frisco"}, headers={"If-Match": '"2"'})
    assert local.post_json(f"{address}/revert", {"version": 1}).json["name"] == "Frisco"
    assert owner.get(f"{address}?stage=draft").json["note"] is None


UNNAMED = """
@id("no-names") forbid(principal in Role::"editor", action == Action::"view", resource == Field::"airports.name");
"""
UNSEEN = """
@id("no-airports") forbid(principal in Role::"editor", action, resource in Collection::"airports");
"""


def test_what_does_not_fit_is_named_to_those_who_may_see_it(airports, two):
    editor, owner = airports.api("editor"), airports.api("owner")
    address = f"{BASE}/{owner.post_json(BASE, SFO).json['id']}"
    owner.delete(address, headers={"If-Match": '"1"'})
    fields = [each | ({"max_length": 3} if each["name"] == "name" else {}) for each in AIRPORTS["fields"]]
    planned = owner.post_json("/api/collections/airports/plan", AIRPORTS | {"fields": fields})
    owner.post_json(f"{planned.headers['Location']}/apply", {})
    assert [path for path, _ in problems(editor.post(f"{address}/restore", status=422))] == ["name"]
    add(airports, UNNAMED)
    [(path, told)] = problems(editor.post(f"{address}/restore", status=422))
    assert (path, "name" in told, "may not write" in told) == ("", False, True)
    assert [path for path, _ in problems(owner.post(f"{address}/restore", status=422))] == ["name"]


def test_a_batch_tells_nothing_of_a_collection_that_is_hidden(airports, two):
    made = airports.api("editor").post_json(BASE, SFO).json["id"]
    add(airports, UNSEEN)
    for op in ("edit", "trash", "publish", "unpublish"):
        told = [
            airports.api("editor").post_json("/api/batch", {"operations": [step]}, status=404).json
            for collection in ("airports", "nothings")
            for entry in (made, str(uuid7()))
            for step in ({"op": op, "collection": collection, "id": entry, "version": 7},)
        ]
        assert {str(each["errors"]).replace("airports", "nothings") for each in told} == {
            str(told[-1]["errors"])
        }


ALONG = """
@id("routes-are-seen-only") forbid(principal in Role::"editor", action in [Action::"edit", Action::"delete"],
  resource is Entries::routes) when { resource has number && resource.number == 1 };
"""
HIDDEN = """
@id("no-routes") forbid(principal in Role::"editor", action, resource in Collection::"routes");
"""


def add(tenant, rules):
    with tenant.work() as work:
        policies = work.find_service(Policies)
        now = policies.current()
        policies.publish(f"{now.text}\n{rules}", now.grid, None, "because")


@pytest.mark.parametrize("field", ["via", "hub"])
def test_what_goes_or_changes_along_is_judged_as_well(airports, two, field):
    editor, admin = airports.api("editor"), airports.api("admin")
    made = []
    for number, values in ((1, SFO), (2, OAK)):
        id_ = editor.post_json(BASE, values, status=201).json["id"]
        made.append(f"{BASE}/{id_}")
        leading = [id_] if field == "via" else id_
        route = admin.post_json(ROUTES, {"number": number, field: leading}, status=201).json["id"]
    add(airports, ALONG)
    match = {"If-Match": '"1"'}
    told = editor.delete(made[0], headers=match, status=409)
    assert "routes" not in told.text
    assert admin.get(f"{ROUTES}/count").json["count"] == 2
    editor.delete(made[1], headers=match, status=204)
    if field == "via":
        assert admin.get(f"{ROUTES}/{route}").json["via"] == []
    else:
        admin.get(f"{ROUTES}/{route}", status=404)
    admin.delete(made[0], headers=match, status=204)


def test_an_error_does_not_name_what_is_hidden(airports, two):
    editor, admin = airports.api("editor"), airports.api("admin")
    id_ = editor.post_json(BASE, SFO, status=201).json["id"]
    admin.post_json(ROUTES, {"number": 1, "origin": id_}, status=201)
    told = editor.delete(f"{BASE}/{id_}", headers={"If-Match": '"1"'}, status=409)
    assert problems(told) == [("origin", "1 entries of routes lead here.")]
    add(airports, HIDDEN)
    told = editor.delete(f"{BASE}/{id_}", headers={"If-Match": '"1"'}, status=409)
    assert "Other entries lead here." in told.json["detail"]
    assert "routes" not in told.text
    assert "origin" not in told.text


def test_a_field_that_is_hidden_and_needed_is_not_named(airports, two):
    editor = airports.api("editor")
    for body in ({"name": "x"}, [{"name": "x"}]):
        paths = [path for path, _ in problems(editor.post_json(BASE, body, status=422))]
        assert [path.rpartition(".")[2] for path in paths] == ["iata"]
    add(
        airports,
        """@id("no-code") forbid(principal in Role::"editor", action, resource == Field::"airports.iata");""",
    )
    for body in ({"name": "x"}, [{"name": "x"}]):
        assert "iata" not in editor.post_json(BASE, body, status=422).text


def test_an_entry_that_is_too_large_is_told_so(airports, two):
    texts = [{"name": f"text{n}", "type": "text", "default": "x" * 100_000} for n in range(10)]
    more = {"name": "more", "type": "text", "default": "y" * 45_000}
    fields = [*texts, more, {"name": "last", "type": "text"}]
    declare(airports, letters={"title": "Letters", "drafts": False, "fields": fields})
    editor, address = airports.api("editor"), BASE.replace("airports", "letters")
    made = editor.post_json(address, {}, status=201).json["id"]
    for answer in (
        editor.post_json(address, {"last": "z" * 5_000}, status=422),
        patch(editor, f"{address}/{made}", {"last": "z" * 5_000}, match='"1"', status=422),
    ):
        assert problems(answer) == [("", "An entry has at most 1,048,576 bytes as JSON.")]
    patch(editor, f"{address}/{made}", {"last": "z"}, match='"1"')


def test_a_hidden_value_that_is_taken_is_not_named_while_the_schema_changes(airports, two, installation):
    editor, owner = airports.api("editor"), airports.api("owner")
    made = [
        owner.post_json(BASE, each | {"name": each["iata"]}, status=201).json["id"] for each in (SFO, OAK)
    ]
    fields = [each | ({"unique": True} if each["name"] == "name" else {}) for each in AIRPORTS["fields"]]
    planned = owner.post_json("/api/collections/airports/plan", AIRPORTS | {"fields": fields}, status=201)
    patch(owner, f"{BASE}/{made[1]}", {"name": SFO["iata"]}, match='"1"', status=200)
    settings = settings_of(installation.registry, CollectionsSettings)
    before = settings.at_once
    object.__setattr__(settings, "at_once", 0)
    try:
        owner.post_json(f"{planned.headers['Location']}/apply", {})
    finally:
        object.__setattr__(settings, "at_once", before)
    patch(owner, f"{BASE}/{made[0]}", {"state": "CA"}, match="*", status=200)
    address, values = f"{BASE}/{made[1]}", {"state": "NV"}
    assert [path for path, _ in problems(patch(editor, address, values, match="*", status=409))] == ["name"]
    add(airports, UNNAMED)
    [(path, told)] = problems(patch(editor, address, values, match="*", status=409))
    assert (path, "may not write" in told) == ("", True)
    assert [path for path, _ in problems(patch(owner, address, values, match="*", status=409))] == ["name"]


def test_by_default_authors_work_on_their_own_and_editors_publish(airports, two):
    author, editor = airports.api("author"), airports.api("editor")
    own = f"{BASE}/{author.post_json(BASE, SFO, status=201).json['id']}"
    other = f"{BASE}/{editor.post_json(BASE, OAK, status=201).json['id']}"
    patch(author, own, {"name": "Frisco"}, match='"1"')
    patch(author, other, {"name": "x"}, match='"1"', status=403)
    author.post(f"{own}/publish", status=403)
    author.delete(own, headers={"If-Match": '"2"'}, status=403)
    editor.post(f"{own}/publish", status=200)
    airports.api("viewer").get(own, status=200)
    airports.visitor().get(own, status=401)

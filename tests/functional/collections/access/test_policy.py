"""The doors of the policy speak of a tenant's own collections: check, table, explain, record, dry run, plan."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from insula.collections.access.uses import rules_about, rules_naming
from insula.collections.interfaces.schemas import CollectionDocument, Collections
from insula.kit import json
from tests.counting import counted
from tests.functional.collections.access.conftest import AIRPORTS, BASE, patched, publish
from tests.functional.policies.conftest import Person, current, decisions, flush

OWN = """
@id("authors-throw-away-their-own") permit(principal in Role::"author", action == Action::"delete",
  resource is Entries::airports) when { resource has author && resource.author == principal };
"""
NORTH = """
@id("north-only") forbid(principal in Role::"viewer", action == Action::"view", resource is Entries::airports)
  unless { resource has latitude && resource.latitude.greaterThan(decimal("40.0")) };
"""


def checked(client, text):
    """Return what is wrong with one more rule, as message and suggestion."""
    answer = client.post_json("/api/policy/check", {"text": text}).json
    return [(flaw["message"], flaw["suggestion"]) for flaw in answer["flaws"]]


@pytest.mark.parametrize(
    ("rule", "word", "suggestion"),
    [
        ("resource is Entries::airprts", "airprts", "airports"),
        ("resource is Entries::airports) when { resource.stat == 1 }; //", "stat", "state"),
        ("resource is Entries::airports) when { resource has stat }; //", "stat", "state"),
        ('resource == Field::"airports.ciy"', "airports.ciy", "airports.city"),
        ('resource in Collection::"airport"', "airport", "airports"),
        ('resource is Entries::airports) when { resource.latitude == "x" }; //', "", None),
    ],
)
def test_a_rule_about_what_is_not_there_is_refused_with_a_suggestion(one, two, ids, rule, word, suggestion):
    text = current(one).text
    rule = f'@id("x") permit(principal, action == Action::"view", {rule}'
    flaws = checked(one.api("admin"), f"{text}\n{rule}" + ("" if "//" in rule else ");"))
    assert len(flaws) >= 1
    assert word in flaws[0][0]
    assert flaws[0][1] == suggestion or suggestion is None


def test_the_rules_of_the_documentation_are_good(one, ids):
    page = Path("docs/explanation/rules-on-entries.md").read_text(encoding="utf-8")
    rules = re.findall(r"```cedar\n(.*?)```", page, re.DOTALL)
    assert len(rules) == 2
    publish(one, *rules)
    assert len(one.api("viewer").get(f"{BASE}/entries").json["data"]) == 2


def test_a_rule_about_a_collection_is_checked_by_the_tenants_own_types(one, two, ids):
    text = current(one).text + OWN + NORTH
    assert checked(one.api("admin"), text) == []
    with two.work() as work:
        found = work.find_service(Collections)
        found.delete("airports", expected=1, by="tests")
    assert "Entries::airports" in checked(two.api("admin"), text)[0][0]
    assert checked(one.api("admin"), text) == []


def test_the_table_has_a_part_for_each_collection_and_its_cells_hold(one, two, ids):
    owner = Person(one)
    cells = {each["id"]: each["cells"] for each in owner.get("/api/policy/table").json["data"]}
    assert cells["Entries::airports/edit"]["author"]["rules"] == ["tenant:authors-edit-their-own-entries"]
    assert cells["Page/edit"]["author"]["rules"] == ["tenant:authors-edit-their-own-pages"]
    assert not [each for each in cells if each.startswith("Field/")]
    grid = {"viewer": {"Entries::airports": ["edit"]}}
    owner.post("/api/policy/publish", {"text": current(one).text, "grid": grid}, match='"1"', status=200)
    address = f"{BASE}/entries/{ids['SFO']}"
    assert patched(one.api("viewer"), address, {"name": "x"}).json["name"] == "x"
    stranger = two.api("viewer").get(f"{BASE}/entries?iata=SFO").json["data"][0]["id"]
    patched(two.api("viewer"), f"{BASE}/entries/{stranger}", {"name": "x"}, status=403)
    assert owner.client.get("/admin/policy/@@grid").text.count("Entries of Airports") >= 1


def test_a_decision_about_an_entry_is_explained_recorded_and_replayed(one, two, ids):
    publish(one, NORTH)
    viewer, owner = one.api("viewer"), Person(one)
    viewer.get(f"{BASE}/entries/{ids['SFO']}", status=404)
    viewer.get(f"{BASE}/entries/{ids['SEA']}", status=200)
    flush(one)
    found = [
        each
        for each in decisions(owner)
        if (each["action"], each["resource"]["type"]) == ("view", "Entries::airports")
    ]
    assert {(each["resource"]["id"], each["allowed"]) for each in found} == {
        (ids["SFO"], False),
        (ids["SEA"], True),
    }
    refused = next(each for each in found if not each["allowed"])
    told = owner.get(f"/api/decisions/{refused['id']}").json
    assert "tenant:north-only" in told["rules"] or "tenant:north-only" in json.dumps(told).decode()
    assert "37.62" in json.dumps(told).decode()
    asked = {
        "action": "view",
        "resource": {"type": "Entries::airports", "id": ids["SFO"]},
        "roles": ["viewer"],
    }
    answer = owner.post("/api/policy/explain", asked).json
    assert answer["allowed"] is False
    assert owner.post("/api/policy/explain", {**asked, "on": "", "roles": ["editor"]}).json["allowed"] is True
    draft = {"text": current(one).text.replace("40.0", "30.0")}
    report = owner.post("/api/policy/dry-run", draft).json
    assert (report["deny_to_allow"], report["allow_to_deny"], report["unknown"]) == (1, 0, 0)


def test_what_a_hidden_field_holds_is_not_explained(one, two, ids):
    hides = 'forbid(principal in Role::"admin", action == Action::"view", resource == Field::"airports.latitude");'
    publish(one, NORTH, f'@id("no-latitude") {hides}')
    asked = {
        "action": "view",
        "resource": {"type": "Entries::airports", "id": ids["SFO"]},
        "roles": ["viewer"],
    }
    states = {}
    for tenant in (one, two):
        for role in ("owner", "admin"):
            told = tenant.api(role).post_json("/api/policy/explain", asked).json
            states[tenant is one, role] = [
                (each["state"], each["value"])
                for each in told["inputs"]
                if each["name"] == "resource.latitude"
            ]
    assert states[True, "owner"] == [("known", "37.6200")]
    assert states[True, "admin"][0][0] == "withheld"
    # The other tenant has neither the rule nor such an entry.
    assert states[False, "owner"] == states[False, "admin"] == []


def test_a_plan_tells_which_rules_would_break_and_asks_that_it_is_confirmed(one, two, ids):
    publish(one, NORTH)
    admin = one.api("admin")
    fields = [field for field in AIRPORTS["fields"] if field["name"] != "latitude"]
    document = {**AIRPORTS, "fields": fields, "indexes": []}
    plan = admin.post_json(f"{BASE}/plan", document, status=201).json
    lost = [effect["field"] for effect in plan["effects"] if effect["act"] == "lose"]
    assert lost == ["latitude", "rule north-only"]
    address = f"{BASE}/changes/{plan['id']}/apply"
    admin.post_json(address, {"confirmed": ["latitude"]}, status=403)
    admin.post_json(address, {"confirmed": lost})
    # It goes on in error, and a forbid in error forbids.
    assert one.api("viewer").get(f"{BASE}/entries").json["data"] == []
    assert len(one.api("editor").get(f"{BASE}/entries").json["data"]) == 4
    plan = two.api("admin").post_json(f"{BASE}/plan", document, status=201).json
    assert [effect["field"] for effect in plan["effects"] if effect["act"] == "lose"] == ["latitude"]


def test_the_rules_that_name_a_collection_or_a_field_are_found(one, two, ids):
    publish(one, OWN, NORTH, '@id("f") forbid(principal, action, resource == Field::"airports.city");')
    with one.work(writing=False) as work:
        airports = work.find_service(Collections).find("airports")
        assert list(rules_about(work, airports)) == ["authors-throw-away-their-own", "north-only", "f"]
        assert list(rules_naming(work, "airports", "latitude")) == ["north-only"]
        assert list(rules_naming(work, "airports", "city")) == ["f"]
        assert list(rules_naming(work, "airports", "near")) == []
    with two.work(writing=False) as work:
        airports = work.find_service(Collections).find("airports")
        assert list(rules_about(work, airports)) == []


def test_deleting_a_collection_names_the_rules_about_it(one, two, ids):
    publish(one, NORTH, '@id("f") forbid(principal, action, resource == Field::"airports.city");')
    for tenant, rules in ((one, ["north-only", "f"]), (two, [])):
        admin = tenant.api("admin")
        page = tenant.signed_in("admin").get("/admin/collections/airports/@@delete").text
        assert [each in page for each in ("north-only", '<li class="mono">f</li>')] == [bool(rules)] * 2
        assert "4 entries" in page
        match = {"If-Match": admin.get(BASE).headers["ETag"]}
        assert admin.delete(f"{BASE}?dry_run=true", headers=match).json["rules"] == rules
        assert admin.delete(BASE, headers=match).json == {"deleted": "airports", "entries": 4, "rules": rules}


def test_a_new_schema_is_known_to_rules_at_the_next_request_in_every_process(one, two):
    other = one.installation.another_process().client(one.host)
    other.authorization = ("Bearer", one.token("admin"))
    text = current(one).text + NORTH
    assert checked(other, text) != []
    with one.work() as work:
        document = CollectionDocument.model_validate(AIRPORTS)
        work.find_service(Collections).create("airports", document, by="tests")
    assert checked(other, text) == []
    other.authorization = None
    assert checked(two.api("admin"), text) != []


def test_fifty_collections_cost_a_request_no_statement_more_than_one(one, two, ids):
    viewer, address = one.api("viewer"), f"{BASE}/entries/{ids['SEA']}"
    asked = []
    for name in ("", "more"):
        with one.work() as work:
            for number in range(50 if name else 0):
                made = CollectionDocument.model_validate({"title": name, "fields": AIRPORTS["fields"][:5]})
                work.find_service(Collections).create(f"{name}{number}", made, by="tests")
        viewer.get(address)
        with counted(one.installation.registry) as statements:
            viewer.get(address)
            viewer.get(f"{BASE}/entries?sort=-latitude")
        asked.append(list(statements))
    assert asked[0] == asked[1]
    assert not any("FROM collection" in each for each in asked[1])

"""Collections over the API: declared, shown as far as their fields may be viewed, changed by plans, deleted."""

from typing import Any

from insula.security.interfaces import Policies
from tests.makers import TenantHandle

AIRPORTS: dict[str, Any] = {
    "name": "airports",
    "title": "Airports",
    "fields": [
        {"name": "iata", "type": "text", "unique": True, "required": True},
        {"name": "state", "type": "text", "indexed": True},
    ],
}


def declared(tenant: TenantHandle) -> Any:
    """Declare airports and return a client that did."""
    api = tenant.api()
    answer = api.post_json("/api/collections", AIRPORTS, status=201)
    assert answer.headers["Location"].endswith("/api/collections/airports")
    return api


def test_a_collection_is_declared_shown_and_deleted(one: TenantHandle, two: TenantHandle) -> None:
    """By who may; to another tenant, and to who may view nothing, it does not exist."""
    api = declared(one)
    shown = api.get("/api/collections/airports")
    assert shown.json["fields"][0]["name"] == "iata"
    assert shown.json["version"] == 1
    assert [each["name"] for each in api.get("/api/collections").json["data"]] == ["airports"]
    missing = two.api().get("/api/collections/nothing", status=404)
    other = two.api().get("/api/collections/airports", status=404)
    assert {**other.json, "request_id": 0} == {**missing.json, "request_id": 0}
    assert two.api().get("/api/collections").json == {"data": []}
    two.api().delete("/api/collections/airports", headers={"If-Match": '"1"'}, status=404)
    one.visitor().get("/api/collections/airports", status=401)
    api.delete("/api/collections/airports", status=428)
    api.delete("/api/collections/airports", headers={"If-Match": '"7"'}, status=412)
    one.api("viewer").delete("/api/collections/airports", headers={"If-Match": '"1"'}, status=(403, 404))
    gone = api.delete("/api/collections/airports", headers={"If-Match": shown.headers["ETag"]})
    assert gone.json == {"deleted": "airports", "entries": 0, "rules": []}
    api.get("/api/collections/airports", status=404)


def test_a_viewer_declares_nothing(one: TenantHandle) -> None:
    """Nor plans."""
    api = declared(one)
    one.api("viewer").post_json("/api/collections", AIRPORTS | {"name": "other"}, status=(403, 404))
    one.api("viewer").post_json("/api/collections/airports/plan", {"title": "Other"}, status=(403, 404))
    assert len(api.get("/api/collections").json["data"]) == 1


def test_every_wrong_place_is_named(one: TenantHandle) -> None:
    """By its path, whether it is the shape or the sense that is wrong."""
    api = one.api()
    shape = api.post_json("/api/collections", AIRPORTS | {"fields": [{"name": "A", "type": "x"}]}, status=422)
    assert {error["path"] for error in shape.json["errors"]} == {"fields.0.name", "fields.0.type"}
    wrong = {"name": "code", "type": "text", "pattern": "(?=a)"}
    sense = api.post_json("/api/collections", AIRPORTS | {"fields": [wrong]}, status=422)
    assert [error["path"] for error in sense.json["errors"]] == ["fields.0.pattern"]
    declared(one)
    api.post_json("/api/collections", AIRPORTS, status=409)


def test_a_dry_run_keeps_nothing(one: TenantHandle) -> None:
    """And answers what would have been."""
    api = one.api()
    assert api.post_json("/api/collections?dry_run=true", AIRPORTS, status=201).json["name"] == "airports"
    api.get("/api/collections/airports", status=404)


def test_a_schema_changes_by_a_plan(one: TenantHandle, two: TenantHandle) -> None:
    """Shown first; a loss is confirmed by name; what another one planned in between makes it stale."""
    api = declared(one)
    made = api.post_json("/api/collections/airports/entries", {"iata": "SFO", "state": "CA"}, status=201)
    less = {name: value for name, value in AIRPORTS.items() if name != "name"} | {
        "fields": AIRPORTS["fields"][:1]
    }
    planned = api.post_json("/api/collections/airports/plan", less, status=201)
    place = planned.headers["Location"]
    assert planned.json["effects"] == [
        {
            "act": "lose",
            "field": "state",
            "text": "The field and its values are lost.",
            "entries": 1,
            "examples": [],
        }
    ]
    assert api.get(place).json == planned.json
    assert api.get("/api/collections/airports/changes").json["data"] == [planned.json]
    two.api().get(place, status=404)
    two.api().post_json(f"{place}/apply", {"confirmed": ["state"]}, status=404)
    api.post_json(f"{place}/apply", {}, status=403)
    api.post_json(f"{place}/apply?dry_run=true", {"confirmed": ["state"]})
    assert api.get(place).json["state"] == "planned"
    applied = api.post_json(f"{place}/apply", {"confirmed": ["state"]})
    assert (applied.json["state"], applied.json["done"]) == ("applied", 1)
    assert api.get("/api/collections/airports").json["version"] == 2
    assert "state" not in api.get("/api/collections/airports/entries?stage=draft").json["data"][0]
    entry = f"/api/collections/airports/entries/{made.json['id']}"
    read = {"If-None-Match": made.headers["ETag"]}
    assert "state" not in api.get(f"{entry}?stage=draft", headers=read, status=200).json
    written = {"If-Match": made.headers["ETag"]}
    api.patch_json(entry, {"iata": "OAK"}, headers=written, status=412)
    api.post_json(f"{place}/apply", {"confirmed": ["state"]}, status=409)
    api.post(f"{place}/cancel", status=409)


def test_a_plan_is_given_up(one: TenantHandle) -> None:
    """And cannot be applied then."""
    api = declared(one)
    document = {"title": "All airports", "fields": AIRPORTS["fields"]}
    place = api.post_json("/api/collections/airports/plan", document, status=201).headers["Location"]
    assert api.post(f"{place}/cancel").json["state"] == "cancelled"
    api.post_json(f"{place}/apply", {}, status=409)


RULES = """
@id("administrators-do-not-see-california")
forbid(principal in Role::"admin", action == Action::"view", resource is Entries::airports)
  when { resource has state && resource.state == "CA" };
"""
FIELD = """
@id("administrators-do-not-see-codes")
forbid(principal in Role::"admin", action == Action::"view", resource == Field::"airports.iata");
"""


def publish(tenant: TenantHandle, rules: str) -> None:
    """Add rules to the policy in force."""
    with tenant.work() as work:
        policies = work.find_service(Policies)
        now = policies.current()
        policies.publish(now.text + rules, now.grid, None, "for this test")


def test_a_plan_names_those_entries_that_its_reader_may_view(one: TenantHandle) -> None:
    """The numbers stay; of a field that may not be viewed no value is told."""
    api = declared(one)
    at = "/api/collections/airports"
    many = [{"iata": "SECRET", "state": "CA"}, {"iata": "LONGER", "state": "OR"}]
    hidden, shown = (each["id"] for each in api.post_json(f"{at}/entries", many, status=201).json["data"])
    iata, state = AIRPORTS["fields"]
    other = {"title": "Airports", "fields": [iata | {"type": "integer"}, state]}

    def told(plan: Any) -> list[str]:
        [effect] = plan["effects"]
        assert effect["entries"] == plan["failing"] == 2
        return [each["entry"] for each in effect["examples"]]

    answer = api.post_json(f"{at}/plan", other, status=201)
    place = answer.headers["Location"]
    assert set(told(answer.json)) == {hidden, shown}
    screen = f"/admin/collections/airports/@@schema/plans/{answer.json['id']}"
    for rules, ids in ((RULES, {shown}), (FIELD, set())):
        publish(one, rules)
        assert set(told(api.get(place).json)) == ids
        assert set(told(api.post_json(f"{at}/plan", other, status=201).json)) == ids
        assert told(api.get(f"{at}/changes").json["data"][0]) == []
        page = one.signed_in("admin").get(screen).text
        assert [each in page for each in (hidden, shown)] == [False, bool(ids)]
        assert "2 entries would not fit" in page


def test_another_name_opens_no_field_that_is_hidden(one: TenantHandle) -> None:
    """Neither in the plan, nor in one that is late: the collection has moved on, and its field has another name."""
    api = declared(one)
    at = "/api/collections/airports"
    made = api.post_json(f"{at}/entries", {"iata": "SECRET"}, status=201).json["id"]
    iata, state = AIRPORTS["fields"]
    renamed = iata | {"name": "code", "was": "iata"}
    probe = {"title": "Airports", "fields": [renamed | {"max_length": 3}, state]}

    def told(plan: Any) -> list[str]:
        return [each["entry"] for effect in plan["effects"] for each in effect["examples"]]

    answer = api.post_json(f"{at}/plan", probe, status=201)
    late = api.post_json(f"{at}/plan", {**probe, "fields": [iata | {"max_length": 3}, state]}, status=201)
    assert told(answer.json) == told(late.json) == [made]
    publish(one, FIELD)
    assert told(api.post_json(f"{at}/plan", probe, status=201).json) == []
    places = [each.headers["Location"] for each in (answer, late)]
    assert [told(api.get(place).json) for place in places] == [[], []]
    change = api.post_json(f"{at}/plan", {**probe, "fields": [renamed, state]}, status=201)
    lost = [effect["field"] for effect in change.json["effects"] if effect["act"] == "lose"]
    api.post_json(f"{change.headers['Location']}/apply", {"confirmed": lost})
    assert told(api.get(places[1]).json) == []

"""What a rule hides is hidden by every door alike; without the rule everything is there."""

from __future__ import annotations

import pytest

from insula.collections.interfaces.schemas import CollectionDocument, Collections
from insula.kit import json
from tests.functional.collections.access.conftest import BASE, PATCH, patched, publish

HIDES_CALIFORNIA = """
@id("no-california") forbid(principal in Role::"viewer", action == Action::"view", resource is Entries::airports)
  when { resource has state && resource.state == "CA" };
"""
# A set that is made of what a row holds is nothing that SQL is asked for, so each row is decided by itself.
SINGLY = """
@id("no-california") forbid(principal in Role::"viewer", action == Action::"view", resource is Entries::airports)
  when { resource has state && [resource.state].containsAny(["CA"]) };
"""
EXPORT = """
@id("viewers-export") permit(principal in Role::"viewer", action == Action::"export", resource in Area::"collections");
"""
KEEPS_CALIFORNIA = """
@id("california-stays") forbid(principal in Role::"viewer", action == Action::"export", resource is Entries::airports)
  when { resource has state && resource.state == "CA" };
"""
HIDES_AIRPORTS = """
@id("no-airports") forbid(principal in Role::"viewer", action == Action::"view", resource == Collection::"airports");
"""
HIDES_CITY = """
@id("no-city") forbid(principal, action == Action::"view", resource == Field::"airports.city")
  unless { principal in Role::"editor" };
"""
LOCKS_CITY = """
@id("city-stays") @reason("The city comes from the register.")
forbid(principal in Role::"editor", action == Action::"edit", resource == Field::"airports.city");
"""


def codes(answer):
    return sorted(entry["iata"] for entry in answer.json["data"])


def seen(client, ids):
    """Ask every door for the airports, and return what each showed, by name."""
    entries = f"{BASE}/entries"
    listed = client.get(f"{entries}?count=exact&sort=-latitude&limit=200")
    exported = (
        client.get(f"{entries}/export?format=ndjson").text + client.get(f"{entries}/export?format=csv").text
    )
    paged, address = [], f"{entries}?limit=1"
    while address:
        answer = client.get(address)
        paged += codes(answer)
        address = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]
    near = client.get(f"{entries}?iata=SEA&expand=near").json["data"][0]["near"]
    return {
        "list": codes(listed),
        "count beside the list": listed.json["count"],
        "pages": sorted(paged),
        "filter": codes(client.get(f"{entries}?state=CA")),
        "count": client.get(f"{entries}/count").json["count"],
        "count of the state": client.get(f"{entries}/count?state=CA").json["count"],
        "search": codes(client.get(f"{entries}/search?q=oak")) + codes(client.get(f"{entries}?q=CA")),
        "groups": sorted(
            (each["state"], each["count"]) for each in client.get(f"{entries}/groups?by=state").json["data"]
        ),
        "export": [code in exported for code in ids],
        "expansion": isinstance(near, dict),
        "single": [client.get(f"{entries}/{id_}", status="*").status_int for id_ in ids.values()],
        "versions": client.get(f"{entries}/{ids['SFO']}/versions", status="*").status_int,
    }


@pytest.mark.parametrize("rules", [HIDES_CALIFORNIA, SINGLY], ids=["in SQL", "row by row"])
def test_a_rule_that_hides_a_state_hides_it_by_every_door(one, two, ids, rules):
    publish(one, EXPORT)
    before = seen(one.api("viewer"), ids)
    assert before == {
        "list": ["OAK", "PDX", "SEA", "SFO"],
        "count beside the list": 4,
        "pages": ["OAK", "PDX", "SEA", "SFO"],
        "filter": ["OAK", "SFO"],
        "count": 4,
        "count of the state": 2,
        "search": ["OAK", "OAK", "SFO"],
        "groups": [("CA", 2), ("OR", 1), ("WA", 1)],
        "export": [True] * 4,
        "expansion": True,
        "single": [200] * 4,
        "versions": before["versions"],
    }
    publish(one, rules)
    assert seen(one.api("viewer"), ids) == {
        "list": ["PDX", "SEA"],
        "count beside the list": 2,
        "pages": ["PDX", "SEA"],
        "filter": [],
        "count": 2,
        "count of the state": 0,
        "search": [],
        "groups": [("OR", 1), ("WA", 1)],
        "export": [False, False, True, True],
        "expansion": False,
        "single": [404, 404, 200, 200],
        "versions": 404,
    }
    assert codes(one.api("editor").get(f"{BASE}/entries")) == ["OAK", "PDX", "SEA", "SFO"]
    assert len(codes(two.api("viewer").get(f"{BASE}/entries"))) == 4
    stranger = two.api("viewer")
    missing = stranger.get(f"{BASE}/entries/{ids['SEA']}", status=404).json
    hidden = one.api("viewer").get(f"{BASE}/entries/{ids['SFO']}", status=404).json
    assert {**missing, "request_id": ""} == {**hidden, "request_id": ""}


def test_a_field_that_is_hidden_is_one_that_there_is_not(one, two, ids):
    publish(one, HIDES_CITY, EXPORT)
    viewer, editor, other = one.api("viewer"), one.api("editor"), two.api("viewer")
    entries, address = f"{BASE}/entries", f"{BASE}/entries/{ids['SFO']}"
    assert "city" not in viewer.get(address).json
    assert editor.get(address).json["city"] == "Millbrae"
    for path in (
        *("", "?limit=2", "?q=SFO", "/search?q=Oakland", "?iata=SEA&expand=near", "/groups?by=state"),
        *(
            "/export?format=csv",
            "/export?format=ndjson",
            f"/{ids['SFO']}/versions",
            f"/{ids['SFO']}/versions/1",
        ),
    ):
        told = viewer.get(f"{entries}{path}", status="*").text
        assert "city" not in told, path
        assert "Millbrae" not in told, path
    for query in (
        "city=Millbrae",
        "city[has]=Mill",
        "sort=city",
        "sort=-city",
        "fields=iata,city",
        "expand=city",
    ):
        for door in ("", "/export"):
            refused = viewer.get(f"{entries}{door}?{query}", status=400).json
            unknown = viewer.get(f"{entries}{door}?{query.replace('city', 'nope')}", status=400).json
            assert "city" not in [field for error in refused["errors"] for field in error.get("known", ())]
            assert [each["path"].replace("city", "nope") for each in refused["errors"]] == [
                each["path"] for each in unknown["errors"]
            ]
            assert [each["detail"].replace("city", "nope") for each in refused["errors"]] == [
                each["detail"] for each in unknown["errors"]
            ]
    viewer.get(f"{entries}/groups?by=city", status=400)
    viewer.get(f"{entries}/count?city=Millbrae", status=400)
    assert codes(viewer.get(f"{entries}?q=Millbrae")) == []
    assert codes(editor.get(f"{entries}?q=Millbrae")) == ["SFO"]
    assert codes(editor.get(f"{entries}?city=Millbrae&sort=city")) == ["SFO"]
    for path in (BASE, "/api/collections", "/api/openapi.json"):
        assert "city" not in viewer.get(path).text, path
        assert "city" in editor.get(path).text, path
    assert other.get(f"{entries}?city=Millbrae").json["data"][0]["city"] == "Millbrae"


def test_a_field_that_may_not_be_edited_stays_as_it_is(one, two, ids):
    address = f"{BASE}/entries/{ids['SFO']}"
    publish(one, LOCKS_CITY)
    editor = one.api("editor")
    refused = patched(editor, address, {"city": "Daly City"}, status="*")
    assert refused.status_int in {403, 422}
    assert editor.get(address).json["city"] == "Millbrae"
    assert patched(editor, address, {"name": "San Francisco International"}).json["city"] == "Millbrae"
    assert patched(one.api("admin"), address, {"city": "Daly City"}, 2).json["city"] == "Daly City"


def test_what_is_hidden_cannot_be_written_either(one, ids):
    publish(one, HIDES_CITY.replace('"editor"', '"viewer"'))
    editor, address = one.api("editor"), f"{BASE}/entries/{ids['SFO']}"
    for name in ("city", "nope"):
        assert patched(editor, address, {name: "x"}, status=422).json["errors"][0]["path"] == name
    patched(editor, address, {"name": "SFO"})
    assert one.api("viewer").get(address).json["city"] == "Millbrae"


def test_entries_of_a_hidden_collection_are_not_found_singly_either(one, two, ids):
    single = f"{BASE}/entries/{ids['SFO']}"
    with one.work() as work:
        link = {"name": "to", "type": "link", "collection": "airports"}
        document = CollectionDocument.model_validate({"title": "Routes", "drafts": False, "fields": [link]})
        work.find_service(Collections).create("routes", document, by="tests")
    routes = "/api/collections/routes/entries"
    one.api("editor").post_json(routes, {"to": ids["SFO"]}, status=201)
    viewer = one.api("viewer")
    assert viewer.get(single).json["iata"] == "SFO"
    assert viewer.get(f"{routes}?expand=to").json["data"][0]["to"]["iata"] == "SFO"
    publish(one, HIDES_AIRPORTS)
    viewer.get(f"{BASE}/entries", status=404)
    viewer.get(single, status=404)
    told = viewer.get(f"{routes}?expand=to", status=400).json["errors"]
    assert [each["detail"] for each in told] == ["There is no link to."]
    assert viewer.get(routes).json["data"][0]["to"] == ids["SFO"]
    assert one.api("editor").get(single).json["iata"] == "SFO"
    two.api("viewer").get(f"{BASE}/entries", status=200)


def test_what_may_not_be_viewed_is_not_read_through_what_an_act_answers(one, two, ids):
    publish(one, HIDES_CALIFORNIA.replace('"viewer"', '"editor"'))
    editor, entries = one.api("editor"), f"{BASE}/entries"
    hidden, seen = f"{entries}/{ids['SFO']}", f"{entries}/{ids['SEA']}"
    headers = {"If-Match": "*"}
    for address, status in ((hidden, 404), (seen, 200)):
        for values in ({}, {"name": "x"}):
            editor.patch(address, json.dumps(values), headers=headers, content_type=PATCH, status=status)
        step = {"op": "edit", "collection": "airports", "id": address.rpartition("/")[2], "values": {}}
        editor.post_json("/api/batch", {"operations": [step]}, status=status)
    tested = [{"op": "test", "path": "/city", "value": "Millbrae"}]
    editor.patch(
        hidden, json.dumps(tested), headers=headers, content_type="application/json-patch+json", status=404
    )
    editor.delete(hidden, headers=headers, status=404)
    # What becomes hidden by an act is done, and answered without its fields.
    moved = editor.patch(seen, json.dumps({"state": "CA"}), headers=headers, content_type=PATCH).json
    assert moved["id"] == ids["SEA"]
    assert "state" not in moved
    made = editor.post_json(entries, {"iata": "LAX", "state": "CA"}, status=201).json
    assert "iata" not in made
    assert one.api("viewer").get(hidden).json["name"] == "San Francisco"


def test_a_version_is_judged_by_what_it_said_then(one, two, ids):
    editor, address = one.api("editor"), f"{BASE}/entries/{ids['SFO']}"
    patched(editor, address, {"state": "NV", "name": "Reno"})
    listed = [each["version"] for each in editor.get(f"{address}/versions").json["data"]]
    assert listed == [2, 1]
    assert one.api("viewer").get(address).json["name"] == "Reno"
    one.api("viewer").get(f"{address}/versions", status=403)
    one.api("viewer").get(f"{address}/versions/1", status=403)
    publish(one, HIDES_CALIFORNIA.replace('"viewer"', '"editor"'))
    assert editor.get(address).json["name"] == "Reno"
    assert [each["version"] for each in editor.get(f"{address}/versions").json["data"]] == [2]
    assert "San Francisco" not in editor.get(f"{address}/versions/2").text
    editor.get(f"{address}/versions/1", status=404)
    editor.post_json(f"{address}/revert", {"version": 1}, status=404)
    screen = f"/admin/collections/airports/{ids['SFO']}/@@versions"
    browser = one.signed_in("editor")
    assert "San Francisco" not in browser.get(screen).text
    browser.get(f"{screen}?from=1", status=404)
    assert one.api("admin").get(f"{address}/versions/1").json["fields"]["name"] == "San Francisco"


@pytest.mark.parametrize(
    "rules",
    [KEEPS_CALIFORNIA, SINGLY.replace('"view"', '"export"')],
    ids=["in SQL", "row by row"],
)
def test_what_may_be_viewed_but_not_exported_is_in_no_file(one, two, ids, rules):
    publish(one, EXPORT)
    publish(two, EXPORT)
    viewer, address = one.api("viewer"), f"{BASE}/entries/export?format=ndjson"
    assert {json.loads(line)["iata"] for line in viewer.get(address).body.splitlines()} == set(ids)
    publish(one, rules)
    lines = [json.loads(line) for line in viewer.get(f"{address}&expand=near").body.splitlines()]
    assert {each["iata"]: isinstance(each["near"], dict) for each in lines} == {"SEA": False, "PDX": True}
    assert codes(viewer.get(f"{BASE}/entries")) == sorted(ids)
    assert len(two.api("viewer").get(address).text.splitlines()) == 4

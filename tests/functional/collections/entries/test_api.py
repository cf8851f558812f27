"""Entries as JSON; each allowed case beside its refused twin."""

from __future__ import annotations

import uuid

import pytest

from insula.collections.settings import CollectionsSettings
from insula.kit import json
from insula.kit.settings import settings_of

from .conftest import declare, entries

BASE = "/api/collections/airports/entries"
PATCH = "application/merge-patch+json"
OPERATIONS = "application/json-patch+json"
SFO = {"iata": "SFO", "name": "San Francisco", "state": "CA", "latitude": "37.62"}
OAK = {"iata": "OAK", "name": "Oakland", "state": "CA", "latitude": "37.72"}


def bare(answer):
    body = answer.json
    body.pop("request_id")
    return answer.status_int, body, answer.content_type


def patch(client, address, body, *, match, media=PATCH, status=200):
    headers = {"If-Match": match} if match else {}
    return client.patch(address, json.dumps(body), headers=headers, content_type=media, status=status)


def problems(answer):
    return [(error["path"], error["detail"]) for error in answer.json["errors"]]


def test_an_entry_is_made_read_changed_published_and_thrown_away(airports, two):
    editor = airports.api("editor")
    made = editor.post_json(BASE, SFO, status=201)
    entry = made.json
    assert (entry["version"], entry["status"], entry["latitude"]) == (1, "draft", "37.6200")
    address = f"{BASE}/{entry['id']}"
    assert made.headers["Location"].endswith(address)
    assert made.headers["ETag"] == '"1"'
    editor.get(address, status=404)
    read = editor.get(f"{address}?stage=draft")
    assert read.json == entry
    editor.get(f"{address}?stage=draft", headers={"If-None-Match": '"1"'}, status=304)
    changed = patch(editor, address, {**entry, "name": "Frisco"}, match='"1"')
    assert (changed.json["name"], changed.json["version"], changed.json["state"]) == ("Frisco", 2, "CA")
    published = editor.post(f"{address}/publish", headers={"If-Match": '"2"'})
    assert (published.json["status"], published.json["version"]) == ("published", 3)
    assert editor.get(address).json["name"] == "Frisco"
    patch(editor, address, {"name": None}, match='"3"')
    assert editor.get(f"{address}?stage=draft").json["status"] == "changed"
    assert airports.api("viewer").get(address).json["name"] == "Frisco"
    assert editor.get(f"{address}?fields=iata").json == {"id": entry["id"], "iata": "SFO"}
    assert editor.post(f"{address}/unpublish").json["status"] == "draft"
    editor.get(address, status=404)
    editor.delete(address, headers={"If-Match": '"5"'}, status=204)
    editor.get(f"{address}?stage=draft", status=404)
    assert editor.get(f"{address}?stage=trash").json["status"] == "trash"
    assert editor.post(f"{address}/restore").json["status"] == "draft"
    editor.post(f"{address}/purge", status=404)
    editor.delete(address, headers={"If-Match": '"7"'}, status=204)
    editor.post(f"{address}/purge", status=204)
    editor.get(f"{address}?stage=trash", status=404)


def test_another_tenant_and_a_viewer_find_no_draft_and_change_nothing(airports, two):
    entry = airports.api("editor").post_json(BASE, SFO).json
    nothing = f"{BASE}/{uuid.uuid4()}"
    for client in (two.api("editor"), airports.api("viewer")):
        address = f"{BASE}/{entry['id']}"
        for query in ("", "?stage=draft", "?stage=trash"):
            found, missing = (client.get(path + query, status=404) for path in (address, nothing))
            assert bare(found) == bare(missing)
        patch(client, address, {"name": "x"}, match='"1"', status=404)
        client.delete(address, headers={"If-Match": '"1"'}, status=404)
        for verb in ("publish", "unpublish", "restore", "purge", "versions"):
            client.post(f"{address}/{verb}", status=404)
        client.get(f"{address}/versions", status=404)
    airports.api("viewer").post_json(BASE, OAK, status=403)
    two.api("editor").post_json(BASE, SFO, status=201)
    assert airports.visitor().get(BASE + "/" + entry["id"], status=401)
    assert airports.api("editor").get(f"{BASE}/{entry['id']}?stage=draft").json == entry


def test_all_that_is_wrong_is_named(airports, two):
    editor = airports.api("editor")
    wrong = {"iata": "sfo", "latitude": "north", "nam": "x", "id": "1"}
    told = dict(problems(editor.post_json(BASE, wrong, status=422)))
    assert set(told) == {"nam"} or set(told) == {"iata", "latitude", "nam", "id"}
    editor.post_json(BASE, SFO, status=201)
    taken = editor.post_json(BASE, SFO, status=409)
    assert problems(taken) == [("iata", "Another entry has this value already.")]
    editor.post_json(BASE, [], status=400)
    editor.post_json(BASE, [OAK, 3], status=400)
    editor.post(BASE, "{", content_type="application/json", status=400)
    editor.post(BASE, "{}", content_type="text/plain", status=415)
    editor.get(f"{BASE}/nonsense", status=404)
    editor.get(f"{BASE}/{uuid.uuid4()}?stage=past", status=400)


def test_only_the_version_that_was_seen_is_changed(airports, two):
    editor = airports.api("editor")
    address = f"{BASE}/{editor.post_json(BASE, SFO).json['id']}"
    patch(editor, address, {"name": "x"}, match=None, status=428)
    patch(editor, address, {"name": "x"}, match='"2"', status=412)
    editor.delete(address, status=428)
    editor.delete(address, headers={"If-Match": '"2"'}, status=412)
    editor.post(f"{address}/publish", headers={"If-Match": '"2"'}, status=412)
    assert patch(editor, address, {"name": "San Francisco"}, match='"1"').json["version"] == 1


def test_operations_change_an_entry_in_order_or_not_at_all(airports, two):
    editor = airports.api("editor")
    address = f"{BASE}/{editor.post_json(BASE, {**SFO, 'note': {'a': 1}}).json['id']}"

    def send(*operations, match, status=200):
        return patch(editor, address, list(operations), match=match, media=OPERATIONS, status=status)

    done = send(
        {"op": "test", "path": "/iata", "value": "SFO"},
        {"op": "replace", "path": "/name", "value": "Frisco"},
        {"op": "add", "path": "/note/b", "value": 2},
        {"op": "remove", "path": "/state"},
        match='"1"',
    ).json
    assert (done["name"], done["note"], done["state"]) == ("Frisco", {"a": 1, "b": 2}, None)
    send({"op": "test", "path": "/iata", "value": "OAK"}, match='"2"', status=409)
    send({"op": "replace", "path": "/nowhere/x", "value": 1}, match='"2"', status=422)
    send({"op": "jump", "path": "/x"}, match='"2"', status=400)
    send({"op": "replace", "path": "/version", "value": 9}, match='"2"', status=422)
    assert editor.get(f"{address}?stage=draft").json["version"] == 2


def test_many_are_made_at_once_whole_or_in_part(airports, two):
    editor = airports.api("editor")
    editor.post_json(BASE, SFO)
    sent = [OAK, {**SFO, "name": "Again"}, {"iata": "x"}]
    refused = editor.post_json(BASE, sent, status=422)
    assert [path for path, _ in problems(refused)] == ["2.iata"]
    refused = editor.post_json(BASE, sent[:2], status=409)
    assert [path for path, _ in problems(refused)] == ["1.iata"]
    made = editor.post_json(f"{BASE}?whole=false", sent, status=201).json
    assert len(made["data"]) == 1
    assert {each["path"] for each in made["rejected"]} == {"1.iata", "2.iata"}
    assert editor.get(f"{BASE}/{made['data'][0]['id']}?stage=draft").json["iata"] == "OAK"
    airports.api("viewer").post_json(BASE, [OAK] * 8, status=403)


def test_a_dry_run_answers_what_would_be_and_keeps_nothing(airports, two):
    editor = airports.api("editor")
    would = editor.post_json(f"{BASE}?dry_run=true", SFO, status=201).json
    editor.get(f"{BASE}/{would['id']}?stage=draft", status=404)
    entry = editor.post_json(BASE, SFO).json
    address = f"{BASE}/{entry['id']}"
    assert patch(editor, f"{address}?dry_run=true", {"name": "x"}, match='"1"').json["version"] == 2
    editor.delete(f"{address}?dry_run=true", headers={"If-Match": '"1"'}, status=204)
    assert editor.post(f"{address}/publish?dry_run=true").json["status"] == "published"
    assert editor.get(f"{address}?stage=draft").json == entry


def test_a_singleton_has_one_entry(airports, two):
    editor, address = airports.api("editor"), "/api/collections/home/entry"
    editor.get(address, status=404)
    editor.post_json(address, {"words": "Welcome"}, status=201)
    editor.post_json(address, {"words": "Welcome"}, status=405)
    editor.post_json("/api/collections/home/entries", {"words": "Welcome"}, status=409)
    step = {"op": "create", "collection": "home", "id": str(uuid.uuid4()), "values": {"words": "Again"}}
    editor.post_json("/api/batch", {"operations": [step]}, status=409)
    editor.post(f"{address}/publish")
    assert editor.get(address).json["words"] == "Welcome"
    two.api("editor").get(address, status=404)
    editor.get("/api/collections/airports/entry", status=404)


def test_a_singleton_may_have_the_name_of_a_part(airports, two):
    document = {"title": "Versions", "singleton": True, "fields": [{"name": "words", "type": "text"}]}
    declare(airports, versions=document)
    editor, address = airports.api("editor"), "/api/collections/versions/entry"
    editor.post_json(address, {"words": "First"}, status=201)
    editor.post(f"{address}/publish")
    patch(editor, address, {"words": "Second"}, match='"2"')
    assert editor.get(address).json["words"] == "First"
    assert editor.get(f"{address}?stage=draft").json["words"] == "Second"
    assert [each["version"] for each in editor.get(f"{address}/versions").json["data"]] == [3, 2, 1]
    assert editor.get(f"{address}/versions/3").json["fields"]["words"] == "Second"


def test_links_lead_somewhere_and_say_what_becomes_of_them(airports, two):
    editor = airports.api("editor")
    routes = "/api/collections/routes/entries"
    sfo, oak = (editor.post_json(BASE, each).json["id"] for each in (SFO, OAK))
    theirs = two.api("editor").post_json(BASE, SFO).json["id"]
    for nowhere in (str(uuid.uuid4()), theirs):
        refused = editor.post_json(routes, {"number": 1, "origin": nowhere}, status=422)
        assert [path for path, _ in problems(refused)] == ["origin"]
    first = editor.post_json(routes, {"number": 1, "origin": sfo, "via": [sfo, oak]}).json["id"]
    second = editor.post_json(routes, {"number": 2, "hub": oak}).json["id"]

    def away(entry_id, version, status=204):
        return editor.delete(f"{BASE}/{entry_id}", headers={"If-Match": f'"{version}"'}, status=status)

    assert [path for path, _ in problems(away(sfo, 1, 409))] == ["origin"]
    away(oak, 1)
    assert editor.get(f"{routes}/{first}").json["via"] == [sfo]
    editor.get(f"{routes}/{second}", status=404)
    assert editor.get(f"{routes}/{second}?stage=trash").json["number"] == 2
    # What leads nowhere by now does not come back.
    refused = editor.post(f"{routes}/{second}/restore", status=422)
    assert [path for path, _ in problems(refused)] == ["hub"]


def test_a_long_chain_goes_along_and_counts_as_a_whole(airports, two, installation):
    parts = {"title": "Parts", "drafts": False}
    link = {"name": "whole", "type": "link", "collection": "parts", "on_delete": "delete"}
    fixed = {"name": "fixed", "type": "link", "collection": "parts", "on_delete": "restrict"}
    address = "/api/collections/parts/entries"
    heads = {}
    for tenant in (airports, two):
        declare(tenant, parts=parts | {"fields": [link, fixed]})
        with tenant.work() as work:
            last = heads[tenant.tenant.id] = entries(work).create("parts", {}, author=None).id
            for _ in range(400):
                values = {"whole": last, "fixed": heads[tenant.tenant.id]}
                last = entries(work).create("parts", values, author=None).id
    settings = settings_of(installation.registry, CollectionsSettings)
    editor = airports.api("editor")
    head, match = f"{address}/{heads[airports.tenant.id]}", {"If-Match": '"1"'}
    object.__setattr__(settings, "max_affected", 399)
    try:
        editor.delete(head, headers=match, status=409)
        object.__setattr__(settings, "max_affected", 400)
        editor.delete(head, headers=match, status=204)
    finally:
        object.__setattr__(settings, "max_affected", 1_000)
    assert editor.get(f"{address}/count").json["count"] == 0
    assert two.api("editor").get(f"{address}/count").json["count"] == 401


def test_what_is_published_takes_no_version_that_its_draft_has(airports, two):
    leading = {"name": "to", "type": "link", "collection": "airports", "on_delete": "clear"}
    declare(airports, notes={"title": "Notes", "fields": [leading]})
    editor, address = airports.api("editor"), "/api/collections/notes/entries"
    sfo = editor.post_json(BASE, SFO).json["id"]
    note = f"{address}/{editor.post_json(address, {'to': sfo}).json['id']}"
    editor.post(f"{note}/publish")
    assert patch(editor, note, {"to": None}, match='"2"').json["version"] == 3
    editor.delete(f"{BASE}/{sfo}", headers={"If-Match": '"1"'})
    live, draft = editor.get(note).json, editor.get(f"{note}?stage=draft").json
    assert (live["version"], live["to"], draft["version"]) == (4, None, 4)
    assert len(editor.get(f"{note}/versions").json["data"]) == 4


@pytest.mark.parametrize("verb", ["publish", "unpublish"])
def test_what_has_no_drafts_is_not_published(airports, two, verb):
    editor = airports.api("editor")
    made = editor.post_json("/api/collections/routes/entries", {"number": 1}).json
    assert made["status"] == "published"
    editor.post(f"/api/collections/routes/entries/{made['id']}/{verb}", status=409)

"""What an entry was, when it is due, and many operations as one."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from insula.collections.entries import due
from insula.collections.entries.due import carry_out
from insula.kit.clock import isoformat, now
from insula.kit.errors import Stale
from insula.kit.ids import uuid7

from .conftest import entries
from .test_api import BASE, OAK, SFO, bare, patch, problems


def test_every_version_is_kept_and_can_be_written_anew(airports, two):
    editor = airports.api("editor")
    address = f"{BASE}/{editor.post_json(BASE, SFO).json['id']}"
    patch(editor, address, {"name": "Frisco", "state": None}, match='"1"')
    editor.post(f"{address}/publish")
    first = editor.get(f"{address}/versions?limit=2").json
    rest = editor.get(f"{address}/versions?limit=2&after={first['after']}").json
    listed = first["data"] + rest["data"]
    assert [(each["version"], each["act"]) for each in listed] == [(3, "publish"), (2, "edit"), (1, "create")]
    assert all(each["author"] for each in listed)
    second = editor.get(f"{address}/versions/2").json
    assert {each["field"]: (each["before"], each["after"]) for each in second["changes"]} == {
        "name": ("San Francisco", "Frisco"),
        "state": ("CA", None),
    }
    editor.get(f"{address}/versions/9", status=404)
    editor.get(f"{address}/versions/x", status=404)
    back = editor.post_json(f"{address}/revert", {"version": 1}).json
    assert (back["version"], back["name"], back["state"], back["status"]) == (
        4,
        "San Francisco",
        "CA",
        "changed",
    )
    assert editor.get(address).json["name"] == "Frisco"
    editor.post_json(f"{address}/revert", {"version": 9}, status=404)
    viewer = airports.api("viewer")
    viewer.get(address, status=200)
    for client in (viewer, two.api("editor")):
        client.get(f"{address}/versions", status=404)
        client.get(f"{address}/versions/1", status=404)
        client.post_json(f"{address}/revert", {"version": 1}, status=404)


def test_what_is_due_is_published_and_taken_away(airports, two, installation):
    editor = airports.api("editor")
    entry = editor.post_json(BASE, SFO).json
    address, later = f"{BASE}/{entry['id']}", now() + timedelta(hours=1)

    def plan(status=200, **moments):
        sent = {name: at and isoformat(at) for name, at in moments.items()}
        return editor.post_json(f"{address}/schedule", sent, status=status)

    plan(422, publish_at=later, expire_at=now())
    for odd in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        told = editor.post_json(f"{address}/schedule", {"publish_at": odd}, status=422).json
        assert [error["path"] for error in told["errors"]] == ["publish_at"]
    assert plan(publish_at=later, expire_at=later + timedelta(hours=1)).json["publish_at"] == isoformat(later)
    carry_out(installation.registry)
    editor.get(address, status=404)
    plan(publish_at=now() - timedelta(seconds=1), expire_at=later)
    carry_out(installation.registry)
    assert editor.get(address).json["status"] == "published"
    assert "publish_at" not in editor.get(f"{address}?stage=draft").json
    plan(publish_at=None, expire_at=now() - timedelta(seconds=1))
    carry_out(installation.registry)
    editor.get(address, status=404)
    assert "expire_at" not in editor.get(f"{address}?stage=draft").json
    assert carry_out(installation.registry) == 0


def test_what_cannot_be_published_when_it_is_due_is_left(airports, two, installation):
    editor = airports.api("editor")
    published = editor.post_json(BASE, SFO).json
    editor.post(f"{BASE}/{published['id']}/publish")
    patch(editor, f"{BASE}/{published['id']}", {"iata": "XXX"}, match='"2"')
    other = editor.post_json(BASE, SFO).json
    editor.post_json(
        f"{BASE}/{other['id']}/schedule", {"publish_at": isoformat(now() - timedelta(seconds=1))}
    )
    carry_out(installation.registry)
    left = editor.get(f"{BASE}/{other['id']}?stage=draft").json
    assert left["status"] == "draft"
    assert "publish_at" not in left


def test_what_is_edited_without_a_right_to_publish_is_not_due_any_more(airports, two, installation):
    author, editor = airports.api("author"), airports.api("editor")
    address = f"{BASE}/{author.post_json(BASE, SFO).json['id']}"
    later = isoformat(now() + timedelta(hours=1))
    editor.post_json(f"{address}/schedule", {"publish_at": later})
    kept = patch(editor, address, {"name": "Frisco"}, match='"2"').json
    assert kept["publish_at"] == later
    lost = patch(author, address, {"name": "Seen by nobody"}, match='"3"').json
    assert "publish_at" not in lost
    carry_out(installation.registry)
    editor.get(address, status=404)


def test_an_entry_that_cannot_be_done_holds_up_no_other(airports, two, installation, monkeypatch):
    addresses, moment = {}, isoformat(now() - timedelta(seconds=1))
    for tenant in (airports, two):
        editor = tenant.api("editor")
        addresses[tenant.tenant.id] = f"{BASE}/{editor.post_json(BASE, SFO).json['id']}"
        editor.post_json(f"{addresses[tenant.tenant.id]}/schedule", {"publish_at": moment})
    act = due._act

    def broken(work, *which):
        if work.tenant_id == airports.tenant.id:
            raise RecursionError
        act(work, *which)

    monkeypatch.setattr(due, "_act", broken)
    monkeypatch.setattr(due, "_MOST", 1)
    while carry_out(installation.registry):
        pass
    assert two.api("editor").get(addresses[two.tenant.id]).json["status"] == "published"
    left = airports.api("editor").get(f"{addresses[airports.tenant.id]}?stage=draft").json
    assert left["status"] == "draft"
    assert "publish_at" not in left


def test_what_is_taken_away_does_not_come_back_by_itself(airports, two):
    editor = airports.api("editor")
    address = f"{BASE}/{editor.post_json(BASE, SFO).json['id']}"
    editor.post(f"{address}/publish")
    later = isoformat(now() + timedelta(hours=1))
    assert editor.post_json(f"{address}/schedule", {"publish_at": later}).json["publish_at"] == later
    assert "publish_at" not in editor.post(f"{address}/unpublish").json
    editor.post_json(f"{address}/schedule", {"publish_at": later})
    assert "publish_at" not in editor.post(f"{address}/unpublish").json


def test_what_was_thrown_away_anew_is_not_what_somebody_saw(airports, two):
    for tenant in (airports, two):
        made = uuid.UUID(tenant.api("editor").post_json(BASE, SFO).json["id"])
        with tenant.work() as work:
            entries(work).trash("airports", made, expected=1, author=None)
        for verb, others in (("restore", {"author": None}), ("purge", {})):
            with pytest.raises(Stale), tenant.work() as work:
                getattr(entries(work), verb)("airports", made, expected=1, **others)
        with tenant.work() as work:
            assert entries(work).restore("airports", made, expected=2, author=None).version == 3
            entries(work).trash("airports", made, expected=3, author=None)
            entries(work).purge("airports", made, expected=4)


def test_a_batch_is_done_whole_or_not_at_all(airports, two):
    editor = airports.api("editor")
    sfo = editor.post_json(BASE, SFO).json
    oak = str(uuid7())
    steps = [
        {"op": "create", "collection": "airports", "id": oak, "values": OAK},
        {"op": "create", "collection": "routes", "values": {"number": 1, "origin": oak}},
        {"op": "edit", "collection": "airports", "id": sfo["id"], "version": 1, "values": {"name": "x"}},
        {"op": "publish", "collection": "airports", "id": sfo["id"]},
    ]
    wrong = {"op": "edit", "collection": "airports", "id": sfo["id"], "version": 1, "values": {}}
    editor.post_json("/api/batch", {"operations": [*steps, wrong]}, status=412)
    editor.get(f"{BASE}/{oak}?stage=draft", status=404)
    for bad, path in (
        ({"op": "create", "collection": "airports", "values": {"iata": "x"}}, "operations.1.iata"),
        ({"op": "trash", "collection": "airports"}, "operations.1.id"),
    ):
        told = editor.post_json("/api/batch", {"operations": [steps[0], bad]}, status=422)
        assert [each for each, _ in problems(told)] == [path]
    done = editor.post_json("/api/batch", {"operations": steps}).json["data"]
    assert [each["version"] for each in done] == [1, 1, 2, 3]
    trash = {"op": "trash", "collection": "airports", "id": sfo["id"], "version": 3}
    assert editor.post_json("/api/batch", {"operations": [trash]}).json == {"data": [None]}
    editor.post_json("/api/batch", {"operations": []}, status=422)


def test_an_id_of_ones_own_says_when_the_entry_was_made(airports, two):
    editor = airports.api("editor")

    def made(iata, own, status):
        step = {"op": "create", "collection": "airports", "id": str(own), "values": {**OAK, "iata": iata}}
        return editor.post_json("/api/batch", {"operations": [step]}, status=status)

    for wrong in (uuid.uuid4(), uuid7(now() - timedelta(hours=25)), uuid7(now() + timedelta(minutes=5))):
        assert [path for path, _ in problems(made("AAA", wrong, 422))] == ["operations.0.id"]
    early, late = (uuid7(now() - timedelta(hours=hours)) for hours in (20, 2))
    editor.post_json(BASE, SFO)
    for iata, own in (("LLL", late), ("EEE", early)):
        made(iata, own, 200)
    for sort, order in (("created", ["EEE", "LLL", "SFO"]), ("-created", ["SFO", "LLL", "EEE"])):
        listed = editor.get(f"{BASE}?stage=draft&sort={sort}").json["data"]
        assert [each["iata"] for each in listed] == order
        assert sorted(listed, key=lambda each: each["created"], reverse=sort != "created") == listed


def test_a_batch_does_no_more_than_its_sender_may(airports, two):
    entry = airports.api("editor").post_json(BASE, SFO).json
    edit = {"op": "edit", "collection": "airports", "id": entry["id"], "values": {"name": "x"}}
    nothing = {**edit, "id": str(uuid.uuid4())}
    old = {**edit, "version": 7}
    for client in (airports.api("viewer"), two.api("editor")):
        answers = [
            client.post_json("/api/batch", {"operations": [step]}, status=404)
            for step in (edit, nothing, old)
        ]
        assert bare(answers[0]) == bare(answers[1]) == bare(answers[2])
    airports.api("editor").post_json("/api/batch", {"operations": [old]}, status=412)
    create = {"op": "create", "collection": "airports", "values": OAK}
    airports.api("viewer").post_json("/api/batch", {"operations": [create]}, status=403)
    nowhere = {**create, "collection": "nowhere"}
    airports.api("editor").post_json("/api/batch", {"operations": [nowhere]}, status=404)

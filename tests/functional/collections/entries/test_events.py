"""What is told of entries, once a transaction and collection, and never what they say."""

from __future__ import annotations

from .test_api import BASE, OAK, SFO


def told(tenant):
    tenant.installation.drain()
    listed = tenant.api("owner").get("/api/audit?event=entries.changed").json["data"]
    return [entry["payload"] for entry in listed]


def test_many_entries_are_one_event_of_the_trail_without_what_they_say(airports, two):
    editor = airports.api("editor")
    many = [
        {"iata": "".join(chr(65 + number // 26**place % 26) for place in range(3)), "name": "secret words"}
        for number in range(1_000)
    ]
    made = editor.post_json(BASE, many, status=201).json["data"]
    [event] = told(airports)
    assert event["collection"] == "airports"
    assert [(each["id"], each["act"], each["version"]) for each in event["acts"]] == [
        (each["id"], "create", 1) for each in made
    ]
    assert "secret" not in str(event)
    assert told(two) == []


def test_a_batch_is_one_event_of_each_collection(airports, two):
    editor = airports.api("editor")
    steps = [{"op": "create", "collection": "airports", "values": each} for each in (SFO, OAK)]
    steps.append({"op": "create", "collection": "routes", "values": {"number": 1}})
    editor.post_json("/api/batch", {"operations": steps})
    editor.post_json(f"{BASE}?dry_run=true", {"iata": "LAX"}, status=201)
    counted = {event["collection"]: len(event["acts"]) for event in told(airports)}
    assert counted == {"airports": 2, "routes": 1}

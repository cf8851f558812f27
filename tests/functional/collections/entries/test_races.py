"""What happens at the same moment, and what is sent again: nothing is lost, nothing is done twice."""

from __future__ import annotations

import threading

from insula.kit.ids import uuid7
from insula.security.interfaces import Policies

from .test_api import BASE, OAK, SFO, patch

HIDES_NAMES = """
@id("no-names") forbid(principal, action == Action::"view", resource == Field::"airports.name");
"""


def at_once(*acts):
    """Do these in threads that begin together; return what they returned, in any order."""
    found, gate = [], threading.Barrier(len(acts))

    def run(act):
        gate.wait()
        found.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(acts)
    return found


def test_of_two_who_change_one_version_one_succeeds_and_nothing_is_lost(airports, two):
    editor = airports.api("editor")
    address = f"{BASE}/{editor.post_json(BASE, SFO).json['id']}"
    for version in range(1, 6):
        match = f'"{version}"'
        answers = at_once(
            lambda match=match: patch(
                airports.api("editor"), address, {"name": match}, match=match, status="*"
            ),
            lambda match=match: patch(
                airports.api("editor"), address, {"state": match}, match=match, status="*"
            ),
        )
        assert sorted(answer.status_int for answer in answers) == [200, 412]
        won = next(answer.json for answer in answers if answer.status_int == 200)
        assert editor.get(f"{address}?stage=draft").json == won


def test_of_many_who_take_one_unique_value_one_succeeds(airports, two):
    airports.token("editor")
    answers = at_once(*[lambda: airports.api("editor").post_json(BASE, SFO, status="*")] * 6)
    assert sorted(answer.status_int for answer in answers) == [201] + [409] * 5
    two.api("editor").post_json(BASE, SFO, status=201)


def test_of_many_who_make_the_entry_of_one_id_one_succeeds(airports, two):
    airports.token("editor")
    step = {"op": "create", "collection": "airports", "id": str(uuid7()), "values": OAK}
    for path, body in (
        ("/api/collections/home/entry", {"words": "Welcome"}),
        ("/api/batch", {"operations": [step]}),
    ):
        answers = at_once(
            *[lambda path=path, body=body: airports.api("editor").post_json(path, body, status="*")] * 5
        )
        statuses = sorted(answer.status_int for answer in answers)
        assert statuses[0] in (200, 201)
        # Who looks once there is one finds no place to make it at.
        assert set(statuses[1:]) <= {405, 409}
        two.api("editor").post_json(path, body)


def test_fifty_retries_make_one_entry(airports, two):
    airports.token("editor")

    def send():
        client = airports.api("editor")
        while True:
            # Without a unique field, nothing but the key stands in the way of a second one.
            answer = client.post_json(
                BASE.replace("airports", "routes"), {}, headers={"Idempotency-Key": "k-1"}, status="*"
            )
            if answer.status_int not in (409, 503):
                return answer

    first = send()
    answers = [first, *at_once(*[send] * 5), *(send() for _ in range(44))]
    assert {answer.status_int for answer in answers} == {201}
    assert {answer.text for answer in answers} == {first.text}
    assert {answer.headers["ETag"] for answer in answers} == {'"1"'}
    assert {answer.headers["Location"] for answer in answers} == {first.headers["Location"]}
    counted = airports.api("editor").get(f"{BASE.replace('airports', 'routes')}/count").json
    assert counted["count"] == 1


def test_retries_that_arrive_together_make_one_entry(airports, two):
    airports.token("editor")

    def send():
        return airports.api("editor").post_json(BASE, SFO, headers={"Idempotency-Key": "k-2"}, status="*")

    answers = at_once(*[send] * 5)
    assert {(answer.status_int, answer.text) for answer in answers} == {(201, answers[0].text)}


def test_a_key_belongs_to_one_body_one_account_and_one_address(airports, two):
    editor = airports.api("editor")

    def send(client, body, status, path=BASE):
        return client.post_json(path, body, headers={"Idempotency-Key": "k-3"}, status=status)

    made = send(editor, SFO, 201).json
    send(editor, OAK, 422)
    send(airports.api("admin"), SFO, 409)
    assert send(two.api("editor"), SFO, 201).json["id"] != made["id"]
    # What failed has left nothing, so that the same key may be used for what is mended.
    editor.post_json(BASE, {"iata": "x"}, headers={"Idempotency-Key": "k-4"}, status=422)
    editor.post_json(BASE, OAK, headers={"Idempotency-Key": "k-4"}, status=201)
    address = f"{BASE}/{made['id']}/publish"
    first = editor.post(address, headers={"Idempotency-Key": "k-5", "If-Match": '"1"'})
    assert editor.post(address, headers={"Idempotency-Key": "k-5", "If-Match": '"1"'}).json == first.json
    editor.post(address, headers={"If-Match": '"1"'}, status=412)
    editor.post_json(BASE, SFO, headers={"Idempotency-Key": "k" * 256}, status=400)


def test_a_dry_run_leaves_its_key_free(airports, two):
    editor = airports.api("editor")
    editor.post_json(f"{BASE}?dry_run=true", SFO, headers={"Idempotency-Key": "k-6"}, status=201)
    editor.post_json(BASE, SFO, headers={"Idempotency-Key": "k-6"}, status=201)


def test_an_answer_is_not_told_again_to_whoever_has_other_rights_by_now(airports, two):
    editor, key = airports.api("editor"), {"Idempotency-Key": "k-3"}
    first = editor.post_json(BASE, SFO, headers=key, status=201)
    assert editor.post_json(BASE, SFO, headers=key, status=201).text == first.text
    with airports.work() as work:
        policies = work.find_service(Policies)
        now = policies.current()
        policies.publish(f"{now.text}\n{HIDES_NAMES}", now.grid, None, "because")
    told = editor.post_json(BASE, SFO, headers=key, status=409)
    assert told.json["type"] == "/problems/done-before"
    assert f"{BASE}/{first.json['id']}" in told.json["detail"]
    assert "San Francisco" not in told.text
    assert editor.get(f"{BASE}/count?stage=draft").json["count"] == 1
    # What a request itself changes of the rules and the collections is no reason to withhold its answer.
    body = {"name": "towns", "title": "Towns", "fields": []}
    admin, key = airports.api("admin"), {"Idempotency-Key": "k-4"}
    made = admin.post_json("/api/collections", body, headers=key, status=201)
    assert admin.post_json("/api/collections", body, headers=key, status=201).text == made.text

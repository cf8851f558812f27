"""Searching the trail: what each field finds, how far a page looks, one entry, and the trail as a file."""

from __future__ import annotations

import csv
import io

import pytest
from click.testing import CliRunner

from insula.audit import services
from insula.audit.commands import audit
from insula.events.interfaces import Events
from insula.features.interfaces import Features
from insula.kit.commands import Shell
from insula.kit.ids import uuid7
from insula.kit.json import loads
from tests.faults.rig import ThingMade


def emit(tenant, *numbers, actor="ada"):
    for n in numbers:
        with tenant.work() as work:
            work.find_service(Events).emit(ThingMade(n), actor=actor)
    tenant.installation.drain()


def found(client, **query):
    return client.get("/api/audit", query).json["data"]


def test_each_field_finds_what_it_names_and_nothing_else(one, two):
    client = one.api()
    emit(one, 1, actor="Ada Lovelace")
    emit(one, 2, actor="bob")
    emit(two, 1, actor="Ada Lovelace")
    made = client.post_json("/api/pages", {"path": "/news", "title": "News"}, status=201)
    one.installation.drain()
    page_id, request_id = made.json["id"], made.headers["X-Request-ID"]
    assert [each["payload"]["n"] for each in found(client, event="thing.made")] == [2, 1]
    assert [each["payload"]["n"] for each in found(client, event="thing")] == [2, 1]
    assert [each["payload"]["n"] for each in found(client, event="thing.*", who="lovelace")] == [1]
    assert [each["event"] for each in found(client, thing=page_id)] == ["page.created"]
    assert [each["event"] for each in found(client, request_id=request_id)] == ["page.created"]
    assert [each["event"] for each in found(client, find="/NEWS")] == ["page.created"]
    assert (
        found(client, event="thing.mad")
        == found(client, thing="nothing")
        == found(client, who="nobody")
        == []
    )
    assert found(client, **{"event": "thing", "time[lt]": "2000-01-01"}) == []
    assert len(found(client, **{"event": "thing", "time[gte]": "2000-01-01T00:00:00+02:00"})) == 2
    assert found(two.api(), thing=page_id) == found(two.api(), request_id=request_id) == []


def test_an_entry_says_from_where_and_by_which_scheme(one):
    client = one.api()
    client.post_json("/api/pages", {"path": "/a", "title": "A"}, extra_environ={"REMOTE_ADDR": "192.0.2.77"})
    one.installation.drain()
    (entry,) = found(client, event="page.created")
    assert (entry["address"], entry["scheme"], entry["operator"]) == ("192.0.2.77", "token", None)
    assert found(client, event="page.created", address="192.0.2.0/24") == [entry]
    assert found(client, event="page.created", address="192.0.2.77") == [entry]
    assert found(client, event="page.created", address="198.51.100.0/24") == []


def test_somebody_is_found_by_the_name_that_the_account_has(one, two):
    person = one.person("editor")
    emit(one, 1, actor=str(person.id))
    client = one.api()
    assert [each["actor_name"] for each in found(client, event="thing", who=person.name)] == [person.name]
    assert len(found(client, event="thing", who=str(person.id))) == 1
    assert found(two.api(), event="thing", who=str(person.id)) == []


def test_a_page_looks_at_so_many_entries_and_its_cursor_goes_on(one, two, monkeypatch):
    monkeypatch.setattr(services, "LOOKED_AT", 10)
    client = one.api()
    emit(one, 7)
    emit(one, *range(100, 130))
    pages, answer = 0, client.get("/api/audit?thing=7")
    while "after" in answer.json:
        pages += 1
        assert answer.json["data"] == []
        answer = client.get(f"/api/audit?thing=7&after={answer.json['after']}")
        if answer.json["data"]:
            break
    assert pages == 3
    assert answer.json["data"][0]["payload"] == {"n": 7}
    cursor = client.get("/api/audit?thing=7").json["after"]
    client.get(f"/api/audit?thing=8&after={cursor}", status=400)
    client.get(f"/api/audit?after={cursor}", status=400)
    two.api().get(f"/api/audit?thing=7&after={cursor}", status=400)
    screen = one.signed_in("owner").get("/admin/audit?thing=7")
    assert "Nothing so far" in screen
    assert "Look further back" in screen


@pytest.mark.parametrize(
    "query",
    ["time[gte]=yesterday", "time[lt]=2026-13-01", "address=10.0.0.0/99", "event=" + "x" * 201, "when=now"],
)
def test_what_cannot_be_searched_for_is_named(one, query):
    problem = one.api().get(f"/api/audit?{query}", status=400).json
    assert [error["path"] for error in problem["errors"]] == [query.partition("=")[0]]
    if not query.startswith("when"):
        one.signed_in("owner").get(f"/admin/audit?{query}", status=400)


def test_one_entry_has_a_page_and_an_address_and_for_others_it_is_missing(one, two):
    with one.work() as work:
        work.find_service(Features).change(
            "website", on=None, settings={"title": "Station"}, expected=None, actor="ada"
        )
    one.installation.drain()
    client = one.api()
    (entry,) = found(client, event="feature.changed")
    assert client.get(f"/api/audit/{entry['id']}").json == entry
    browser = one.signed_in("owner")
    page = browser.get("/admin/audit?event=feature.changed").click("Feature changed")
    assert "Before and after" in page
    assert "Station" in page
    assert entry["hash"] in page
    missing = client.get(f"/api/audit/{uuid7()}", status=404).json
    for other in (two.api(), one.api("editor")):
        refused = other.get(f"/api/audit/{entry['id']}", status=404).json
        assert set(refused) == set(missing)
        assert (refused["type"], refused["title"], refused.get("detail")) == (
            missing["type"],
            missing["title"],
            missing.get("detail"),
        )
    two.signed_in("owner").get(f"/admin/audit/{entry['id']}", status=404)
    one.signed_in("author").get(f"/admin/audit/{entry['id']}", status=404)
    for name in (entry["id"].upper(), "x", "chain/x", entry["id"] + "0"):
        client.get(f"/api/audit/{name}", status=404)


def test_the_trail_is_exported_and_no_cell_is_a_formula(one, two):
    client = one.api()
    for actor in ("=cmd|'/c calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "plain"):
        emit(one, 1, actor=actor)
    emit(two, 99)
    answer = client.get("/api/audit/export?format=csv&event=thing")
    assert answer.content_type == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["actor"] for row in rows] == [
        "plain",
        "'\tx",
        "'@SUM(A1)",
        "'-1",
        "'+1",
        "'=cmd|'/c calc'!A0",
    ]
    lines = [loads(line) for line in client.get("/api/audit/export?event=thing").body.splitlines()]
    assert lines == found(client, event="thing")
    browser = one.signed_in("owner")
    assert (
        browser.get("/admin/audit?event=thing").forms["export"].submit("format", value="csv").text
        == answer.text
    )
    client.get("/api/audit/export?format=xlsx", status=400)
    browser.get("/admin/audit/export?format=xlsx", status=400)
    one.signed_in("author").get("/admin/audit/export?format=csv", status=404)
    one.api("editor").get("/api/audit/export", status=404)
    assert two.api().get("/api/audit/export?event=thing&find=calc").body == b""


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_the_whole_trail_is_exported_by_every_door(one, two, kind):
    emit(one, *range(3))
    emit(two, 99)
    browser, shell = one.signed_in("owner"), Shell(one.installation.registry, "test.ini")
    one.installation.drain()
    screen = browser.get("/admin/audit").forms["export"].submit("format", value=kind).text
    api = one.api().get(f"/api/audit/export?format={kind}").text
    words = ["export", "--tenant", one.tenant.name, "--format", kind]
    command = CliRunner().invoke(audit, words, obj=shell)
    assert command.exit_code == 0
    for text in (screen, api, command.output):
        assert text.count("thing.made") == 3
        assert "99}" not in text
    one.signed_in("author").get(f"/admin/audit/export?format={kind}", status=404)
    one.api("editor").get(f"/api/audit/export?format={kind}", status=404)


def test_an_export_goes_on_behind_its_link(one, monkeypatch):
    from insula.audit import exporting

    monkeypatch.setattr(exporting, "MAX_ENTRIES", 3)
    client = one.api()
    emit(one, *range(7))
    numbers, path = [], "/api/audit/export?event=thing"
    while path:
        answer = client.get(path)
        numbers += [loads(line)["payload"]["n"] for line in answer.body.splitlines()]
        path = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]
    assert numbers == [6, 5, 4, 3, 2, 1, 0]


def test_the_commands_search_and_export_one_tenants_trail(one, two, tmp_path):
    emit(one, 1, 2, actor="ada")
    emit(one, 3, actor="bob")
    emit(two, 4, actor="ada")
    shell = Shell(one.installation.registry, "test.ini")

    def run(*words):
        result = CliRunner().invoke(audit, [*words, "--tenant", one.tenant.name], obj=shell)
        assert result.exit_code == 0, result.output
        return result.output

    listed = run("list", "--who", "ada", "--event", "thing", "--since", "2020-01-01").splitlines()
    assert [line[-7:] for line in listed] == ['{"n":2}', '{"n":1}']
    target = tmp_path / "trail.csv"
    run("export", "--event", "thing", "--format", "csv", "--output", str(target))
    assert [row["payload"] for row in csv.DictReader(io.StringIO(target.read_text()))] == [
        '{"n":3}',
        '{"n":2}',
        '{"n":1}',
    ]
    assert len(run("export", "--thing", "3").splitlines()) == 1

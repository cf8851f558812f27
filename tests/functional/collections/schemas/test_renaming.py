"""Fields with another name: their values, keys and links are kept, wherever they are read meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from insula.collections.interfaces.schemas import ChangeState, Collections
from insula.security.interfaces import Policies
from tests.functional.collections.schemas.conftest import left_to_the_worker
from tests.installations import Installation
from tests.makers import TenantHandle

BASE = "/api/collections/stations"
FIELDS: list[dict[str, Any]] = [
    {"name": "code", "type": "text", "required": True, "unique": True},
    {"name": "state", "type": "text", "indexed": True, "searchable": True},
    {"name": "size", "type": "integer"},
    {"name": "next", "type": "link", "collection": "stations", "on_delete": "restrict"},
]
BEFORE = {
    "title": "Stations",
    "drafts": False,
    "display": "{code}",
    "fields": FIELDS,
    "indexes": [["state", "size"]],
}
NAMES = {"code": "sign", "state": "region", "size": "area", "next": "onward"}
AFTER = {
    **BEFORE,
    "display": "{sign}",
    "fields": [each | {"name": NAMES[each["name"]], "was": each["name"]} for each in FIELDS],
    "indexes": [["region", "area"]],
}


@pytest.fixture
def stations(one: TenantHandle, two: TenantHandle) -> list[str]:
    """Two tenants with the same three stations; return the ids of the first tenant's."""
    ids: list[list[str]] = []
    for tenant in (one, two):
        api = tenant.api()
        api.post_json("/api/collections", {**BEFORE, "name": "stations"}, status=201)
        body = [{"code": f"S{number}", "state": f"CA {number}", "size": number} for number in range(3)]
        made = [each["id"] for each in api.post_json(f"{BASE}/entries", body, status=201).json["data"]]
        api.patch_json(f"{BASE}/entries/{made[1]}", {"next": made[0]}, headers={"If-Match": '"1"'})
        ids.append(made)
    return ids[0]


def planned(tenant: TenantHandle, document: dict[str, Any] = AFTER) -> Any:
    """Return a plan, and how to apply it."""
    api = tenant.api()
    answer = api.post_json(f"{BASE}/plan", document, status=201)
    lost = [effect["field"] for effect in answer.json["effects"] if effect["act"] == "lose"]
    return answer.json, lambda: api.post_json(f"{answer.headers['Location']}/apply", {"confirmed": lost}).json


def test_values_keys_words_and_links_are_kept(
    one: TenantHandle, two: TenantHandle, stations: list[str]
) -> None:
    """Also of what lies in the trash, and in what entries were; the other tenant's stay as they are."""
    api = one.api()
    api.delete(f"{BASE}/entries/{stations[2]}", headers={"If-Match": '"1"'})
    plan, apply = planned(one)
    assert {(each["act"], each["field"]) for each in plan["effects"] if "+" not in each["field"]} == {
        ("change", ""),
        *(("change", name) for name in NAMES.values()),
    }
    assert "Renamed from state; its values are kept." in {each["text"] for each in plan["effects"]}
    assert (plan["failing"], apply()["state"]) == (0, "applied")
    shown = api.get(f"{BASE}/entries/{stations[1]}").json
    assert {name: shown.get(name) for name in (*NAMES, *NAMES.values())} == {
        **dict.fromkeys(NAMES),
        "sign": "S1",
        "region": "CA 1",
        "area": 1,
        "onward": stations[0],
    }
    for query in ("region=CA%201", "region=CA%201&area[gt]=0&sort=area", "q=1", "sign=S1"):
        assert [each["sign"] for each in api.get(f"{BASE}/entries?{query}").json["data"]] == ["S1"]
    api.get(f"{BASE}/entries?state=CA", status=400)
    api.post_json(f"{BASE}/entries", {"sign": "S1"}, status=409)
    api.delete(f"{BASE}/entries/{stations[0]}", headers={"If-Match": "*"}, status=409)
    assert api.post(f"{BASE}/entries/{stations[2]}/restore").json["region"] == "CA 2"
    assert api.get(f"{BASE}/entries/{stations[1]}/versions/1").json["fields"]["region"] == "CA 1"
    assert two.api().get(f"{BASE}/entries?state=CA%201").json["data"][0]["size"] == 1


HIDES = """
@id("one-is-hidden") forbid(principal in Role::"viewer", action == Action::"view", resource is Entries::stations)
  when { resource has region && resource.region == "CA 1" };
@id("another-is-hidden") forbid(principal in Role::"viewer", action == Action::"view", resource is Entries::stations)
  when { resource has area && resource.area * 2 == 4 };
"""


@pytest.fixture
def slowly(installation: Installation) -> Iterator[None]:
    """Have changes of schemas begin only, and go on by one document each time."""
    with left_to_the_worker(installation, 1):
        yield


def go_on(tenant: TenantHandle) -> ChangeState:
    """Do one batch of the change that goes on, and return where it stands."""
    with tenant.work() as work:
        collections = work.find_service(Collections)
        state: ChangeState = collections.work(collections.changes("stations")[0].id).state
    return state


def test_while_it_goes_on_every_value_is_read_by_its_new_name(
    one: TenantHandle, two: TenantHandle, stations: list[str], slowly: None
) -> None:
    """By lists, single entries and rules alike."""
    change = planned(one)[1]()
    with one.work() as work:
        policies = work.find_service(Policies)
        now = policies.current()
        policies.publish(now.text + HIDES, now.grid, None, "for this test")
    assert change["state"] == "applying"
    api, viewer = one.api(), one.api("viewer")
    for _ in range(4):
        listed = api.get(f"{BASE}/entries?sort=created&fields=region,area,onward").json["data"]
        assert [each["region"] for each in listed] == ["CA 0", "CA 1", "CA 2"]
        assert listed[1]["onward"] == stations[0]
        assert [
            each["region"] for each in api.get(f"{BASE}/entries?area[gt]=0&sort=created").json["data"]
        ] == [
            "CA 1",
            "CA 2",
        ]
        assert [each["sign"] for each in viewer.get(f"{BASE}/entries").json["data"]] == ["S0"]
        for number, status in enumerate((200, 404, 404)):
            viewer.get(f"{BASE}/entries/{stations[number]}", status=status)
        api.delete(f"{BASE}/entries/{stations[0]}", headers={"If-Match": "*"}, status=409)
        go_on(one)
    assert api.get(BASE).json["change"] is None
    assert len(two.api("viewer").get(f"{BASE}/entries").json["data"]) == 3


def test_only_while_a_link_is_renamed_nothing_is_thrown_away(
    one: TenantHandle, two: TenantHandle, stations: list[str], slowly: None
) -> None:
    """A later change of something else does not have anybody wait."""
    api, match = one.api(), {"If-Match": "*"}
    planned(one)[1]()
    told = api.delete(f"{BASE}/entries/{stations[2]}", headers=match, status=409).json["detail"]
    assert "is being changed" in told
    while go_on(one) is not ChangeState.APPLIED:
        pass
    fields = [*AFTER["fields"], {"name": "note", "type": "text"}]
    assert planned(one, {**AFTER, "fields": fields})[1]()["state"] == "applying"
    api.delete(f"{BASE}/entries/{stations[2]}", headers=match, status=204)
    api.delete(f"{BASE}/entries/{stations[0]}", headers=match, status=409)
    while go_on(one) is not ChangeState.APPLIED:
        pass


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ([*FIELDS, {"name": "new", "type": "text", "was": "state"}], "fields.4.was"),
        ([FIELDS[0], {"name": "new", "type": "text", "was": "nothing"}], "fields.1.was"),
        (
            [FIELDS[0], *({"name": name, "type": "text", "was": "state"} for name in ("new", "other"))],
            "fields.2.was",
        ),
        ([FIELDS[0], FIELDS[2] | {"was": "state"}], "fields.1.was"),
    ],
)
def test_a_name_that_no_field_had_is_refused(
    one: TenantHandle, stations: list[str], fields: list[dict[str, Any]], path: str
) -> None:
    """And so are values that would be written over others."""
    document = {**BEFORE, "fields": fields, "indexes": []}
    answer = one.api().post_json(f"{BASE}/plan", document, status=422)
    assert [each["path"] for each in answer.json["errors"]] == [path]
    renamed = {**BEFORE, "name": "fresh", "indexes": [], "fields": [FIELDS[0] | {"was": "old"}]}
    one.api().post_json("/api/collections", renamed, status=422)


CONFIDENTIAL = """
@id("large-ones") forbid(principal in Role::"editor", action == Action::"view", resource is Entries::stations)
  when { resource has extent && resource.extent == 1 };
"""


def test_versions_follow_a_field_through_all_its_names(
    one: TenantHandle, two: TenantHandle, stations: list[str]
) -> None:
    """Whether or not plans go on saying them, and when another field has one of them: for rules as well."""
    api, address = one.api(), f"{BASE}/entries/{stations[1]}"

    def named(size: str, was: str | None, *more: dict[str, Any]) -> dict[str, Any]:
        fields = [FIELDS[0], FIELDS[1], FIELDS[2] | {"name": size, "was": was}, FIELDS[3], *more]
        return {**BEFORE, "fields": fields, "indexes": []}

    anew = {"name": "size", "type": "integer"}
    for document in (
        named("area", "size"),
        named("area", None),
        named("extent", "area"),
        named("extent", None, anew),
    ):
        assert planned(one, document)[1]()["state"] == "applied"
    api.patch_json(address, {"extent": 7, "size": 3}, headers={"If-Match": "*"})
    shown = api.get(f"{address}/versions/1").json["fields"]
    assert (shown["extent"], shown.get("size"), shown.get("area")) == (1, None, None)
    shown = api.get(f"{address}/versions/3").json["fields"]
    assert (shown["extent"], shown["size"]) == (7, 3)
    editor = one.api("editor")
    editor.get(f"{address}/versions/1", status=200)
    with one.work() as work:
        policies = work.find_service(Policies)
        now = policies.current()
        policies.publish(now.text + CONFIDENTIAL, now.grid, None, "for this test")
    editor.get(f"{address}/versions/1", status=404)
    editor.get(f"{address}/versions/3", status=200)
    editor.post_json(f"{address}/revert", {"version": 1}, status=404)
    reverted = api.post_json(f"{address}/revert", {"version": 1}, headers={"If-Match": "*"}).json
    assert (reverted["extent"], reverted["size"]) == (1, None)
    taken = [
        FIELDS[0],
        FIELDS[1] | {"name": "area", "was": "state"},
        anew | {"name": "extent"},
        FIELDS[3],
        anew,
    ]
    told = api.post_json(f"{BASE}/plan", {**BEFORE, "fields": taken, "indexes": []}, status=422)
    assert [each["path"] for each in told.json["errors"]] == ["fields.1.name"]
    api.post_json(f"{BASE}/plan", named("area", "extent", anew), status=201)
    two.api().get(f"{address}/versions/1", status=404)


def test_a_field_is_renamed_by_screen(one: TenantHandle, stations: list[str]) -> None:
    """By writing another name over its own; a plan later the old name is free again."""
    browser = one.signed_in("admin")
    address = "/admin/collections/stations/@@schema"
    form = browser.get(address).forms["schema"]
    form["fields.2.name"], form["indexes"] = "area", "state, area"
    page = form.submit("do", value="save").follow()
    assert "Renamed from size; its values are kept." in page.text
    page.forms["apply"].submit("do", value="apply")
    assert one.api().get(f"{BASE}/entries/{stations[1]}").json["area"] == 1
    form = browser.get(address).forms["schema"]
    form["add"] = "text"
    form = form.submit("do", value="add").forms["schema"]
    form["fields.4.name"] = "size"
    page = form.submit("do", value="save").follow()
    page.forms["apply"].submit("do", value="apply")
    shown = one.api().get(f"{BASE}/entries/{stations[1]}").json
    assert (shown["area"], shown["size"]) == (1, None)

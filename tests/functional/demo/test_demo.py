"""The demonstration: real data, made once, and what a visitor then sees of it."""

import csv
import re
from datetime import date

import pytest

from insula.accounts.interfaces import Accounts
from insula.db.work import tenant_work
from insula.demo.loader import email_of, is_loaded, load
from insula.demo.plans import BAY, CONSOLE, FLIGHTS, PLANS, SEATTLE
from insula.demo.sources import folder
from insula.records.interfaces import Streams, store_of
from insula.tenancy.interfaces import find_tenant
from tests.installations import Installation
from tests.makers import PASSWORD, TenantHandle

READINGS = 8759
AIRPORTS = 3376


@pytest.fixture
def loaded(installation: Installation) -> Installation:
    """The installation with the demonstration in it; loaded by the first test that asks."""
    for plan in PLANS:
        if not is_loaded(installation.registry, plan):
            load(installation.registry, plan, lambda _email: PASSWORD, lambda _count: None)
    return installation


def handle(installation: Installation, name: str) -> TenantHandle:
    return TenantHandle(installation, find_tenant(installation.registry, name))


def counts(installation: Installation) -> dict[str, int]:
    """Return how many records each stream of the demonstration holds."""
    found = {}
    for plan in PLANS:
        tenant = find_tenant(installation.registry, plan.name)
        with tenant_work(installation.registry, tenant.id, writing=False) as work:
            for stream in plan.streams:
                declared = work.find_service(Streams).by_name(stream.name)
                found[f"{plan.name}.{stream.name}"] = store_of(installation.registry).count(declared)
    return found


def test_every_measurement_is_there_once(loaded: Installation) -> None:
    assert counts(loaded) == {
        "seattle.temperature": READINGS,
        "seattle.weather": 1461,
        "bay.temperature": READINGS,
        "flights.airports": AIRPORTS,
    }


def test_loading_again_changes_nothing(loaded: Installation) -> None:
    before = counts(loaded)
    assert all(is_loaded(loaded.registry, plan) for plan in PLANS)
    seattle = handle(loaded, "seattle")
    pages = seattle.api("viewer").get("/api/pages").json["data"]
    load(loaded.registry, SEATTLE, lambda _email: "another password entirely", lambda _count: None)
    assert counts(loaded) == before
    assert seattle.api("viewer").get("/api/pages").json["data"] == pages


def test_the_chart_shows_the_files_own_values_in_the_stations_time(loaded: Installation) -> None:
    page = handle(loaded, "seattle").visitor().get("/")
    assert "<svg" in page.text
    shown = re.findall(r'<circle [^>]*data-time="([^"]+)" data-value="([^"]+)"', page.text)
    with (folder() / "seattle-temps.csv").open(newline="") as file:
        first, last = date(2010, 7, 26), date(2010, 8, 1)
        expected = [
            (line["date"].replace("/", "-").replace(" ", "T"), line["temp"])
            for line in csv.DictReader(file)
            if first <= date.fromisoformat(line["date"][:10].replace("/", "-")) <= last
        ]
    assert [(at[:16], value) for at, value in shown] == expected
    assert len(expected) == 7 * 24


def test_each_tenant_has_its_own_look_and_content(loaded: Installation) -> None:
    seattle, bay = (handle(loaded, name).visitor().get("/").text for name in ("seattle", "bay"))
    assert "harbour.css" in seattle
    assert "bay.css" in bay
    assert "Elliott Bay" in seattle
    assert "Elliott Bay" not in bay
    assert loaded.client("nobody.example").get("/", expect_errors=True).status_int == 404


def test_a_text_names_the_address_at_which_this_installation_answers(loaded: Installation) -> None:
    page = handle(loaded, "flights").visitor().get("/")
    assert '"https://flights.localhost/api/streams/airports/records' in page.html.get_text()
    assert "{address}" not in page.text


def test_cursors_reach_every_reading_exactly_once(loaded: Installation) -> None:
    reader = handle(loaded, "seattle").api("admin")
    seen: list[str] = []
    path = "/api/streams/temperature/records?limit=500"
    while path:
        page = reader.get(path).json
        seen += [record["id"] for record in page["data"]]
        path = f"/api/streams/temperature/records?limit=500&after={page['after']}" if "after" in page else ""
    assert len(seen) == len(set(seen)) == READINGS


def test_a_token_of_seattle_is_none_at_the_bay(loaded: Installation) -> None:
    stranger = handle(loaded, "bay").visitor(REMOTE_ADDR="127.0.0.1")
    stranger.authorization = ("Bearer", handle(loaded, "seattle").token("admin"))
    assert stranger.get("/api/streams/temperature/records", expect_errors=True).status_int == 401


def test_the_bays_stricter_policy_keeps_its_api_inside_the_house(loaded: Installation) -> None:
    token = handle(loaded, "bay").token("owner")
    for address, status in (("127.0.0.1", 200), ("192.0.2.1", 404)):
        client = handle(loaded, "bay").visitor(REMOTE_ADDR=address)
        client.authorization = ("Bearer", token)
        assert client.get("/api/streams", expect_errors=True).status_int == status


def test_the_newest_record_of_each_state_answers_in_one_request(loaded: Installation) -> None:
    latest = (
        handle(loaded, "flights").api("viewer").get("/api/streams/airports/latest?limit=100").json["data"]
    )
    assert len({record["series"] for record in latest}) == len(latest) > 50


def test_the_people_of_a_tenant_have_the_roles_they_are_named_for(loaded: Installation) -> None:
    for plan in (SEATTLE, BAY, FLIGHTS, CONSOLE):
        tenant = find_tenant(loaded.registry, plan.name)
        with tenant_work(loaded.registry, tenant.id, writing=False) as work:
            for role in plan.people:
                assert work.find_service(Accounts).by_email(email_of(plan, role)).roles == {role}


def test_the_console_serves_no_site(loaded: Installation) -> None:
    visitor = handle(loaded, "console").visitor()
    assert visitor.get("/").headers["Location"].endswith("/admin/")
    owner = handle(loaded, "console").api("owner")
    assert owner.get("/api/streams", expect_errors=True).status_int == 404
    assert owner.get("/api/pages", expect_errors=True).status_int == 404


def test_the_airports_are_a_collection_that_answers_in_one_range(loaded: Installation) -> None:
    reader = handle(loaded, "flights").api("viewer")
    entries = "/api/collections/airports/entries"
    assert reader.get(f"{entries}/count").json == {"count": AIRPORTS}
    answer = reader.get(f"{entries}?state=CA&latitude[gt]=37&sort=-latitude&fields=iata,name&limit=5").json
    with (folder() / "airports.csv").open(newline="", encoding="utf-8") as file:
        northern = [line for line in csv.DictReader(file) if line["state"] == "CA"]
    northern.sort(key=lambda line: float(line["latitude"]), reverse=True)
    assert [(each["iata"], each["name"]) for each in answer["data"]] == [
        (line["iata"], line["name"]) for line in northern[:5]
    ]
    assert answer["after"]

"""Which tenant a request is for: its exact host, and nothing else it says."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from insula.db.work import bump, system_work
from insula.events.models import Outbox
from insula.kit.errors import Conflict
from insula.tenancy.interfaces import Tenants
from tests.counting import counted
from tests.hostile_hosts import FORWARDED, HOSTILE
from tests.installations import Installation
from tests.makers import TenantHandle, make_tenant, unique

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def without_ids(text: str) -> str:
    return ID.sub("ID", text)


def test_each_host_shows_its_own_tenant(one: TenantHandle, two: TenantHandle) -> None:
    for handle, other in ((one, two), (two, one)):
        answer = handle.api("viewer").get("/api/").json
        assert answer["tenant"]["name"] == handle.tenant.name
        assert other.tenant.name not in str(answer)


def test_case_and_port_do_not_matter(installation: Installation, one: TenantHandle) -> None:
    for host in (one.host.upper(), f"{one.host}:6543"):
        client = installation.client(host)
        client.authorization = ("Bearer", one.token("viewer"))
        assert client.get("/api/").json["tenant"]["name"] == one.tenant.name


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_host_is_refused_without_a_word_of_any_tenant(
    name: str, installation: Installation, one: TenantHandle
) -> None:
    client = installation.client(HOSTILE[name].format(host=one.host))
    response = client.get("/", expect_errors=True)
    assert response.status_int == 400
    assert one.tenant.title not in response.text


@pytest.mark.parametrize("header", FORWARDED)
def test_a_header_that_names_another_host_or_path_is_not_believed(
    header: str, one: TenantHandle, two: TenantHandle
) -> None:
    reader = one.api("viewer")
    response = reader.get("/api/", headers={header: FORWARDED[header].format(other=two.host)})
    assert response.json["tenant"]["name"] == one.tenant.name
    assert two.host not in response.text


def test_an_unknown_host_gets_404_and_costs_no_second_read(installation: Installation) -> None:
    client = installation.client(f"{unique('nobody')}.example")
    assert client.get("/", expect_errors=True).status_int == 404
    with counted(installation.registry) as statements:
        assert client.get("/", expect_errors=True).status_int == 404
    assert statements == []


def test_an_unknown_host_answers_alike_whether_tenants_exist_or_not(
    installation: Installation, one: TenantHandle
) -> None:
    answers = [
        without_ids(installation.client(host).get("/", expect_errors=True).text)
        for host in (f"{unique('a')}.example", f"x{one.host}", "localhost")
    ]
    assert len(set(answers)) == 1


def test_a_host_added_in_another_process_answers_within_five_seconds(installation: Installation) -> None:
    host = f"{unique('late')}.localhost"
    assert installation.client(host).get("/account/@@sign-in", expect_errors=True).status_int == 404
    make_tenant(installation.another_process().registry, "late", hosts=[host])
    deadline = time.monotonic() + 6
    while installation.client(host).get("/account/@@sign-in", expect_errors=True).status_int != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_suspension_holds_at_the_next_request_in_every_process(
    installation: Installation, one: TenantHandle, two: TenantHandle
) -> None:
    other = installation.another_process()
    clients = [place.client(one.host) for place in (installation, other)]
    assert [client.get("/account/@@sign-in").status_int for client in clients] == [200, 200]
    with system_work(installation.registry, reason="test", writing=False) as work:
        work.find_service(Tenants).suspend(one.tenant.name)
    for client in clients:
        refused = client.get("/account/@@sign-in", expect_errors=True)
        assert refused.status_int == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert client.get("/api/", expect_errors=True).status_int == 503
        # Files need no look at the tenant, but a path that only begins like one of theirs does.
        for path in ("/static/../account/@@sign-in", "/static/x/../../api/", "/static/%2e%2e/api/"):
            assert client.get(path, expect_errors=True).status_int == 503
    assert two.visitor().get("/account/@@sign-in").status_int == 200
    with system_work(installation.registry, reason="test", writing=False) as work:
        work.find_service(Tenants).resume(one.tenant.name)
    assert [client.get("/account/@@sign-in").status_int for client in clients] == [200, 200]


def test_a_tenant_is_made_whole_or_not_at_all(installation: Installation, one: TenantHandle) -> None:
    name = unique("twice")
    with pytest.raises(Exception, match="Already in use"):
        make_tenant(installation.registry, name, hosts=[one.host])
    with system_work(installation.registry, reason="test", writing=False) as work:
        assert not [tenant for tenant in work.find_service(Tenants).all() if tenant.name.startswith(name)]


def test_health_answers_on_any_host_with_one_word(installation: Installation) -> None:
    stranger = installation.client("nobody.example")
    assert stranger.get("/healthz").text == "ok\n"
    assert stranger.get("/readyz").text == "ready\n"


def test_health_tells_details_to_this_machine_only(installation: Installation) -> None:
    local = installation.client("nobody.example", REMOTE_ADDR="127.0.0.1")
    parts = local.get("/readyz").json["parts"]
    assert {"database", "migrations", "records", "relay"} <= set(parts)
    assert all(part["ok"] for part in parts.values())
    assert local.get("/readyz", headers={"X-Forwarded-For": "192.0.2.7"}).text == "ready\n"


def test_a_unit_of_work_is_for_its_own_tenant_whichever_is_the_oldest(
    one: TenantHandle, two: TenantHandle
) -> None:
    for handle in (one, two):
        with handle.work(writing=False) as work:
            assert work.tenant.id == handle.tenant.id


def test_a_host_that_is_named_twice_is_one_host(installation: Installation) -> None:
    host = f"{unique('twice')}.example"
    tenant = make_tenant(installation.registry, hosts=[host, host.upper()])
    with system_work(installation.registry, reason="test", writing=False) as work:
        assert work.find_service(Tenants).hosts_of(tenant) == [host]


def test_a_tenant_that_is_refused_leaves_nothing(installation: Installation, one: TenantHandle) -> None:
    with pytest.raises(Conflict):
        make_tenant(installation.registry, hosts=[one.host])
    with system_work(installation.registry, reason="test", writing=False) as work:
        known = {tenant.id for tenant in work.find_service(Tenants).all()}
        assert set(work.db.scalars(select(Outbox.tenant_id))) <= known


def test_of_two_tenants_of_one_name_that_are_made_together_the_second_is_refused(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, late = unique("twin"), []

    def make(host: str) -> str:
        with system_work(installation.registry, reason="a test", writing=False) as work:
            return work.find_service(Tenants).create(name, "Twin", [host]).canonical_host

    def meanwhile(session: object, counter: str) -> int:
        monkeypatch.setattr("insula.tenancy.services.bump", bump)
        threads = ThreadPoolExecutor(1)
        late.append(threads.submit(make, f"second-{name}.localhost"))
        threads.shutdown(wait=False)
        time.sleep(0.3)
        return bump(session, counter)

    monkeypatch.setattr("insula.tenancy.services.bump", meanwhile)
    assert make(f"{name}.localhost") == f"{name}.localhost"
    with pytest.raises(Conflict):
        late[0].result(10)
    assert installation.client(f"second-{name}.localhost").get("/", status=404)

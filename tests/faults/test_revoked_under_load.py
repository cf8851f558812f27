"""What is taken away is gone at the next request of another process, while both are kept busy."""

from __future__ import annotations

import http.client
import json
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest

from insula.accounts.interfaces import Tokens
from tests.faults.servers import PLAIN_HTTP, Server, Wrk
from tests.installations import install
from tests.makers import PASSWORD

TIMES = 10


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request, tmp_path_factory):
    servers = {} if request.param == "sqlite" else request.getfixturevalue("servers")
    settings = {**PLAIN_HTTP, "insula.limits.storage": "off"}
    made = install(request.param, tmp_path_factory.mktemp("revoked"), **servers, **settings)
    yield made
    made.close()


@pytest.fixture(scope="module")
def both(place, tmp_path_factory):
    """Two servers over the same stores."""
    folder = tmp_path_factory.mktemp("both")
    pair = Server(place, folder), Server(place, folder)
    for each in pair:
        each.start()
    yield pair
    for each in pair:
        each.stop()


class Owner:
    """An owner of the tenant, who administers by an administration token through the first server."""

    def __init__(self, tenant, server):
        self.tenant, self._server = tenant, server
        self._headers = {
            "Host": tenant.host,
            "Authorization": f"Bearer {tenant.token('owner', elevated=True)}",
        }

    def ask(self, method, path, body=None):
        headers = {**self._headers, "Content-Type": "application/json", "If-Match": "*"}
        status, answer = self._server.ask(
            method, path, headers, json.dumps(body) if body is not None else None
        )
        assert status < 300, (method, path, status, answer)
        return answer


def by_token(tenant):
    """Make a program with the role editor; return how it asks, its account and its token's id."""
    text = tenant.token("editor", days=5)
    with tenant.work(writing=False) as work:
        found = work.find_service(Tokens).find(text)
    return {"Host": tenant.host, "Authorization": f"Bearer {text}"}, found.account, found.kid


def by_session(tenant, server):
    """Make an editor who signs in through a server; return how they ask, and their account."""
    person = tenant.person("editor")
    host = {"Host": tenant.host}
    connection_cookies = SimpleCookie()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/account/@@sign-in", headers=host)
    answer = connection.getresponse()
    page = answer.read().decode()
    for value in answer.headers.get_all("Set-Cookie", []):
        connection_cookies.load(value)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    cookie = "; ".join(f"{name}={each.value}" for name, each in connection_cookies.items())
    form = urlencode({"email": person.email, "password": PASSWORD, "csrf_token": token})
    sent = {
        **host,
        "Cookie": cookie,
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"http://{tenant.host}",
    }
    connection.request("POST", "/account/@@sign-in", form, sent)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 303, answer.status
    for value in answer.headers.get_all("Set-Cookie", []):
        connection_cookies.load(value)
    connection.close()
    cookie = "; ".join(f"{name}={each.value}" for name, each in connection_cookies.items())
    return {**host, "Cookie": cookie}, person


def session(owner, second):
    headers, person = by_session(owner.tenant, second)
    return headers, lambda: owner.ask("DELETE", f"/api/people/{person.id}/sessions"), {401}


def token(owner, second):
    headers, _, kid = by_token(owner.tenant)
    return headers, lambda: owner.ask("DELETE", f"/api/tokens/{kid}"), {401}


def role(owner, second):
    headers, account, _ = by_token(owner.tenant)
    return headers, lambda: owner.ask("PATCH", f"/api/services/{account.id}", {"roles": []}), {403, 404}


def account(owner, second):
    headers, made, _ = by_token(owner.tenant)
    return headers, lambda: owner.ask("PATCH", f"/api/services/{made.id}", {"active": False}), {401}


@pytest.mark.parametrize("kind", [session, token, role, account])
def test_it_is_gone_at_the_next_request_of_the_other_process(place, both, wrk_path, kind):
    tenant, (first, second) = place.tenant("revoking"), both
    owner = Owner(tenant, first)
    # What an editor and a viewer may read, nobody without a role may.
    owner.ask("POST", "/api/streams", {"name": "s", "title": "S", "schema": {"type": "object"}})
    path = "/api/streams/s/records"
    reader = {"Host": tenant.host, "Authorization": f"Bearer {tenant.token('viewer')}"}
    loads = [Wrk(each, path, reader, seconds=600, connections=2) for each in both]
    for _ in range(TIMES):
        headers, revoke, refused = kind(owner, second)
        for each in both:
            # Twice, so that whatever a process remembers is remembered.
            assert each.ask("GET", path, headers)[0] == 200
            assert each.ask("GET", path, headers)[0] == 200
        revoke()
        # The next request after the answer, in the process that did not do it, then in the one that did.
        assert second.ask("GET", path, headers)[0] in refused
        assert first.ask("GET", path, headers)[0] in refused
    for load in loads:
        told = load.stop()
        assert told.answers > 50
        assert told.refused == told.errors == 0

"""Rate limits in whole requests: who is refused, who is not, and what they are told."""

from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from statistics import median
from time import perf_counter

import pytest
from sqlalchemy import create_engine

from insula.features.interfaces import Sections
from insula.limits.buckets import RedisBuckets
from insula.limits.models import RateRow
from insula.limits.services import BUCKET, SLIDING, Limiter, limiter_of
from insula.limits.sql import SQLWindows
from tests.counting import counted
from tests.installations import Installation, build

SIGN_IN = "/account/@@sign-in"


@pytest.fixture(params=["memory", "sql", "redis"])
def limited(request, installation) -> Installation:
    """An installation over the same stores that counts in each of the storages."""
    storage = request.getfixturevalue("redis_url") if request.param == "redis" else request.param
    # A busy machine answers late, and what is late is not counted.
    patient = {"insula.limits.storage": storage, "insula.limits.timeout": "5"}
    made = build(installation.kind, {**installation.settings, **patient})
    yield made
    made.close()
    if request.param == "sql":
        limiter_of(made.registry).storage.close()
    if request.param == "redis":
        limiter_of(made.registry).storage.storage.close()


def set_rates(tenant, **rates):
    with tenant.work() as work:
        work.find_service(Sections).change("rates", settings=rates, actor=None)


def used_up(seen, limit):
    """As many as the limit passed, and then not all: what became free since they began passed, too."""
    assert 429 not in seen[:limit], seen
    assert 429 in seen[limit:], seen


def until_refused(client, path):
    """Return the first refusal; counting begins anew while the clock strikes, so that there is no fixed number."""
    for _ in range(40):
        answer = client.get(path, expect_errors=True)
        if answer.status_int == 429:
            return answer
    raise AssertionError("nothing was refused")


def statuses(client, path, times):
    return [client.get(path, expect_errors=True).status_int for _ in range(times)]


@pytest.mark.parametrize("method", ["sliding window", "token bucket"])
def test_a_token_is_refused_beyond_its_rate_and_no_other_caller_or_tenant_is(limited, method):
    one, two = limited.tenant("one"), limited.tenant("two")
    for tenant in (one, two):
        set_rates(tenant, caller_api_read=10, method=method)
    busy, calm, other = one.api("owner"), one.api("admin"), two.api("owner")
    used_up(statuses(busy, "/api/pages", 13), 10)
    assert statuses(calm, "/api/pages", 3) == [200] * 3
    assert statuses(other, "/api/pages", 3) == [200] * 3
    # Another class of the same caller has a rate of its own.
    assert busy.post_json("/api/pages", {"path": "/", "title": "Home", "blocks": []}).status_int == 201


def test_a_whole_tenant_is_refused_beyond_its_rate_and_another_is_not(limited):
    one, two = limited.tenant("one"), limited.tenant("two")
    set_rates(one, tenant_api_read=10)
    first, second = one.api("owner"), one.api("admin")
    used_up(statuses(first, "/api/pages", 6) + statuses(second, "/api/pages", 7), 10)
    assert statuses(two.api("owner"), "/api/pages", 3) == [200] * 3


def test_a_caller_who_is_refused_uses_nothing_up_of_what_the_tenant_has(limited):
    one = limited.tenant("one")
    set_rates(one, tenant_api_read=20, caller_api_read=10)
    used_up(statuses(one.api("owner"), "/api/pages", 30), 10)
    assert statuses(one.api("admin"), "/api/pages", 6) == [200] * 6


def test_a_visitors_address_is_refused_and_its_neighbour_is_not(limited):
    one = limited.tenant("one")
    set_rates(one, address_page=10)
    used_up(statuses(one.visitor(REMOTE_ADDR="203.0.113.7"), "/", 13), 10)
    assert statuses(one.visitor(REMOTE_ADDR="203.0.113.8"), "/", 2) == [404] * 2


def test_an_ipv6_visitor_is_counted_by_network(limited):
    one = limited.tenant("one")
    set_rates(one, address_page=10)
    seen = [statuses(one.visitor(REMOTE_ADDR=f"2001:db8::{number:x}"), "/", 1)[0] for number in range(13)]
    used_up(seen, 10)
    assert statuses(one.visitor(REMOTE_ADDR="2001:db8:0:1::1"), "/", 1) == [404]


def test_forms_of_the_account_have_a_rate_of_their_own_however_the_address_is_written(one):
    set_rates(one, address_sign_in=5)
    client = one.visitor(REMOTE_ADDR="203.0.113.9")
    paths = (
        SIGN_IN,
        "/account/sign-in",
        "/account//@@sign-in",
        "/x/../account/@@sign-in",
        "/account/./sign-in",
    )
    seen = [client.post(path, {}, expect_errors=True).status_int for path in paths]
    assert 429 not in seen
    assert [client.post(path, {}, expect_errors=True).status_int for path in paths].count(429) >= 4
    assert client.get(SIGN_IN).status_int == 200


def test_who_is_refused_is_told_when_to_come_back_in_the_form_of_the_door(one):
    set_rates(one, caller_api_read=10, address_page=10)
    api = one.api("owner")
    refused = until_refused(api, "/api/pages")
    assert refused.content_type == "application/problem+json"
    assert refused.json["type"] == "/problems/too-many"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert refused.headers["RateLimit-Policy"] == '"caller";q=10;w=60, "tenant";q=60000;w=60'
    assert refused.headers["RateLimit"].startswith('"caller";r=0;t=')
    visitor = one.visitor(REMOTE_ADDR="203.0.113.10")
    page = until_refused(visitor, "/")
    assert page.content_type == "text/html"
    assert 1 <= int(page.headers["Retry-After"]) <= 61
    assert "Content-Security-Policy" in page.headers


def test_an_answer_of_the_api_says_what_is_left_and_a_page_does_not(one):
    api = one.api("owner")
    first, second = api.get("/api/pages").headers["RateLimit"], api.get("/api/pages").headers["RateLimit"]
    assert first.startswith('"caller";r=11999;t=')
    assert second.startswith('"caller";r=11998;t=')
    assert "RateLimit" not in one.visitor().get("/", status=404).headers


def test_a_change_of_a_rate_holds_at_the_next_request_of_every_process(installation, one):
    other = installation.another_process()
    set_rates(one, address_page=10)
    here, there = (each.client(one.host, REMOTE_ADDR="203.0.113.11") for each in (installation, other))
    used_up(statuses(here, "/", 13), 10)
    used_up(statuses(there, "/", 13), 10)
    set_rates(one, address_page=1_000)
    assert statuses(here, "/", 3) + statuses(there, "/", 3) == [404] * 6


def test_an_address_is_refused_for_the_installation_before_a_tenant_is_looked_for(installation, one, two):
    settings = {"insula.limits.address_per_minute": "10", "insula.limits.exempt": "198.51.100.0/24"}
    made = build(installation.kind, {**installation.settings, **settings})
    try:
        noisy = [
            made.client(host, REMOTE_ADDR="203.0.113.12") for host in (one.host, two.host, "nobody.localhost")
        ]
        used_up([client.get("/", expect_errors=True).status_int for client in noisy * 5], 10)
        assert until_refused(noisy[1], "/api/").content_type == "application/problem+json"
        for _ in range(5):
            with counted(made.registry) as statements:
                refused = noisy[0].get("/", expect_errors=True)
            if refused.status_int != 404:  # one becomes free every six seconds
                break
        assert (refused.status_int, statements) == (429, [])
        assert noisy[0].get("/healthz").status_int == 200
        assert statuses(made.client(one.host, REMOTE_ADDR="203.0.113.13"), "/", 1) == [404]
        assert 429 not in statuses(made.client(one.host, REMOTE_ADDR="198.51.100.3"), "/", 30)
    finally:
        made.close()


def test_two_processes_count_together_within_a_twentieth(limited):
    if not limiter_of(limited.registry).shared:
        return
    other = limited.another_process()
    one = limited.tenant("one")
    set_rates(one, address_page=60)
    clients = [each.client(one.host, REMOTE_ADDR="203.0.113.14") for each in (limited, other) * 2]
    with ThreadPoolExecutor(4) as threads:
        seen = list(chain.from_iterable(threads.map(lambda client: statuses(client, "/", 30), clients)))
    assert 57 <= seen.count(404) <= 63
    assert seen.count(404) + seen.count(429) == 120
    storage = limiter_of(other.registry).storage
    getattr(storage, "storage", storage).close()


def test_a_tenant_at_its_limit_does_not_slow_another(installation, one, two):
    set_rates(two, tenant_page=10)
    calm, refused, allowed = one.visitor(), two.visitor(), installation.tenant("three").visitor()
    statuses(refused, "/", 11)
    taken = {429: [], 404: []}
    # By turns, so that both see the same machine.
    for _ in range(40):
        for noisy, status in ((refused, 429), (allowed, 404)):
            statuses(noisy, "/", 2)
            started = perf_counter()
            calm.get("/", status=404)
            taken[status].append(perf_counter() - started)
    assert median(taken[429]) < median(taken[404]) * 1.5 + 0.002


class Redis:
    """A server of the test's own."""

    def __init__(self, request, folder):
        self._server = request.getfixturevalue("own_redis")
        self.limiter = lambda: Limiter(
            RedisBuckets(self._server.url, wrap_exceptions=True), shared=True, rest=0
        )
        self.kill, self.start = self._server.kill, self._server.start

    def close(self, storage):
        storage.storage.close()


class Rows:
    """A database of the test's own, beside that of the installation."""

    def __init__(self, request, folder):
        self._file = folder / "rows.db"
        self._url = f"sqlite:///{self._file}"
        self._away = folder / "away.db"
        engine = create_engine(self._url)
        RateRow.__table__.create(engine)
        engine.dispose()

    def limiter(self):
        return Limiter(SQLWindows(self._url), shared=True, rest=0)

    def kill(self):
        self._file.rename(self._away)
        self._file.mkdir()

    def start(self):
        self._file.rmdir()
        self._away.rename(self._file)

    def close(self, storage):
        storage.close()


@pytest.mark.parametrize("method", [SLIDING, BUCKET])
@pytest.mark.parametrize("counters", [Redis, Rows])
@pytest.mark.parametrize(
    ("when_down", "page", "api"), [("open", 404, 200), ("pages", 404, 503), ("closed", 503, 503)]
)
def test_a_storage_that_is_down_is_no_error_and_is_counted(
    installation, one, request, tmp_path, counters, method, when_down, page, api
):
    settings = {"insula.limits.when_down": when_down}
    set_rates(one, method=method)
    made = build(installation.kind, {**installation.settings, **settings})
    own = counters(request, tmp_path)
    limiter = made.registry[Limiter] = own.limiter()
    try:
        visitor, caller = made.client(one.host), made.client(one.host)
        caller.authorization = ("Bearer", one.token("owner"))

        def answers():
            return [visitor.get("/", status="*"), caller.get("/api/pages", status="*")]

        assert [answer.status_int for answer in answers()] == [404, 200]
        assert limiter.uncounted == 0
        own.kill()
        if counters is Rows:
            # What holds the file open would not notice that it is gone.
            limiter.storage.close()
        down = answers()
        assert [answer.status_int for answer in down] == [page, api]
        assert all("Retry-After" in answer.headers for answer in down if answer.status_int == 503)
        assert limiter.uncounted >= 2
        own.start()
        assert [answer.status_int for answer in answers()] == [404, 200]
        assert limiter.down is False
        own.close(limiter.storage)
    finally:
        made.close()


def test_counting_in_memory_costs_no_statement_and_in_the_database_one_a_limit(installation, one):
    client = one.visitor()
    client.get("/", status=404)
    with counted(installation.registry) as statements:
        client.get("/", status=404)
    assert not [each for each in statements if "rate_limit" in each]


def test_the_api_says_what_is_left_of_each_limit_to_its_own_caller_alone(one, two):
    api = one.api("owner")
    for _ in range(4):
        api.get("/api/pages")
    found = {each["id"]: each for each in api.get("/api/limits").json["data"]}
    assert found["caller.api_read"]["left"] == found["caller.api_read"]["limit"] - 5
    assert found["tenant.api_read"]["left"] == found["tenant.api_read"]["limit"] - 5
    others = {each["id"]: each for each in two.api("owner").get("/api/limits").json["data"]}
    assert others["tenant.api_read"]["left"] == others["tenant.api_read"]["limit"] - 1
    one.visitor().get("/api/limits", status=401)

"""Refusals as fast as they can be made: the record of decisions stays bounded and true, and others are not slowed."""

from __future__ import annotations

import statistics
import time

import pytest

from insula.kit.clock import now
from insula.kit.ids import uuid7
from insula.kit.json import loads
from insula.records.interfaces import Range, store_of, system_stream
from insula.security.cedar.context import Context
from insula.security.cedar.engine import Question
from insula.security.cedar.schema import PolicySchema
from insula.security.decisions import DecisionRecorder
from insula.security.interfaces import DECISIONS, Decision, PolicyType
from insula.security.recorded import Taken
from insula.security.settings import SecuritySettings
from insula.tree.interfaces import PolicyEntity
from insula.website.interfaces import PageDraft, Pages
from tests.faults.servers import PLAIN_HTTP, Server, Wrk
from tests.installations import install

SECONDS, A_SECOND = 4, 5_000
SCHEMA = PolicySchema.of([PolicyType("Page", attributes={"published": "Bool"})])
KEPT_A_SECOND = SecuritySettings().decisions_per_second + SecuritySettings().decisions_sampled
ROUNDS, MOST_ROUNDS, ASKED = 5, 25, 60
UNLIMITED = {**PLAIN_HTTP, "insula.limits.storage": "off"}


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("cassandra", marks=[pytest.mark.postgresql, pytest.mark.cassandra]),
    ],
)
def place(request, tmp_path_factory):
    """An installation that limits no rates, so that every request of a flood is decided."""
    servers = {} if request.param == "sqlite" else request.getfixturevalue("servers")
    made = install(request.param, tmp_path_factory.mktemp("flood"), **servers, **UNLIMITED)
    yield made
    made.close()


def recorded(place, tenant_id):
    """Return the bodies of all recorded decisions of a tenant."""
    store, after, found = store_of(place.registry), None, []
    stream = system_stream(place.registry, tenant_id, DECISIONS)
    while page := store.read(stream, Range(limit=1_000, newest_first=False, after=after)):
        found += [loads(record.body) for record in page]
        after = page[-1].id
    return found


def refusal():
    question = Question(
        ("Visitor", "anonymous"),
        frozenset({"visitor"}),
        "publish",
        (PolicyEntity("Page", f"/{uuid7()}", {"published": True}), PolicyEntity("Area", "site")),
        Context(ip="192.0.2.1", now=now()),
    )
    return Taken(question, Decision(allowed=False, id=f"{uuid7()}-1"), None, 1, SCHEMA)


def test_five_thousand_refusals_a_second_leave_a_bounded_and_true_record(place):
    tenant = place.tenant("flooded").tenant
    recorder = DecisionRecorder(place.registry)
    seconds = set()
    began = time.monotonic()
    for number in range(SECONDS * A_SECOND):
        recorder.note(tenant.id, refusal())
        seconds.add(int(time.monotonic()))
        # The pace of an attacker rather than of this loop.
        time.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
    recorder.stop()
    counts = recorder.counts
    assert counts.seen == SECONDS * A_SECOND
    assert counts.kept + counts.stood_for + counts.dropped == counts.seen
    assert counts.dropped == 0
    bodies = recorded(place, tenant.id)
    # What was written in the middle of a second begins a sample of its own, so there may be one more for each writing.
    assert len(bodies) <= KEPT_A_SECOND * len(seconds) + SecuritySettings().decisions_sampled * len(seconds)
    assert len(bodies) == counts.kept
    assert sum(body["weight"] for body in bodies) == counts.seen


@pytest.fixture
def server(place, tmp_path):
    made = Server(place, tmp_path, **{"insula.observability.log_level": "INFO"})
    made.start()
    yield made
    made.stop()


def median_of(server, headers):
    """Return the median time of a page of another tenant, in seconds."""
    took = []
    for _ in range(ASKED):
        began = time.perf_counter()
        status, _ = server.ask("GET", "/", headers)
        took.append(time.perf_counter() - began)
        assert status == 200
    return statistics.median(took)


@pytest.mark.long
def test_a_flood_of_refusals_is_counted_to_the_last_and_slows_nobody_else(place, server, wrk_path):
    attacked, other = place.tenant("attacked"), place.tenant("other")
    with other.work() as work:
        pages = work.find_service(Pages)
        pages.publish(pages.create(PageDraft(path="/", title="Home")).id)
    viewer, owner = attacked.token("viewer"), attacked.token("owner")
    path = "/api/policy"
    denied = {"Host": attacked.host, "Authorization": f"Bearer {viewer}"}
    allowed = {"Host": attacked.host, "Authorization": f"Bearer {owner}"}
    here = {"Host": other.host}
    assert server.ask("GET", path, denied)[0] == 404
    assert server.ask("GET", path, allowed)[0] == 200
    during: dict[str, list[float]] = {"denied": [], "allowed": []}
    answers = 1
    ratio = 0.0
    # Turn by turn, so that whatever else the machine does bends both alike, and longer where it still does.
    while len(during["denied"]) < ROUNDS or (ratio >= 1.2 and len(during["denied"]) < MOST_ROUNDS):
        for name, headers in (("denied", denied), ("allowed", allowed)):
            flood = Wrk(server, path, headers, seconds=4)
            time.sleep(0.5)
            during[name].append(median_of(server, here))
            load = flood.wait()
            assert load.errors == 0
            if name == "denied":
                assert load.refused == load.answers
                answers += load.answers
            else:
                assert load.refused == 0
        ratio = statistics.median(during["denied"]) / statistics.median(during["allowed"])
    assert ratio < 1.2, during
    server.kill(15)
    bodies = [body for body in recorded(place, attacked.tenant.id) if not body["allowed"]]
    # wrk hangs up on the requests that are under way when its time is over; the server answers and logs them too.
    answered = sum(
        f'"path": "{path}"' in line and '"status": 404' in line
        for line in server.log.read_text().splitlines()
    )
    assert answered >= answers
    assert sum(body["weight"] for body in bodies) == answered

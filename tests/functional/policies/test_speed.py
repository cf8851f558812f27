"""How long a dry run of ten thousand decisions takes."""

from functools import partial

import pytest

from insula.kit.clock import now
from insula.kit.ids import uuid7
from insula.records.interfaces import store_of, system_stream
from insula.security.cedar.context import Context
from insula.security.cedar.engine import Question
from insula.security.compiled import schema_of
from insula.security.interfaces import MAX_REPLAYED, Decision, DryRun, Identity, Policies
from insula.security.recorded import Taken, encode
from insula.tree.interfaces import PolicyEntity
from tests.speed import spent, yardstick

YARDSTICKS = 150
"""It took forty of them on the machine it was written on; with coverage measured, nearly twice as many."""


def taken(number, people, schema):
    """Return one of many decisions about a thousand pages by five kinds of people."""
    who = people[number % len(people)]
    path = f"/part-{number % 1000}/page"
    lineage = (
        PolicyEntity("Page", path, {"published": number % 2 == 0, "path": path}),
        PolicyEntity("Area", "site"),
    )
    action = ("view", "edit", "publish")[number % 3]
    context = Context(ip="192.0.2.1", now=now())
    principal = ("Visitor", "anonymous") if who is None else ("Account", str(who.account_id))
    roles = frozenset({"visitor"}) if who is None else who.roles
    facts = {} if who is None else {"kind": "person"}
    question = Question(principal, roles, action, lineage, context, facts)
    return Taken(question, Decision(allowed=True, id=f"{uuid7()}-1"), who, 1, schema)


@pytest.mark.long
def test_a_dry_run_of_ten_thousand_decisions_is_over_while_somebody_waits(one):
    registry = one.installation.registry
    roles = ("editor", "author", "viewer", "admin")
    people = [None] + [
        Identity(one.tenant.id, uuid7(), "person", role, frozenset({role}), "session") for role in roles
    ]
    rows = [encode(taken(number, people, schema_of(registry)), 1) for number in range(MAX_REPLAYED)]
    stream = system_stream(registry, one.tenant.id, "_decisions")
    store_of(registry).append(stream, rows)
    with one.work(writing=False) as work:
        text = work.find_service(Policies).current().text
        reports = []
        run = partial(work.find_service(DryRun).run, text, {}, last=MAX_REPLAYED)
        took = spent(lambda: reports.append(run()))
    report = reports[0]
    assert report.replayed == MAX_REPLAYED
    assert report.same + report.newly_denied + report.newly_allowed + report.unknown == MAX_REPLAYED
    assert took < YARDSTICKS * yardstick()

"""The traps of committing through the transaction package: a write is stored or refused aloud, never silently lost."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from pyramid.response import Response
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from transaction.interfaces import TransientError
from webtest import TestApp

from insula.audit.interfaces import AuditTrail
from insula.db.interfaces import ReadOnlySession, WallBreach
from insula.db.models import Version
from insula.db.work import raw, tenant_work
from insula.events.interfaces import Events
from insula.events.relay import drain
from tests.faults import rig
from tests.faults.rig import ThingMade

LOWER = ("insula.db.", "insula.records.", "insula.events.")

INSERT = text("INSERT INTO version (tenant_id, name, value) VALUES (:tenant_id, :name, 1)")


class Manager:
    """A data manager that does something in one phase, before or after the database's."""

    def __init__(self, sort_key, **phases):
        self._sort_key = sort_key
        self._phases = phases
        self.transaction_manager = None

    def sortKey(self):  # noqa: N802  # the name that the transaction package calls
        return self._sort_key

    def __getattr__(self, name):
        if name in {"abort", "tpc_begin", "commit", "tpc_vote", "tpc_finish", "tpc_abort"}:
            return lambda transaction: self._phases.get(name, lambda: None)()
        raise AttributeError(name)


BEFORE, AFTER = "!before", "~~~after"


@pytest.fixture
def place(installation, one):
    """Work of one tenant, and what is stored of it afterwards."""
    registry, tenant_id = installation.registry, one.tenant.id

    def work(*, writing=True):
        return tenant_work(registry, tenant_id, writing=writing)

    def stored(name):
        with work(writing=False) as reading:
            return reading.db.scalars(select(Version.name).where(Version.name == name)).all()

    def audited():
        drain(registry)
        with work(writing=False) as reading:
            entries = reading.find_service(AuditTrail).page(limit=1000).entries
        return [entry.payload["n"] for entry in entries if entry.event == ThingMade.name]

    return SimpleNamespace(work=work, stored=stored, audited=audited, tenant_id=tenant_id)


def values(place, name):
    return {"tenant_id": place.tenant_id, "name": name, "value": 1}


def test_raw_sql_as_the_only_write_is_stored(place):
    with place.work() as work:
        bound = {"tenant_id": place.tenant_id, "name": "raw"}
        if work.db.get_bind().dialect.name == "sqlite":
            bound["tenant_id"] = place.tenant_id.hex
        raw(work.db, INSERT, bound, reason="a trap is tried")
    assert place.stored("raw") == ["raw"]


def test_raw_sql_without_a_reason_is_refused_aloud(place):
    with pytest.raises(WallBreach), place.work() as work:
        work.db.execute(INSERT, {"tenant_id": place.tenant_id, "name": "raw"})
    assert place.stored("raw") == []


def test_a_core_insert_as_the_only_write_is_stored(place):
    with place.work() as work:
        work.db.execute(insert(Version.__table__).values(**values(place, "core")))
    assert place.stored("core") == ["core"]


def test_an_orm_insert_as_the_only_write_is_stored(place):
    with place.work() as work:
        work.db.execute(insert(Version).values(**values(place, "orm")))
    assert place.stored("orm") == ["orm"]


@pytest.mark.parametrize("statement", [insert(Version), insert(Version.__table__)])
def test_a_write_on_a_session_that_only_reads_is_refused_aloud(place, statement):
    with pytest.raises(ReadOnlySession), place.work(writing=False) as work:
        work.db.execute(statement.values(**values(place, "reading")))
    with pytest.raises(ReadOnlySession), place.work(writing=False) as work:  # noqa: PT012  # the flush is what fails
        work.db.add(Version(name="reading", value=1))
        work.db.flush()
    assert place.stored("reading") == []


@pytest.mark.parametrize(
    ("sort_key", "phase"), [(BEFORE, "tpc_begin"), (BEFORE, "commit"), (AFTER, "tpc_begin")]
)
def test_a_row_added_by_another_manager_is_stored_though_the_session_only_read_before(place, sort_key, phase):
    with place.work() as work:
        work.db.execute(select(Version)).all()
        late = Manager(sort_key, **{phase: lambda: work.db.add(Version(name="late", value=1))})
        work.tm.get().join(late)
    assert place.stored("late") == ["late"]


def test_a_row_added_by_a_hook_before_the_commit_is_stored(place):
    with place.work() as work:
        work.db.execute(select(Version)).all()
        work.tm.get().addBeforeCommitHook(lambda: work.db.add(Version(name="hook", value=1)))
    assert place.stored("hook") == ["hook"]


def test_an_event_that_is_the_only_write_is_stored_though_the_session_only_read_before(place):
    with place.work() as work:
        work.db.execute(select(Version)).all()
        work.find_service(Events).emit(ThingMade(1))
    assert place.audited() == [1]


@pytest.mark.parametrize("phase", ["tpc_vote", "tpc_finish"])
@pytest.mark.filterwarnings("ignore")
def test_an_error_after_the_database_has_voted_leaves_the_change_and_its_event_together(place, phase):
    def fail():
        raise RuntimeError("too late")

    with pytest.raises(RuntimeError, match="too late"), place.work() as work:  # noqa: PT012  # the commit is what fails
        work.db.add(Version(name="voted", value=1))
        work.find_service(Events).emit(ThingMade(2))
        work.tm.get().join(Manager(AFTER, **{phase: fail}))
    assert place.stored("voted") == ["voted"]
    assert place.audited() == [2]


def test_an_error_before_the_database_has_voted_takes_back_the_change_and_its_event_together(place):
    def fail():
        raise RuntimeError("in time")

    with pytest.raises(RuntimeError, match="in time"), place.work() as work:  # noqa: PT012  # the commit is what fails
        work.db.add(Version(name="unvoted", value=1))
        work.find_service(Events).emit(ThingMade(3))
        work.tm.get().join(Manager(BEFORE, tpc_vote=fail))
    assert place.stored("unvoted") == []
    assert place.audited() == []


def test_a_hook_that_fails_after_the_commit_breaks_nothing(place):
    def fail(committed):
        raise RuntimeError("a hook that forgot its duty")

    with place.work() as work:
        work.tm.get().addAfterCommitHook(fail)
        work.db.add(Version(name="hooked", value=1))
        work.find_service(Events).emit(ThingMade(4))
    assert place.stored("hooked") == ["hooked"]
    assert place.audited() == [4]


def test_a_flush_that_fails_takes_back_the_change_and_its_event_together(place):
    with pytest.raises(IntegrityError), place.work() as work:  # noqa: PT012  # the commit is what fails
        work.find_service(Events).emit(ThingMade(5))
        work.db.add(Version(name="twice", value=1))
        work.db.execute(insert(Version.__table__).values(**values(place, "twice")))
    assert place.stored("twice") == []
    assert place.audited() == []


def test_an_attempt_that_fails_for_a_moment_is_retried_and_counts_once(installation, one):
    attempts = []

    def fail_once():
        attempts.append(1)
        if len(attempts) == 1:
            raise TransientError

    def view(request):
        request.db.begin_writing()
        request.find_service(Events).emit(ThingMade(6))
        request.tm.get().join(Manager(BEFORE, commit=fail_once))
        return Response("done")

    def wire(config):
        config.add_request_method(lambda request: one.tenant.id, "tenant_id", property=True)
        config.add_view(view)

    ours = {key: value for key, value in installation.settings.items() if key.startswith(LOWER)}
    registry = rig.build(ours, wire=wire)
    assert TestApp(rig.application(registry)).get("/").text == "done"
    rig.drain(registry)
    assert len(attempts) == 2
    assert rig.audited(registry, one.tenant.id) == [6]
    rig.close(registry)

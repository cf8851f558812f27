"""Sessions read until told to write, and nothing that was written can vanish."""

from typing import Any

import pytest
from sqlalchemy import insert, select, text

from insula.db.interfaces import ReadOnlySession, WallBreach
from insula.db.models import Version
from insula.db.sessions import TenantSession
from insula.db.work import bump, directory_work, raw, system_work
from tests.makers import TenantHandle


def planted(handle: TenantHandle, name: str) -> list[int]:
    with handle.work(writing=False) as work:
        return list(work.db.scalars(select(Version.value).where(Version.name == name)))


def test_a_session_that_reads_refuses_to_write(one: TenantHandle) -> None:
    with pytest.raises(ReadOnlySession), one.work(writing=False) as work:
        work.db.add(Version(name="planted", value=1))
    with pytest.raises(ReadOnlySession), one.work(writing=False) as work:
        work.db.execute(insert(Version).values(tenant_id=one.tenant.id, name="planted", value=1))
    assert planted(one, "planted") == []


def test_a_session_that_began_to_write_keeps_what_it_wrote(one: TenantHandle) -> None:
    with one.work(writing=False) as work:
        assert work.db.versions["tenant"] == 1
        work.db.begin_writing()
        work.db.add(Version(name="planted", value=7))
    assert planted(one, "planted") == [7]


def test_raw_sql_as_the_only_write_is_committed(one: TenantHandle) -> None:
    statement = text(
        "INSERT INTO version (tenant_id, name, value) SELECT tenant_id, 'raw', 3 FROM version WHERE tenant_id = :t AND name = 'tenant'"
    )
    with one.work() as work:
        tenant = one.tenant.id.hex if work.db.bind.dialect.name == "sqlite" else one.tenant.id
        raw(work.db, statement, {"t": tenant}, reason="a test of lost writes")
    assert planted(one, "raw") == [3]


def test_core_insert_as_the_only_write_is_committed(one: TenantHandle) -> None:
    with one.work() as work:
        work.db.execute(insert(Version.__table__).values(tenant_id=one.tenant.id, name="core", value=4))
    assert planted(one, "core") == [4]


def test_a_unit_of_work_that_raises_leaves_nothing(one: TenantHandle) -> None:
    def fails(work: Any) -> None:
        work.db.add(Version(name="planted", value=1))
        work.db.flush()
        raise RuntimeError

    with pytest.raises(RuntimeError), one.work() as work:
        fails(work)
    assert planted(one, "planted") == []


def test_what_fails_after_the_vote_cannot_undo_the_rows(one: TenantHandle) -> None:
    def fail(_done: bool) -> None:  # the hook's own signature
        raise RuntimeError

    with one.work() as work:
        work.tm.get().addAfterCommitHook(fail)
        work.db.add(Version(name="planted", value=1))
    assert planted(one, "planted") == [1]


def test_versions_count_up_and_are_seen_by_the_next_session(one: TenantHandle, two: TenantHandle) -> None:
    with one.work() as work:
        assert bump(work.db, "planted") == 1
    with one.work() as work:
        assert work.db.versions["planted"] == 1
        assert bump(work.db, "planted") == 2
    with one.work(writing=False) as work:
        assert work.db.versions["planted"] == 2
    with two.work(writing=False) as work:
        assert "planted" not in work.db.versions


def test_a_directory_session_sees_no_tenant_owned_table(installation: Any, one: TenantHandle) -> None:
    with pytest.raises(Exception, match="tenant-owned"), directory_work(installation.registry) as session:
        session.execute(select(Version))


def test_a_system_session_narrowed_to_a_tenant_stays_there(
    installation: Any, one: TenantHandle, two: TenantHandle
) -> None:
    with system_work(installation.registry, reason="test", tenant_id=one.tenant.id) as work:
        assert {row.tenant_id for row in work.db.scalars(select(Version))} == {one.tenant.id}
    with system_work(installation.registry, reason="test") as work:
        assert {one.tenant.id, two.tenant.id} <= {row.tenant_id for row in work.db.scalars(select(Version))}


def test_a_statement_that_crossed_tenants_before_is_still_refused_in_a_session_of_one(
    installation: Any, one: TenantHandle
) -> None:
    everything = select(Version.__table__.c.name)
    with system_work(installation.registry, reason="test", writing=False) as work:
        assert work.db.connection().execute(everything).all()
    narrowed = system_work(installation.registry, reason="test", tenant_id=one.tenant.id, writing=False)
    with pytest.raises(WallBreach), narrowed as work:
        work.db.connection().execute(everything)


def test_what_shows_an_error_takes_no_lock(one: TenantHandle, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    monkeypatch.setattr(TenantSession, "begin_writing", lambda session: begun.append(session))  # noqa: PLW0108  # a built-in method is not bound
    form = one.visitor().get("/account/@@sign-in").forms["sign-in"]
    form["csrf_token"] = "none of ours"
    form.submit(status=400)
    one.api("owner").post_json("/api/streams/none/records", {}, status=404)
    assert begun == []

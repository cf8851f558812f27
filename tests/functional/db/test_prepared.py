"""What is prepared runs past SQLAlchemy, and in the same transaction: kept with it, undone with it, ended with it."""

from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.exc import IntegrityError, PendingRollbackError

from insula.db.interfaces import ReadOnlySession
from insula.db.models import Version
from insula.db.prepared import Prepared
from tests.makers import TenantHandle

TABLE: Any = Version.__table__
ADD = Prepared(
    insert(TABLE).values({each.name: bindparam(f"new_{each.name}", type_=each.type) for each in TABLE.c})
)


def row(handle: TenantHandle, name: str) -> dict[str, Any]:
    return {"new_tenant_id": handle.tenant.id, "new_name": name, "new_value": 1}


def kept(handle: TenantHandle, name: str) -> bool:
    with handle.work(writing=False) as work:
        return work.db.scalars(select(Version.value).where(Version.name == name)).first() is not None


def fail_after(handle: TenantHandle, name: str) -> None:
    with handle.work() as work:
        ADD.count(work.db, row(handle, name))
        raise RuntimeError


def test_what_alone_was_written_is_kept_or_undone_and_nothing_stays_locked(
    one: TenantHandle, two: TenantHandle
) -> None:
    with one.work() as work:
        assert ADD.count(work.db, row(one, "alone")) == 1
    with pytest.raises(RuntimeError):
        fail_after(one, "undone")
    with one.work() as work:
        work.tm.doom()
        ADD.count(work.db, row(one, "doomed"))
        work.tm.abort()
        work.tm.begin()
    with two.work() as work:
        ADD.count(work.db, row(two, "after"))
    assert [name for name in ("alone", "undone", "doomed") if kept(one, name)] == ["alone"]
    assert kept(two, "after")
    assert not kept(one, "after")


def test_nothing_is_written_behind_a_failure_that_ended_the_transaction(one: TenantHandle) -> None:
    def go_on(work: Any) -> None:
        work.db.add(Version(name="tenant", value=2))
        with pytest.raises(IntegrityError):
            work.db.flush()
        ADD.count(work.db, row(one, "behind"))

    with pytest.raises(PendingRollbackError), one.work() as work:
        go_on(work)
    assert not kept(one, "behind")


def test_text_that_is_no_select_is_refused_where_nothing_may_be_written(one: TenantHandle) -> None:
    change = Prepared(text("UPDATE version SET value = 9 WHERE name = 'tenant'"), reason="a test of reading")
    with pytest.raises(ReadOnlySession), one.work(writing=False) as work:
        change.count(work.db, {})
    with one.work(writing=False) as work:
        assert work.db.versions["tenant"] == 1

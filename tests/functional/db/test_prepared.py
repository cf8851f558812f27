"""What is prepared runs past SQLAlchemy, and in the same transaction: kept with it, undone with it, ended with it."""

import gc
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Integer, Text, bindparam, cast, func, insert, literal, select, text
from sqlalchemy.exc import IntegrityError, PendingRollbackError

from insula.db.engines import shapes_of
from insula.db.interfaces import ReadOnlySession, WallBreach
from insula.db.models import Version
from insula.db.prepared import Prepared, Shared, has_one_shape
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


def asked(tenant_id: UUID, word: str, number: int) -> Any:
    """Return a statement that is of one shape for all, and binds in as many ways as statements do."""
    names = select(TABLE.c.name).where(TABLE.c.tenant_id == tenant_id, TABLE.c.name != word)
    return (
        select(
            TABLE.c.tenant_id,
            TABLE.c.name,
            literal(word).label("word"),
            cast(bindparam(None, number, Integer), Integer).label("number"),
            func.coalesce(None, word, type_=Text).label("given"),
            bindparam("named", word, Text).label("named"),
            bindparam("late", callable_=lambda: word, type_=Text).label("late"),
            bindparam("asked", type_=Text).label("asked"),
        )
        .where(
            TABLE.c.tenant_id == tenant_id, TABLE.c.name.in_(names), TABLE.c.name.like(f"{word}%").is_(False)
        )
        .order_by(TABLE.c.name)
        .limit(number)
        .offset(number - 1)
    )


def test_what_is_compiled_for_one_tenant_binds_of_another_what_that_one_binds(
    one: TenantHandle, two: TenantHandle
) -> None:
    for number in range(6):
        for handle in (one, two):
            with handle.work() as work:
                ADD.count(work.db, row(handle, f"{handle.tenant.name} {number}"))
    compiled = []
    for _ in range(2):
        for handle, number in ((one, 1), (two, 3)):
            word = f"{handle.tenant.name} 5"
            with handle.work(writing=False) as work:
                mine = Shared(asked(handle.tenant.id, word, number))
                rows = mine.rows(work.db, {"asked": f"asked {word}"})
                expected = work.db.scalars(select(Version.name).order_by(Version.name)).all()
                compiled.append(mine._compiled(work.db)[0])  # it is kept nowhere else
            assert {each.tenant_id for each in rows} == {handle.tenant.id}
            left = [name for name in expected if name != word]
            assert [each.name for each in rows] == left[number - 1 : number - 1 + number]
            assert {each[2:] for each in rows} == {(word, number, *[word] * 3, f"asked {word}")}
    assert all(each is compiled[0] for each in compiled)


def test_a_shape_that_is_known_passes_nobody_with_the_tenant_of_another(
    one: TenantHandle, two: TenantHandle
) -> None:
    given = {"asked": "this"}
    theirs = Shared(asked(two.tenant.id, "none", 1))
    with two.work(writing=False) as work:
        assert theirs.rows(work.db, given)
    for each in (theirs, Shared(asked(two.tenant.id, "none", 1))):
        with pytest.raises(WallBreach, match="names another tenant"), one.work(writing=False) as work:
            each.rows(work.db, given)
    for tenant_id in (one.tenant.id, two.tenant.id):
        # The name that is bound for one statement of a shape is not there unless this one binds it.
        bound = select(TABLE.c.name).where(TABLE.c.tenant_id == bindparam("the_tenant_id", tenant_id))
        open_ = select(TABLE.c.name).where(
            TABLE.c.tenant_id == bindparam("the_tenant_id", type_=TABLE.c.tenant_id.type)
        )
        handle = one if tenant_id == one.tenant.id else two
        with handle.work(writing=False) as work:
            assert Shared(bound).rows(work.db, {})
        with pytest.raises(WallBreach, match="No tenant_id is bound"), handle.work(writing=False) as work:
            Shared(open_).rows(work.db, {})


def test_what_is_compiled_goes_when_others_are_asked_for_and_comes_back(one: TenantHandle) -> None:
    mine = Shared(asked(one.tenant.id, "none", 1))
    with one.work(writing=False) as work:
        before = mine.rows(work.db, {"asked": "this"})
        shapes = shapes_of(work.db.engine)
        limit, shapes._limit = (
            shapes._limit,
            20_000,
        )  # as the setting would, which no other test wants that small
        try:
            Shared(select(TABLE.c.value).where(TABLE.c.tenant_id == one.tenant.id)).rows(work.db, {})
            assert len(shapes) == 1
        finally:
            shapes._limit = limit
        gc.collect()
        assert mine._known[work.db.dialect.name][0]() is None  # nothing else tells
        assert mine.rows(work.db, {"asked": "this"}) == before


def test_a_list_has_another_text_for_each_length(one: TenantHandle) -> None:
    mine = select(TABLE.c.name).where(TABLE.c.tenant_id == one.tenant.id)
    assert has_one_shape(mine.limit(3))
    assert not has_one_shape(mine.where(TABLE.c.name.in_(["a", "b"])))
    assert not has_one_shape(mine.where(TABLE.c.name == bindparam("a", "b", literal_execute=True)))

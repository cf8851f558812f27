"""The seven ways past an ORM filter, each against wall 1 alone and against wall 3 alone."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import bindparam, create_engine, insert, select, text, update
from sqlalchemy.exc import IntegrityError, InvalidRequestError, ProgrammingError
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.exc import ObjectDeletedError

from insula.db.engines import Engines
from insula.db.interfaces import ReadOnlySession, WallBreach
from insula.db.models import Version
from insula.db.prepared import Prepared
from insula.db.settings import DatabaseSettings
from insula.db.work import tenant_work
from tests.makers import TenantHandle

TABLE = Version.__table__
Attempt = Callable[[Any, Any, Any], list[Any]]


def core_select(session: Session, _mine: Any, theirs: Any) -> list[Any]:
    return [row for row in session.execute(select(TABLE)) if row.tenant_id == theirs]


def text_select(session: Session, _mine: Any, theirs: Any) -> list[Any]:
    return list(
        session.execute(text("SELECT name FROM version WHERE tenant_id <> :mine"), {"mine": _mine.hex})
    )


def from_statement(session: Session, _mine: Any, theirs: Any) -> list[Any]:
    return [
        row
        for row in session.scalars(select(Version).from_statement(select(TABLE)))
        if row.tenant_id == theirs
    ]


def core_update(session: Session, _mine: Any, theirs: Any) -> list[Any]:
    changed = session.execute(update(TABLE).where(TABLE.c.tenant_id == theirs).values(value=666))
    return [None] * changed.rowcount


def identity_map(session: Session, _mine: Any, theirs: Any) -> list[Any]:
    foreign = Version(tenant_id=theirs, name="tenant", value=1)
    make_transient_to_detached(foreign)
    session.add(foreign)
    session.expire(foreign)
    return [foreign.value]


def refresh(session: Session, _mine: Any, theirs: Any) -> list[Any]:
    foreign = Version(tenant_id=theirs, name="tenant")
    make_transient_to_detached(foreign)
    session.add(foreign)
    session.refresh(foreign)
    return [foreign.value]


def foreign_insert(session: Session, _mine: Any, theirs: Any) -> list[Any]:
    session.execute(insert(TABLE).values(tenant_id=theirs, name="planted", value=1))
    return [None]


BYPASSES = (core_select, text_select, from_statement, core_update, identity_map, refresh, foreign_insert)
# Wall 3 is PostgreSQL's row security; SQLite has none.
on_postgresql = pytest.mark.parametrize("installation", ["postgresql"], indirect=True)
by_name = pytest.mark.parametrize("bypass", BYPASSES, ids=lambda bypass: bypass.__name__)


@by_name
def test_wall_1_alone_lets_no_bypass_through(
    bypass: Attempt, installation: Any, one: TenantHandle, two: TenantHandle, without_wall_3: Any
) -> None:
    found: list[Any] = []
    with pytest.raises(WallBreach), tenant_work(without_wall_3, one.tenant.id) as work:
        found = bypass(work.db, one.tenant.id, two.tenant.id)
    assert found == []
    assert value_of(two) == 1
    assert names_of(two) == names_of(one)


@on_postgresql
@by_name
def test_wall_3_alone_lets_no_bypass_through(
    bypass: Attempt, installation: Any, one: TenantHandle, two: TenantHandle
) -> None:
    engine = create_engine(installation.settings["insula.db.url"])
    found: list[Any] = []
    with Session(engine) as session:
        session.execute(
            text("SELECT set_config('insula.tenant', :tenant, true)"), {"tenant": str(one.tenant.id)}
        )
        assert session.scalars(select(Version.value)).all(), "row security hides the tenant's own rows"
        # A write is refused by the policy; an object that row security hides cannot be loaded again.
        with contextlib.suppress(InvalidRequestError, ObjectDeletedError):
            try:
                found = bypass(session, one.tenant.id, two.tenant.id)
            except ProgrammingError as error:
                found = [] if "row-level security" in str(error) else [error]
    engine.dispose()
    assert found == []
    assert value_of(two) == 1


@on_postgresql
def test_a_session_that_was_given_no_tenant_sees_nothing_behind_wall_3(
    installation: Any, one: TenantHandle
) -> None:
    engine = create_engine(installation.settings["insula.db.url"])
    with Session(engine) as session:
        assert session.scalars(select(Version.value)).all() == []
    engine.dispose()


def test_the_scope_of_a_session_cannot_be_changed(one: TenantHandle, two: TenantHandle) -> None:
    with one.work() as work, pytest.raises(AttributeError):
        work.db.scope = two.tenant
    with one.work() as work, pytest.raises(AttributeError):
        work.db.scope.tenant_id = two.tenant.id


def test_orm_statements_of_every_kind_stay_with_their_tenant(one: TenantHandle, two: TenantHandle) -> None:
    with one.work() as work:
        session = work.db
        assert {row.tenant_id for row in session.scalars(select(Version))} == {one.tenant.id}
        assert session.execute(update(Version).values(value=Version.value + 1)).rowcount == len(names_of(two))
        nested = select(Version).where(Version.name.in_(select(Version.name)))
        assert {row.tenant_id for row in session.scalars(nested)} == {one.tenant.id}
        bound = select(TABLE.c.value).where(TABLE.c.tenant_id == one.tenant.id, TABLE.c.name == "tenant")
        assert session.execute(bound).scalars().all() == [2]
    assert value_of(two) == 1


@pytest.mark.parametrize(
    "statement",
    [
        select(TABLE.c.name).where((TABLE.c.tenant_id == TABLE.c.tenant_id) | (TABLE.c.value > 0)),
        select(TABLE.c.name).where(TABLE.c.name.in_(select(TABLE.c.name))),
        select(TABLE.alias("a").c.name),
        select(TABLE.c.name).union(select(TABLE.c.name)),
        insert(TABLE).from_select(["tenant_id", "name", "value"], select(TABLE)),
    ],
    ids=["or", "subquery", "alias", "union", "insert-select"],
)
def test_a_core_statement_that_does_not_bind_every_table_is_refused(
    statement: Any, one: TenantHandle
) -> None:
    with pytest.raises(WallBreach), one.work() as work:
        work.db.execute(statement)


def test_a_prepared_statement_is_looked_at_as_any_other(one: TenantHandle, two: TenantHandle) -> None:
    mine, theirs = {"the_tenant_id": one.tenant.id}, {"the_tenant_id": two.tenant.id}
    named = TABLE.c.tenant_id == bindparam("the_tenant_id")
    with one.work() as work:
        rows = Prepared(select(TABLE.c.tenant_id, TABLE.c.name).where(named)).rows(work.db, mine)
        assert {row.tenant_id for row in rows} == {one.tenant.id}
    change = Prepared(update(TABLE).where(named).values(value=bindparam("new_value")))
    with one.work() as work, pytest.raises(WallBreach):
        change.count(work.db, {**theirs, "new_value": 666})
    with one.work(writing=False) as work, pytest.raises(ReadOnlySession):
        change.count(work.db, {**mine, "new_value": 666})
    with one.work() as work, pytest.raises(WallBreach):
        Prepared(select(TABLE.c.name)).rows(work.db, {})
    with one.work() as work, pytest.raises(WallBreach):
        Prepared(text("SELECT name FROM version")).rows(work.db, {})
    again = {"tenant_id": one.tenant.id, "name": "tenant", "value": 1}
    with one.work() as work, pytest.raises(IntegrityError):
        Prepared(insert(TABLE)).count(work.db, again)
    assert value_of(two) == 1


def test_an_orm_select_past_the_session_is_refused(one: TenantHandle) -> None:
    with pytest.raises(WallBreach), one.work() as work:
        work.db.connection().execute(select(Version))


@pytest.fixture
def without_wall_3(installation: Any) -> Iterator[Any]:
    """The installation's registry with its tenant engine as a role that row security does not bind."""
    registry, kept = installation.registry, installation.registry[Engines]
    url = installation.settings["insula.db.url"].replace("insula_app@", "postgres@")
    registry[Engines] = Engines(DatabaseSettings(url=url))
    yield registry
    registry[Engines].dispose()
    registry[Engines] = kept


def value_of(handle: TenantHandle) -> int:
    with handle.work(writing=False) as work:
        return work.db.scalars(select(Version.value).where(Version.name == "tenant")).one()


def names_of(handle: TenantHandle) -> set[str]:
    with handle.work(writing=False) as work:
        return set(work.db.scalars(select(Version.name)))

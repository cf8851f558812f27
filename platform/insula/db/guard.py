"""Wall 1 at the engine: no statement on a tenant session leaves without its tenant.

Each compiled statement is judged once and the judgement kept with it; at every execution only the bound tenant ids
are compared. `text()` and driver SQL are refused, Core statements need an equality on `tenant_id` for each
tenant-owned table, ORM statements must have come through the session, which adds the criteria.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Delete, Engine, Insert, Select, TextClause, Update, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm.context import FromStatement
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ClauseElement,
    ColumnClause,
)
from sqlalchemy.sql.selectable import FromClause, Join, TextualSelect

from insula.db.interfaces import ReadOnlySession, Scope, WallBreach
from insula.db.models import is_tenant_owned

SCOPE = "insula.scope"
WRITING = "insula.writing"
FILTERED = "insula_filtered"
RAW = "insula_raw"

_TENANT_BIND = re.compile(r"^(?:.*_)?tenant_id(?:_\w+)?$")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a compiled statement: why it is refused, and where it carries the tenant."""

    breach: str | None
    binds: tuple[str, ...] = ()
    needs_bind: bool = False
    writes: bool = False


_verdicts: WeakKeyDictionary[Any, dict[tuple[str, bool, bool], Verdict]] = WeakKeyDictionary()


def install(engine: Engine) -> None:
    """Put the guard before every statement of this engine."""
    event.listen(engine, "before_cursor_execute", _check)
    event.listen(engine, "checkin", _forget)


def _forget(_dbapi: object, record: Any) -> None:
    record.info.pop(SCOPE, None)
    record.info.pop(WRITING, None)


def _check(
    connection: Connection, _cursor: object, statement: str, _parameters: object, context: Any, _many: object
) -> None:
    scope: Scope | None = connection.info.get(SCOPE)
    options = context.execution_options
    if options.get(RAW):
        return
    compiled = context.compiled
    if scope is not None and compiled is None:
        if scope.guarded:
            raise WallBreach(
                f"Driver SQL on a {scope.kind} session: use db.work.raw with a reason. {statement}"
            )
        return
    filtered = bool(options.get(FILTERED))
    admit(connection, compiled, context.compiled_parameters, statement, filtered=filtered)


def admit(
    connection: Connection | PoolProxiedConnection,
    compiled: Any,
    parameters: Iterable[Any],
    statement: str,
    *,
    filtered: bool = False,
) -> None:
    """Raise WallBreach or ReadOnlySession for a statement that may not be sent with these parameters."""
    scope: Scope | None = connection.info.get(SCOPE)
    if scope is None:
        raise WallBreach(f"A connection without a session: use request.db or db.work. {statement}")
    verdict = _verdict(compiled, scope, filtered=filtered)
    if verdict.writes and not connection.info.get(WRITING):
        raise ReadOnlySession(f"This session only reads; begin_writing() first. {statement}")
    if not scope.guarded:
        return
    if verdict.breach:
        raise WallBreach(f"{verdict.breach}. {statement}")
    for values in parameters:
        for name in verdict.binds:
            if name in values and values[name] is not None and values[name] != scope.tenant_id:
                raise WallBreach(f"{name} names another tenant. {statement}")
        if verdict.needs_bind and not any(values.get(name) == scope.tenant_id for name in verdict.binds):
            raise WallBreach(f"No tenant_id is bound. {statement}")


def _verdict(compiled: Any, scope: Scope, *, filtered: bool) -> Verdict:
    known = _verdicts.setdefault(compiled, {})
    # What passed in a session that crosses tenants says nothing of one of the same role that is narrowed to a tenant.
    key = (scope.kind, scope.guarded, filtered)
    found = known.get(key)
    if found is None:
        found = known[key] = judge(
            compiled.statement, scope, filtered=filtered, binds=tuple(compiled.bind_names.values())
        )
    return found


def judge(statement: Any, scope: Scope, *, filtered: bool, binds: Sequence[str] = ()) -> Verdict:
    """Say whether a statement stays with its tenant; `filtered` when the session added its criteria."""
    if statement is None:
        return Verdict(None)
    writes = any(isinstance(each, (Insert, Update, Delete)) for each in visitors.iterate(statement))
    names = tuple(name for name in binds if _TENANT_BIND.match(name))
    if not scope.guarded:
        return Verdict(None, writes=writes)
    try:
        if scope.kind == "directory":
            _only_directory(statement)
            needs = False
        else:
            needs = _one_tenant(
                statement, trusted=filtered and _is_orm(statement), directory=scope.kind == "system"
            )
    except WallBreach as breach:
        return Verdict(str(breach), writes=writes)
    return Verdict(None, names, needs, writes)


def _is_orm(statement: Any) -> bool:
    return getattr(statement, "_propagate_attrs", {}).get("compile_state_plugin") == "orm"


def _only_directory(statement: ClauseElement) -> None:
    for element in visitors.iterate(statement):
        if isinstance(element, (TextClause, TextualSelect)):
            raise WallBreach("text() on a directory session")
        table = getattr(element, "table", None) if isinstance(element, ColumnClause) else element
        if isinstance(table, FromClause) and is_tenant_owned(table):
            raise WallBreach("A tenant-owned table on a directory session")


def _one_tenant(statement: Any, *, trusted: bool, directory: bool) -> bool:
    """Raise WallBreach unless each tenant-owned table is bound; return whether any is."""
    if isinstance(statement, FromStatement):
        raise WallBreach("from_statement() on a tenant session: select the entity itself")
    found = False
    for element in _statements(statement):
        if isinstance(element, Insert):
            found = _insert(element, directory=directory) or found
        elif trusted and _is_orm(element):
            found = _names_owned_entity(element) or found
        elif _is_orm(element) and isinstance(element, Select) and _names_owned_entity(element):
            raise WallBreach("An ORM select outside the session's own execute, or inside a Core statement")
        else:
            found = _core(element, directory=directory) or found
    return found


def _names_owned_entity(statement: Any) -> bool:
    for element in visitors.iterate(statement):
        entity = getattr(element, "_annotations", {}).get("parententity")
        if entity is not None and is_tenant_owned(entity.mapper.local_table):
            return True
    return False


def _statements(statement: Any) -> Iterator[Any]:
    for element in visitors.iterate(statement):
        if isinstance(element, (TextClause, TextualSelect)):
            raise WallBreach("text() on a tenant session: use db.work.raw with a reason")
        if isinstance(element, FromStatement):
            raise WallBreach("from_statement() on a tenant session: select the entity itself")
        if isinstance(element, (Select, Insert, Update, Delete)):
            yield element


def _insert(statement: Insert, *, directory: bool) -> bool:
    if not is_tenant_owned(statement.table):
        if directory:
            return False
        raise WallBreach(f"A tenant session may not write the directory table {statement.table.name}")
    if statement.select is not None:
        raise WallBreach("INSERT … SELECT on a tenant session: insert the rows themselves")
    return True


def _core(statement: Select[Any] | Update | Delete, *, directory: bool) -> bool:
    if isinstance(statement, Select):
        sources = list(statement.get_final_froms())
        conditions = list(statement._where_criteria)  # noqa: SLF001  # no public name gives the AND-ed parts
    else:
        if not directory and not is_tenant_owned(statement.table):
            raise WallBreach(f"A tenant session may not write the directory table {statement.table}")
        sources = [statement.table, *getattr(statement, "_extra_froms", ())]
        conditions = list(statement._where_criteria)  # noqa: SLF001  # as above
    tables: list[FromClause] = []
    while sources:
        source = sources.pop()
        if isinstance(source, Join):
            sources += [source.left, source.right]
            if source.onclause is not None:
                conditions.append(source.onclause)
        else:
            tables.append(source)
    bound = _bound_tables(conditions)
    owned = [table for table in tables if is_tenant_owned(table) and not _is_subquery(table)]
    for table in owned:
        if table not in bound:
            raise WallBreach(f"{getattr(table, 'name', table)} without an equality on its tenant_id")
    return bool(owned)


def _is_subquery(table: Any) -> bool:
    # A subquery shows its inner columns as its own; the statement inside is judged by itself.
    element = getattr(table, "element", None)
    return (element is not None and not isinstance(element, FromClause)) or isinstance(element, Select)


def _bound_tables(conditions: list[Any]) -> set[FromClause]:
    bound: set[FromClause] = set()
    links: list[tuple[FromClause, FromClause]] = []
    for condition in _conjuncts(conditions):
        if not (isinstance(condition, BinaryExpression) and condition.operator is operators.eq):
            continue
        left, right = condition.left, condition.right
        sides = [
            side for side in (left, right) if isinstance(side, ColumnClause) and side.name == "tenant_id"
        ]
        if len(sides) == 2:
            links.append((sides[0].table, sides[1].table))  # type: ignore[arg-type]  # a column in a FROM has a table
        elif sides and isinstance(right if sides[0] is left else left, BindParameter):
            bound.add(sides[0].table)  # type: ignore[arg-type]  # as above
    for _ in links:
        for one, other in links:
            if one in bound or other in bound:
                bound |= {one, other}
    return bound


def _conjuncts(conditions: list[Any]) -> Iterator[Any]:
    for condition in conditions:
        if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
            yield from _conjuncts(list(condition.clauses))
        else:
            yield condition

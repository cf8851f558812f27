"""Statements compiled once for each database, and sent by its driver itself: for what every request sends.

The guard looks at them as at every other statement. They do without what SQLAlchemy does for each execution, which
costs more than a statement of one row itself.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import BindParameter
from sqlalchemy.sql import visitors

from insula.db.guard import admit
from insula.db.interfaces import ReadOnlySession
from insula.db.transactions import failing

if TYPE_CHECKING:
    from sqlalchemy import Executable

    from insula.db.sessions import TenantSession

Given = dict[str, Any]
_Change = Callable[[Any], Any] | None


class _Compiled(NamedTuple):
    text: str
    compiled: Any
    takes: Sequence[tuple[str, _Change]]
    named: bool
    kinds: Sequence[Any]
    gives: list[_Change]
    """What makes of each column what Python has for it; known when the driver first told how it sends them."""
    row: Any
    held: Given
    """What the statement itself says of what it binds."""


class Prepared:
    """A Core statement of one shape; what it binds is its own or given at each run, and defaults of columns count not.

    SQL text needs a `reason`, for whoever reviews why the guard cannot look at it; if it is no SELECT, it writes.
    """

    def __init__(self, statement: Executable, *, reason: str = "") -> None:
        self._statement: Final[Any] = statement
        self._reason: Final = reason
        self._known: Final[dict[str, _Compiled]] = {}

    def rows(self, session: TenantSession, given: Given) -> list[Any]:
        """Run it once and return its rows; their columns are attributes, save those of SQL text."""
        known, cursor, found = self._run(session, given, fetch=True)
        row = known.row
        if row is None:
            return found
        gives = known.gives
        if not gives:
            told = [each[1] for each in cursor.description]
            gives[:] = [
                kind.result_processor(session.dialect, code)
                for kind, code in zip(known.kinds, told, strict=True)
            ]
        return [
            row(
                *[
                    value if change is None else change(value)
                    for value, change in zip(each, gives, strict=True)
                ]
            )
            for each in found
        ]

    def count(self, session: TenantSession, given: Given | Sequence[Given]) -> int:
        """Run it once, or for each of several rows, and return how many rows it has written."""
        found: int = self._run(session, given)[1].rowcount
        return found

    def _run(
        self, session: TenantSession, given: Given | Sequence[Given], *, fetch: bool = False
    ) -> tuple[_Compiled, Any, list[Any]]:
        if session.in_transaction():
            # It says so where a failure has ended the transaction, as it does to every other statement.
            session.connection()
        line, name = session.line, session.dialect.name
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = _compile(self._statement, session.dialect)
        rows = [given] if isinstance(given, dict) else given
        if known.held:
            rows = [known.held | each for each in rows]
        if not self._reason:
            admit(line, known.compiled, rows, known.text)
        elif not known.text.lstrip().startswith("SELECT") and not session.writing:
            raise ReadOnlySession(f"This session only reads; begin_writing() first. {known.text}")
        taken = [_taken(known, each) for each in rows]
        with failing(session.dialect, known.text, taken):
            cursor = send(line.driver_connection, known.text, taken)
            return known, cursor, cursor.fetchall() if fetch else []


def has_one_shape(statement: Any) -> bool:
    """Say whether the text of a statement is the same whatever it binds: with a list to expand it is not."""
    return not any(isinstance(each, BindParameter) and each.expanding for each in visitors.iterate(statement))


def send(driver: Any, text: str, taken: list[Any]) -> Any:
    """Have the driver run a statement for each of these, and return its cursor."""
    if len(taken) == 1:
        return driver.execute(text, taken[0])
    cursor = driver.cursor()
    cursor.executemany(text, taken)
    return cursor


def _taken(known: _Compiled, given: Given) -> Any:
    if known.named:
        return {name: given[name] if change is None else change(given[name]) for name, change in known.takes}
    return [given[name] if change is None else change(given[name]) for name, change in known.takes]


def _compile(statement: Any, dialect: Any) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    named = compiled.positiontup is None
    names = tuple(compiled.binds) if named else tuple(compiled.positiontup)
    columns = tuple(getattr(statement, "exported_columns", ()))
    return _Compiled(
        str(compiled),
        compiled,
        tuple((name, _impl(compiled.binds[name].type, dialect).bind_processor(dialect)) for name in names),
        named,
        tuple(_impl(each.type, dialect) for each in columns),
        [],
        _row([getattr(each, "name", "_") for each in columns]) if columns else None,
        {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required},
    )


def _row(names: Sequence[str]) -> Any:
    return namedtuple("Row", names, rename=True)  # noqa: PYI024  # its columns vary


def _impl(kind: Any, dialect: Any) -> Any:
    return kind.dialect_impl(dialect)

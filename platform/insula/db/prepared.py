"""Statements compiled once for each database, and sent by its driver itself: for what every request sends.

The guard looks at them as at every other statement. They do without what SQLAlchemy does for each execution, which
costs more than a statement of one row itself.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy.exc import DBAPIError

from insula.db.guard import admit

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
    gives: Sequence[_Change]
    row: Any


class Prepared:
    """A Core statement of one shape; all it binds is given at each run, so that defaults of columns count for nothing.

    SQL text needs a `reason`, for whoever reviews why the guard cannot look at it.
    """

    def __init__(self, statement: Executable, *, reason: str = "") -> None:
        self._statement: Final[Any] = statement
        self._reason: Final = reason
        self._known: Final[dict[str, _Compiled]] = {}

    def rows(self, session: TenantSession, given: Given) -> list[Any]:
        """Run it once and return its rows; their columns are attributes, save those of SQL text."""
        known, cursor = self._run(session, given)
        found: list[Any] = cursor.fetchall()
        gives, row = known.gives, known.row
        if row is None:
            return found
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

    def _run(self, session: TenantSession, given: Given | Sequence[Given]) -> tuple[_Compiled, Any]:
        connection = session.connection()
        dialect = connection.dialect
        known = self._known.get(dialect.name)
        if known is None:
            known = self._known[dialect.name] = _compile(self._statement, dialect)
        rows = [given] if isinstance(given, dict) else given
        if not self._reason:
            admit(connection, known.compiled, rows, known.text)
        taken = [_taken(known, each) for each in rows]
        driver: Any = connection.connection.driver_connection
        try:
            return known, send(driver, known.text, taken)
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(
                known.text, taken, error, dialect.loaded_dbapi.Error, dialect=dialect
            ) from error


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
    gives = tuple(_impl(each.type, dialect).result_processor(dialect, None) for each in columns)
    return _Compiled(
        str(compiled),
        compiled,
        tuple((name, _impl(compiled.binds[name].type, dialect).bind_processor(dialect)) for name in names),
        named,
        gives,
        namedtuple("Row", [each.name for each in columns]) if columns else None,  # noqa: PYI024  # its columns vary
    )


def _impl(kind: Any, dialect: Any) -> Any:
    return kind.dialect_impl(dialect)

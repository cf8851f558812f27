"""Statements compiled once for each database, and sent by its driver itself: for what every request sends.

The guard looks at them as at every other statement. They do without what SQLAlchemy does for each execution, which
costs more than a statement of one row itself.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from sqlalchemy import BindParameter
from sqlalchemy.sql import visitors

from insula.db.engines import shapes_of
from insula.db.guard import admit
from insula.db.interfaces import ReadOnlySession
from insula.db.transactions import failing

if TYPE_CHECKING:
    from sqlalchemy import Executable
    from sqlalchemy.sql.cache_key import CacheKey

    from insula.db.sessions import TenantSession

Given = dict[str, Any]
_Change = Callable[[Any], Any] | None
_BYTES_OF_EACH: Final = 100
"""What a character of a statement comes to in memory once it is compiled, as measured."""


@dataclass(frozen=True, eq=False)
class _Compiled:
    text: str
    compiled: Any
    takes: Sequence[tuple[str, _Change]]
    named: bool
    kinds: Sequence[Any]
    gives: list[_Change]
    """What makes of each column what Python has for it; known when the driver first told how it sends them."""
    row: Any


class Prepared:
    """A Core statement of one shape; what it binds is its own or given at each run, and defaults of columns count not.

    SQL text needs a `reason`, for whoever reviews why the guard cannot look at it; if it is no SELECT, it writes.
    """

    def __init__(self, statement: Executable, *, reason: str = "") -> None:
        self._statement: Final[Any] = statement
        self._reason: Final = reason
        self._known: Final[dict[str, tuple[Callable[[], _Compiled | None], Given]]] = {}

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

    def _compiled(self, session: TenantSession) -> tuple[_Compiled, Given]:
        name = session.dialect.name
        found, held = self._known.get(name, (_nothing, {}))
        known = found()
        if known is None:
            found, known, held = self._found(session)
            self._known[name] = found, held
        return known, held

    def _found(self, session: TenantSession) -> tuple[Callable[[], _Compiled | None], _Compiled, Given]:
        """Return what finds it again, what is compiled, and what the statement itself says of what it binds."""
        known = _compile(self._statement, session.dialect)
        binds = known.compiled.bind_names.items()
        held = {name: bind.effective_value for bind, name in binds if not bind.required}
        return lambda: known, known, held

    def _run(
        self, session: TenantSession, given: Given | Sequence[Given], *, fetch: bool = False
    ) -> tuple[_Compiled, Any, list[Any]]:
        if session.in_transaction():
            # It says so where a failure has ended the transaction, as it does to every other statement.
            session.connection()
        line = session.line
        known, held = self._compiled(session)
        rows = [given] if isinstance(given, dict) else given
        if held:
            rows = [held | each for each in rows]
        if not self._reason:
            admit(line, known.compiled, rows, known.text)
        elif not known.text.lstrip().startswith("SELECT") and not session.writing:
            raise ReadOnlySession(f"This session only reads; begin_writing() first. {known.text}")
        taken = [_taken(known, each) for each in rows]
        with failing(session.dialect, known.text, taken):
            cursor = send(line.driver_connection, known.text, taken)
            return known, cursor, cursor.fetchall() if fetch else []


class Shared(Prepared):
    """A SELECT that uses what another one of its shape was compiled to, with all that it binds itself."""

    def _found(self, session: TenantSession) -> tuple[Callable[[], _Compiled | None], _Compiled, Given]:
        dialect = session.dialect
        key = self._statement._generate_cache_key()  # noqa: SLF001  # no public name gives what SQLAlchemy caches by
        if key is None:
            return super()._found(session)
        # What is bound is no part of the key, nor whether it is given at each run.
        given = {each.key: None for each in key.bindparams if each.required}
        known: _Compiled = shapes_of(session.engine).find(
            (key.key, tuple(given)), 0, lambda: _compile(self._statement, dialect, key), _weight
        )
        bound = known.compiled.construct_params(given, extracted_parameters=key.bindparams)
        held = {name: value for name, value in bound.items() if name not in given}
        # Whoever keeps this one weighs it without what is compiled, which goes when it is not asked for any more.
        return ref(known), known, held


def has_one_shape(statement: Any) -> bool:
    """Say whether the text of a statement is the same whatever it binds: with a list to expand it is not."""
    binds = (each for each in visitors.iterate(statement) if isinstance(each, BindParameter))
    return not any(each.expanding or each.literal_execute for each in binds)


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


def _nothing() -> None:
    return None


def _weight(known: _Compiled) -> int:
    return _BYTES_OF_EACH * len(known.text)


def _compile(statement: Any, dialect: Any, key: CacheKey | None = None) -> _Compiled:
    compiled = statement.compile(dialect=dialect, cache_key=key)
    named = compiled.positiontup is None
    names = tuple(dict.fromkeys(compiled.bind_names.values()) if named else compiled.positiontup)
    columns = tuple(getattr(statement, "exported_columns", ()))
    return _Compiled(
        str(compiled),
        compiled,
        tuple((name, _impl(compiled.binds[name].type, dialect).bind_processor(dialect)) for name in names),
        named,
        tuple(_impl(each.type, dialect) for each in columns),
        [],
        _row([getattr(each, "name", "_") for each in columns]) if columns else None,
    )


def _row(names: Sequence[str]) -> Any:
    return namedtuple("Row", names, rename=True)  # noqa: PYI024  # its columns vary


def _impl(kind: Any, dialect: Any) -> Any:
    return kind.dialect_impl(dialect)

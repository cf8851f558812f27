"""Sessions: each belongs to one scope for life, joins the request's transaction, and reads until told to write.

A session takes a connection of the driver for its first statement and begins its transaction there. SQLAlchemy's own
connection is put around it when something asks for that; many requests read what is prepared, and never do.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from pyramid.registry import Registry
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from transaction.interfaces import ITransactionManager
from zope.sqlalchemy.datamanager import join_transaction, mark_changed

from insula.db import transactions
from insula.db.engines import engines_of
from insula.db.guard import FILTERED
from insula.db.interfaces import ReadOnlySession, Scope, WallBreach
from insula.db.models import TenantOwned

_ON_SYSTEM_SESSION = "insula.db.on_system_session"


class TenantSession(Session):
    """A session that sees one tenant (or the directory, or with a reason everything) and nothing else, ever."""

    def __init__(self, scope: Scope, tm: ITransactionManager, *, writing: bool, **options: Any) -> None:
        super().__init__(expire_on_commit=False, autoflush=True, **options)
        self._scope = scope
        self._tm = tm
        self._writing = writing
        self._engine: Engine = options["bind"]
        self._line: Any = None
        self._connection: Connection | None = None
        self._versions: dict[str, int] | None = None

    @property
    def scope(self) -> Scope:
        """What this session may see; there is no way to change it."""
        return self._scope

    @property
    def tenant_id(self) -> UUID:
        """The tenant this session is bound to."""
        if self._scope.tenant_id is None:
            raise WallBreach(f"A {self._scope.kind} session has no tenant")
        return self._scope.tenant_id

    @property
    def tm(self) -> ITransactionManager:
        """The transaction manager this session joins."""
        return self._tm

    @property
    def writing(self) -> bool:
        """Tell whether rows may be written."""
        return self._writing

    @property
    def versions(self) -> Mapping[str, int]:
        """The tenant's version counters, read in the session's first round trip; a missing one is 0."""
        if self._versions is None:
            self._open()
        return self._versions or {}

    @property
    def line(self) -> Any:
        """The pool's connection that this session's transaction runs on; its `driver_connection` is the driver's."""
        if self._line is None:
            self._open()
        return self._line

    @property
    def open(self) -> bool:
        """Tell whether there is a transaction on a connection."""
        return self._line is not None

    @property
    def engine(self) -> Engine:
        """The engine that connections come from."""
        return self._engine

    @property
    def dialect(self) -> Any:
        """The dialect of the database, found without asking it."""
        return self._engine.dialect

    def begin_writing(self) -> None:
        """Allow writes from here on; on SQLite this takes the one write lock, so hash and call stores before."""
        if self._writing:
            return
        if self._scope.kind == "directory":
            raise ReadOnlySession("A directory session never writes")
        self._writing = True
        if self._line is not None:
            self._versions = transactions.begin_writing(self, self._line) or self._versions
        if self.in_transaction():
            mark_changed(self, self._tm)

    def get_bind(self, *_: Any, **__: Any) -> Connection:
        """Return SQLAlchemy's connection, around the one that the transaction runs on."""
        if self._connection is None:
            self._connection = Connection(self._engine, connection=self.line)
        return self._connection

    def close(self) -> None:
        """End the transaction, and give the connection back."""
        super().close()
        line, self._line, self._connection, self._versions = self._line, None, None, None
        if line is not None:
            line.close()

    def _open(self) -> None:
        transaction = self._tm.get()
        # What is flushed by a commit is in the hands of the library's manager already.
        if transaction.status != "Committing":
            transaction.join(transactions.Ending(self))
        self._line = transactions.taken(self)
        self._versions = transactions.begin(self, self._line)


def open_session(
    registry: Registry, scope: Scope, tm: ITransactionManager, *, writing: bool = False
) -> TenantSession:
    """Return a session of this scope; nothing is sent before its first statement."""
    engines = engines_of(registry)
    engine = engines.app
    if scope.kind == "system":
        engine = engines.system
        for hook in registry.get(_ON_SYSTEM_SESSION, ()):
            hook(scope)
    return TenantSession(scope, tm, writing=writing, bind=engines.of_sessions(engine))


def on_system_session(registry: Registry, hook: Callable[[Scope], None]) -> None:
    """Call `hook(scope)` whenever a session of the system role opens."""
    registry.setdefault(_ON_SYSTEM_SESSION, []).append(hook)


@event.listens_for(TenantSession, "after_begin")
def _joined(session: TenantSession, _transaction: object, _connection: Connection) -> None:
    # The data manager commits what it was told of; a writing session is always told, so that raw SQL cannot vanish.
    join_transaction(session, "changed" if session.writing else "active", session.tm)


@event.listens_for(TenantSession, "do_orm_execute")
def _filter(state: ORMExecuteState) -> None:
    session: Any = state.session
    tenant_id = session.scope.tenant_id
    if tenant_id is None:
        return
    state.update_execution_options(**{FILTERED: True})
    if state.is_orm_statement and (state.is_select or state.is_update or state.is_delete):
        statement: Any = state.statement
        state.statement = statement.options(
            with_loader_criteria(
                TenantOwned,
                lambda model: model.tenant_id == tenant_id,
                include_aliases=True,
                propagate_to_loaders=True,
            )
        )
    if state.is_insert:
        _stamp_bulk(state, tenant_id)


def _stamp_bulk(state: ORMExecuteState, tenant_id: UUID) -> None:
    mapper = state.bind_mapper
    if mapper is None or not issubclass(mapper.class_, TenantOwned):
        return
    rows: Any = state.parameters or []
    for row in rows if isinstance(rows, list) else [rows]:
        row.setdefault("tenant_id", tenant_id)


@event.listens_for(TenantSession, "before_attach")
def _attach(session: TenantSession, instance: object) -> None:
    tenant_id = session.scope.tenant_id
    if tenant_id is None or not isinstance(instance, TenantOwned):
        return
    if instance.tenant_id not in (None, tenant_id):
        raise WallBreach(f"A {type(instance).__name__} of another tenant")


@event.listens_for(TenantSession, "after_attach")
def _join(session: TenantSession, _instance: object) -> None:
    # An object that is added before any statement was sent must be flushed at the commit as well.
    join_transaction(session, "changed" if session.writing else "active", session.tm)


@event.listens_for(TenantSession, "before_flush")
def _stamp(session: TenantSession, _context: UOWTransaction, _instances: object) -> None:
    changed = [*session.new, *session.dirty, *session.deleted]
    if changed and not session.writing:
        raise ReadOnlySession("This session only reads; begin_writing() first")
    tenant_id = session.scope.tenant_id
    if tenant_id is None:
        return
    for instance in changed:
        if isinstance(instance, TenantOwned):
            if instance.tenant_id is None and instance in session.new:
                instance.tenant_id = tenant_id
            if instance.tenant_id != tenant_id:
                raise WallBreach(f"A {type(instance).__name__} of another tenant")
        elif session.scope.kind == "tenant":
            raise WallBreach(f"A tenant session may not write {type(instance).__name__}")


@event.listens_for(TenantSession, "before_commit")
def _only_by_manager(session: TenantSession) -> None:
    if session.tm.get().status != "Committing":
        raise WallBreach("Commit through the transaction manager")

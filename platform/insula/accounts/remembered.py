"""Who a credential proves, remembered until something changes that could make it prove something else.

The counter `accounts` of a tenant moves with every write that touches an account, a role, a group, a session or a
token, whichever service makes it; a session reads it in its first round trip. So a credential that was looked up at
this count need not be looked up again, and one that was revoked a moment ago, by any process, is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event

from insula.accounts.models import (
    Account,
    AccountRole,
    APIToken,
    Group,
    GroupMember,
    GroupRole,
    Role,
    SignIn,
)
from insula.accounts.settings import AccountsSettings
from insula.db.interfaces import WallBreach
from insula.db.work import TenantSession, bump, bump_each
from insula.kit.caches import VersionedCache
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy.orm import ORMExecuteState

    from insula.accounts.interfaces import SignInInfo, TokenInfo

COUNTER: Final = "accounts"
QUIET: Final = {"insula_accounts_quiet": True}
"""Execution options of a statement that changes nothing about who a credential proves, such as a last-seen time."""

_KEY: Final = "insula.accounts.remembered"
_COUNTED: Final = "insula.accounts.counted"
_PRIVILEGES: Final = (AccountRole, GroupMember, GroupRole)
_MODELS: Final = (Account, Group, Role, SignIn, APIToken, *_PRIVILEGES)
_TABLES: Final = frozenset(model.__table__ for model in _MODELS)


class Remembered:
    """The credentials of one session's tenant that this process has looked up."""

    def __init__(self, session: TenantSession, held: VersionedCache[tuple[UUID, bytes], Any]) -> None:
        self._session = session
        self._held = held

    def find(self, digest: bytes) -> SignInInfo | TokenInfo | None:
        """Return what a credential with this digest was found to be, if nothing has changed since."""
        if _COUNTED in self._session.info:
            # What this transaction has changed is not counted in what it has read.
            return None
        return self._held.get((self._session.tenant_id, digest), self._count)

    def keep(self, digest: bytes, info: SignInInfo | TokenInfo) -> None:
        """Remember what a credential was found to be, or when it was seen last."""
        if _COUNTED not in self._session.info:
            self._held.put((self._session.tenant_id, digest), self._count, info)

    @property
    def _count(self) -> int:
        return self._session.versions.get(COUNTER, 0)


def remembered_of(registry: Any, session: TenantSession) -> Remembered:
    """Return the memory of this process, for the tenant of a session."""
    held: VersionedCache[tuple[UUID, bytes], Any] | None = registry.get(_KEY)
    if held is None:
        limit = settings_of(registry, AccountsSettings).credentials_kept
        held = registry.setdefault(_KEY, VersionedCache(limit))
    return Remembered(session, held)


@event.listens_for(TenantSession, "before_flush")
def _flushed(session: TenantSession, _context: object, _instances: object) -> None:
    """Count up when objects are written, deleted or linked."""
    told = [each for each in session.deleted if isinstance(each, _MODELS)]
    told += [each for each in session.dirty if isinstance(each, _MODELS) and session.is_modified(each)]
    told += [each for each in session.new if isinstance(each, _PRIVILEGES)]
    if told:
        # In a session of one tenant all is that tenant's, also what has not been stamped with it yet.
        whose = session.scope.tenant_id
        _count_up(session, (whose or each.tenant_id for each in told))


@event.listens_for(TenantSession, "do_orm_execute")
def _executed(state: ORMExecuteState) -> None:
    """Count up when a statement changes or deletes rows."""
    writes = state.is_update or state.is_delete or state.is_insert
    if not writes or state.execution_options.get("insula_accounts_quiet"):
        return
    table: Any = getattr(state.statement, "table", None)
    if table not in _TABLES:
        return
    session: Any = state.session
    if session.scope.tenant_id is None:
        raise WallBreach(
            f"A statement on {table.name} over all tenants tells nobody whose credentials it changes: "
            "change objects, or work in one tenant after the other."
        )
    _count_up(session, (session.scope.tenant_id,))


def _count_up(session: Any, tenant_ids: Iterable[UUID]) -> None:
    transaction = session.get_transaction()
    before, counted = session.info.get(_COUNTED, (None, frozenset()))
    if before is not transaction:
        counted = frozenset()
    uncounted = frozenset(tenant_ids) - counted
    if not uncounted:
        return
    if session.scope.tenant_id is not None:
        bump(session, COUNTER)
    else:
        bump_each(session, COUNTER, uncounted)
    session.info[_COUNTED] = (session.get_transaction(), counted | uncounted)

"""Lists of accounts: all of them, some by name, and when they were last here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select, union_all

from insula.accounts.interfaces import AccountColumns, AccountsPage
from insula.accounts.models import Account, AccountRole, APIToken, GroupMember, GroupRole, SignIn
from insula.accounts.rows import account_infos, account_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from insula.accounts.interfaces import AccountInfo, Kind


class AccountLists:
    """Reads many accounts of the tenant its session is bound to."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def names(self, account_ids: Iterable[UUID]) -> Mapping[UUID, str]:
        """Return the names of those of these accounts that there are."""
        wanted = set(account_ids)
        if not wanted:
            return {}
        found = select(Account.id, Account.name).where(
            Account.tenant_id == self._session.tenant_id, Account.id.in_(wanted)
        )
        return {row.id: row.name for row in self._session.execute(found)}

    def all(self) -> Sequence[AccountInfo]:
        """Return all accounts: people by e-mail, then services by name."""
        known = account_rows(self._session.tenant_id).where(Account.kind != "operator")
        ordered = known.order_by(Account.kind, Account.email, Account.handle)
        return account_infos(self._session.execute(ordered))

    def page(
        self,
        *,
        find: str,
        kind: Kind | None,
        role: str | None,
        group: UUID | None,
        active: bool | None,
        where: ColumnElement[bool] | None,
        limit: int,
        after: tuple[str, UUID] | None,
    ) -> AccountsPage:
        """Return some accounts by name, in one statement."""
        tenant_id, by_name = self._session.tenant_id, func.lower(Account.name)
        wanted = select(Account.id).where(Account.tenant_id == tenant_id)
        if find:
            wanted = wanted.where(
                or_(
                    Account.name.icontains(find, autoescape=True),
                    Account.email.icontains(find, autoescape=True),
                )
            )
        if kind is not None:
            wanted = wanted.where(Account.kind == kind)
        if active is not None:
            wanted = wanted.where(Account.active.is_(active))
        if role is not None:
            wanted = wanted.where(holds(tenant_id, role))
        if group is not None:
            inside = select(GroupMember.account_id).where(
                GroupMember.tenant_id == tenant_id, GroupMember.group_id == group
            )
            wanted = wanted.where(Account.id.in_(inside))
        if where is not None:
            wanted = wanted.where(where)
        if after is not None:
            name = func.lower(after[0])
            wanted = wanted.where(or_(by_name > name, and_(by_name == name, Account.id > after[1])))
        # One more than asked for tells whether there is a next page.
        some = wanted.order_by(by_name, Account.id).limit(limit + 1).subquery()
        rows = account_rows(tenant_id).where(Account.id.in_(select(some.c.id))).order_by(by_name, Account.id)
        found = account_infos(self._session.execute(rows))
        page, more = found[:limit], len(found) > limit
        return AccountsPage(page, (page[-1].name, page[-1].id) if more else None)

    def last_seen(self, account_ids: Iterable[UUID]) -> Mapping[UUID, datetime]:
        """Return when these accounts were last here, by a session or a token."""
        wanted = set(account_ids)
        if not wanted:
            return {}
        each = [
            select(model.account_id, at.label("at")).where(
                model.tenant_id == self._session.tenant_id, model.account_id.in_(wanted), at.is_not(None)
            )
            for model, at in ((SignIn, SignIn.last_seen_at), (APIToken, APIToken.last_used_at))
        ]
        uses = union_all(*each).subquery()
        latest = select(uses.c.account_id, func.max(uses.c.at)).group_by(uses.c.account_id)
        return dict(self._session.execute(latest).all())


def account_columns(tenant_id: UUID) -> AccountColumns:
    """Return what a condition about accounts may read."""
    return AccountColumns(Account.id, Account.kind, partial(holds, tenant_id))


def holds(tenant_id: UUID, role: str) -> ColumnElement[bool]:
    """Say of an account that it holds a role, in person or through a group."""
    own = select(AccountRole.account_id).where(AccountRole.tenant_id == tenant_id, AccountRole.role == role)
    through = (
        select(GroupMember.account_id)
        .join(
            GroupRole,
            and_(GroupRole.tenant_id == GroupMember.tenant_id, GroupRole.group_id == GroupMember.group_id),
        )
        .where(GroupMember.tenant_id == tenant_id, GroupRole.tenant_id == tenant_id, GroupRole.role == role)
    )
    return or_(Account.id.in_(own), Account.id.in_(through))

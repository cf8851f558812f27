"""Rows of accounts become the frozen values other rooms see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import and_, select

from insula.accounts.interfaces import AccountInfo, SignInInfo, TokenInfo
from insula.accounts.models import Account, AccountRole, APIToken, GroupMember, GroupRole, SignIn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import Select

    from insula.accounts.interfaces import Kind

# With its roles and groups an account is several rows of one statement; these join them, tenant first.
_ROLES = and_(AccountRole.tenant_id == Account.tenant_id, AccountRole.account_id == Account.id)
_GROUPS = and_(GroupMember.tenant_id == Account.tenant_id, GroupMember.account_id == Account.id)
_GROUP_ROLES = and_(GroupRole.tenant_id == GroupMember.tenant_id, GroupRole.group_id == GroupMember.group_id)
_HELD = (AccountRole.role, GroupMember.group_id, GroupRole.role.label("group_role"))


def account_rows(tenant_id: UUID) -> Select[Any, Any, Any, Any]:
    """Select accounts with one row for each role and each role of a group, or one without either."""
    return (
        select(Account, *_HELD)
        .outerjoin(AccountRole, _ROLES)
        .outerjoin(GroupMember, _GROUPS)
        .outerjoin(GroupRole, _GROUP_ROLES)
        .where(Account.tenant_id == tenant_id)
    )


def credential_rows(model: type[SignIn | APIToken], tenant_id: UUID) -> Select[Any, Any, Any, Any, Any]:
    """Select credentials with their accounts, as many rows each as of `account_rows`."""
    return (
        select(model, Account, *_HELD)
        .join(Account, and_(Account.tenant_id == model.tenant_id, Account.id == model.account_id))
        .outerjoin(AccountRole, _ROLES)
        .outerjoin(GroupMember, _GROUPS)
        .outerjoin(GroupRole, _GROUP_ROLES)
        .where(model.tenant_id == tenant_id, Account.tenant_id == tenant_id)
    )


class _Held:
    """What the rows of one account say of its roles."""

    def __init__(self) -> None:
        self.own: set[str] = set()
        self.through: set[str] = set()
        self.groups: set[UUID] = set()

    def add(self, role: str | None, group_id: UUID | None, group_role: str | None) -> None:
        if role:
            self.own.add(role)
        if group_id:
            self.groups.add(group_id)
        if group_role:
            self.through.add(group_role)

    def info(self, account: Account) -> AccountInfo:
        return AccountInfo(
            id=account.id,
            kind=cast("Kind", account.kind),
            name=account.name,
            email=account.email,
            roles=frozenset(self.own | self.through),
            active=account.active,
            created_at=account.created_at,
            own_roles=frozenset(self.own),
            groups=frozenset(self.groups),
        )


def account_infos(rows: Iterable[Any]) -> list[AccountInfo]:
    """Join the rows of `account_rows`, keeping their order."""
    found: dict[Account, _Held] = {}
    for account, *held in rows:
        found.setdefault(account, _Held()).add(*held)
    return [held.info(account) for account, held in found.items()]


def credentials(rows: Iterable[Any]) -> list[tuple[Any, AccountInfo]]:
    """Join the rows of `credential_rows`, keeping their order."""
    found: dict[Any, tuple[Account, _Held]] = {}
    for credential, account, *held in rows:
        found.setdefault(credential, (account, _Held()))[1].add(*held)
    return [(credential, held.info(account)) for credential, (account, held) in found.items()]


def sign_in_info(row: SignIn, account: AccountInfo) -> SignInInfo:
    """Freeze a signed-in session."""
    return SignInInfo(
        id=row.id,
        account=account,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        address=row.address,
        user_agent=row.user_agent,
        mfa=row.mfa,
    )


def token_info(row: APIToken, account: AccountInfo) -> TokenInfo:
    """Freeze an API token."""
    return TokenInfo(
        id=row.id,
        kid=row.kid,
        label=row.label,
        account=account,
        scopes=frozenset(row.scopes),
        networks=tuple(row.networks),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        elevated=row.elevated,
        successor=row.successor,
    )

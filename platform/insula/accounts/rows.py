"""Rows of accounts become the frozen values other rooms see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from insula.accounts.interfaces import AccountInfo, SignInInfo, TokenInfo
from insula.accounts.models import Account, AccountRole, APIToken, SignIn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import Select

# With its roles an account is several rows of one statement; this joins them, tenant first.
_ROLES_OF_ACCOUNT = and_(AccountRole.tenant_id == Account.tenant_id, AccountRole.account_id == Account.id)


def account_rows(tenant_id: UUID) -> Select[Account, str]:
    """Select accounts with one row for each role, or one without a role."""
    return (
        select(Account, AccountRole.role)
        .outerjoin(AccountRole, _ROLES_OF_ACCOUNT)
        .where(Account.tenant_id == tenant_id)
    )


def credential_rows(model: type[SignIn | APIToken], tenant_id: UUID) -> Select[Any, Account, str]:
    """Select credentials with their accounts, one row for each role."""
    return (
        select(model, Account, AccountRole.role)
        .join(Account, and_(Account.tenant_id == model.tenant_id, Account.id == model.account_id))
        .outerjoin(AccountRole, _ROLES_OF_ACCOUNT)
        .where(model.tenant_id == tenant_id, Account.tenant_id == tenant_id)
    )


def account_infos(rows: Iterable[Any]) -> list[AccountInfo]:
    """Join the rows of `account_rows`, keeping their order."""
    found: dict[Account, set[str]] = {}
    for account, role in rows:
        found.setdefault(account, set()).update([role] if role else [])
    return [account_info(account, roles) for account, roles in found.items()]


def credentials(rows: Iterable[Any]) -> list[tuple[Any, AccountInfo]]:
    """Join the rows of `credential_rows`, keeping their order."""
    found: dict[Any, tuple[Account, set[str]]] = {}
    for credential, account, role in rows:
        found.setdefault(credential, (account, set()))[1].update([role] if role else [])
    return [(credential, account_info(account, roles)) for credential, (account, roles) in found.items()]


def account_info(account: Account, roles: Iterable[str]) -> AccountInfo:
    """Freeze an account and its roles."""
    return AccountInfo(
        id=account.id,
        kind="service" if account.kind == "service" else "person",
        name=account.name,
        email=account.email,
        roles=frozenset(roles),
        active=account.active,
        created_at=account.created_at,
    )


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

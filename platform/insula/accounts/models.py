"""Tables of accounts: who a tenant knows, their roles and groups, sessions, tokens, links, and failed attempts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from insula.db.models import Base, TenantOwned
from insula.db.types import JSONDocument, UTCDateTime
from insula.kit.clock import now
from insula.kit.ids import uuid7


def _of_tenant() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE")


def _of_account() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "account_id"], ["account.tenant_id", "account.id"], ondelete="CASCADE"
    )


def _of_group() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "group_id"], ["account_group.tenant_id", "account_group.id"], ondelete="CASCADE"
    )


class Account(TenantOwned, Base):
    """A person, known by e-mail, or a service, known by its handle."""

    __tablename__ = "account"
    __table_args__ = (
        _of_tenant(),
        UniqueConstraint("tenant_id", "email"),
        UniqueConstraint("tenant_id", "handle"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str] = mapped_column(String(16))
    email: Mapped[str | None] = mapped_column(String(254))
    handle: Mapped[str | None] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Role(TenantOwned, Base):
    """A role, known to the policy by its name."""

    __tablename__ = "role"
    __table_args__ = (_of_tenant(),)

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))


class AccountRole(TenantOwned, Base):
    """An account is in a role."""

    __tablename__ = "account_role"
    __table_args__ = (
        _of_tenant(),
        _of_account(),
        ForeignKeyConstraint(["tenant_id", "role"], ["role.tenant_id", "role.name"], ondelete="CASCADE"),
        Index(None, "tenant_id", "role"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(64), primary_key=True)


class Group(TenantOwned, Base):
    """A group of accounts, which hold its roles."""

    __tablename__ = "account_group"
    __table_args__ = (_of_tenant(), UniqueConstraint("tenant_id", "name"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))


class GroupRole(TenantOwned, Base):
    """A group gives a role."""

    __tablename__ = "account_group_role"
    __table_args__ = (
        _of_tenant(),
        _of_group(),
        ForeignKeyConstraint(["tenant_id", "role"], ["role.tenant_id", "role.name"], ondelete="CASCADE"),
        Index(None, "tenant_id", "role"),
    )

    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(64), primary_key=True)


class GroupMember(TenantOwned, Base):
    """An account is in a group."""

    __tablename__ = "account_group_member"
    __table_args__ = (_of_tenant(), _of_group(), _of_account(), Index(None, "tenant_id", "account_id"))

    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)


class Link(TenantOwned, Base):
    """What a link in a letter is good for; its secret is only in the letter."""

    __tablename__ = "account_link"
    __table_args__ = (
        _of_tenant(),
        _of_account(),
        UniqueConstraint("tenant_id", "secret_sha256"),
        Index(None, "tenant_id", "account_id"),
        Index(None, "tenant_id", "expires_at"),
        Index(None, "tenant_id", "purpose", "email"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    purpose: Mapped[str] = mapped_column(String(16))
    email: Mapped[str] = mapped_column(String(254))
    account_id: Mapped[UUID | None]
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SignIn(TenantOwned, Base):
    """A signed-in session; the secret itself is only in the browser's cookie."""

    __tablename__ = "sign_in"
    __table_args__ = (
        _of_tenant(),
        _of_account(),
        UniqueConstraint("tenant_id", "secret_sha256"),
        Index(None, "tenant_id", "account_id", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[UUID]
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    address: Mapped[str] = mapped_column(String(64), default="")
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    mfa: Mapped[bool] = mapped_column(default=False)


class APIToken(TenantOwned, Base):
    """An API token; its secret was shown once and is not stored."""

    __tablename__ = "api_token"
    __table_args__ = (
        _of_tenant(),
        _of_account(),
        UniqueConstraint("tenant_id", "kid"),
        Index(None, "tenant_id", "account_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[UUID]
    kid: Mapped[str] = mapped_column(String(16))
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    label: Mapped[str] = mapped_column(String(200), default="")
    scopes: Mapped[list[Any]] = mapped_column(JSONDocument, default=list)
    networks: Mapped[list[Any]] = mapped_column(JSONDocument, default=list)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    elevated: Mapped[bool] = mapped_column(default=False)
    successor: Mapped[str | None] = mapped_column(String(16))


class Attempt(TenantOwned, Base):
    """How often signing in has failed lately, by account, address or both; and where an account has signed in."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (_of_tenant(), Index(None, "tenant_id", "last_at"))

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    subject_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

"""Groups of accounts with their roles, and the links that letters carry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import JSONDocument, UTCDateTime

revision = "accounts_0002"
down_revision = "accounts_0001"
branch_labels = None
depends_on = None

TABLES = ("account_group", "account_group_role", "account_group_member", "account_link")


def upgrade() -> None:
    """Create the tables behind their walls."""
    _group()
    _group_role()
    _group_member()
    _link()
    for table in TABLES:
        tenant_wall(table)


def downgrade() -> None:
    """Drop the tables."""
    for table in ("account_link", "account_group_member", "account_group_role", "account_group"):
        op.drop_table(table)


def _group() -> None:
    op.create_table(
        "account_group",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_account_group"),
        sa.UniqueConstraint("tenant_id", "name", name="uq_account_group_tenant_id_name"),
        _of_tenant("account_group"),
    )


def _group_role() -> None:
    op.create_table(
        "account_group_role",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "group_id", "role", name="pk_account_group_role"),
        _of_tenant("account_group_role"),
        _of("account_group_role", "group_id", "account_group", "id"),
        _of("account_group_role", "role", "role", "name"),
    )
    op.create_index("ix_account_group_role_tenant_id_role", "account_group_role", ["tenant_id", "role"])


def _group_member() -> None:
    op.create_table(
        "account_group_member",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "group_id", "account_id", name="pk_account_group_member"),
        _of_tenant("account_group_member"),
        _of("account_group_member", "group_id", "account_group", "id"),
        _of("account_group_member", "account_id", "account", "id"),
    )
    op.create_index(
        "ix_account_group_member_tenant_id_account_id", "account_group_member", ["tenant_id", "account_id"]
    )


def _link() -> None:
    op.create_table(
        "account_link",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("payload", JSONDocument, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime(), nullable=True),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_account_link"),
        sa.UniqueConstraint("tenant_id", "secret_sha256", name="uq_account_link_tenant_id_secret_sha256"),
        _of_tenant("account_link"),
        _of("account_link", "account_id", "account", "id"),
    )
    op.create_index("ix_account_link_tenant_id_account_id", "account_link", ["tenant_id", "account_id"])
    op.create_index("ix_account_link_tenant_id_expires_at", "account_link", ["tenant_id", "expires_at"])
    op.create_index(
        "ix_account_link_tenant_id_purpose_email", "account_link", ["tenant_id", "purpose", "email"]
    )


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"], ["tenant.id"], name=f"fk_{table}_tenant_id", ondelete="CASCADE"
    )


def _of(table: str, column: str, other: str, key: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{other}.tenant_id", f"{other}.{key}"],
        name=f"fk_{table}_tenant_id_{column}",
        ondelete="CASCADE",
    )

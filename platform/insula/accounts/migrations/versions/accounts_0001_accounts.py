"""The tables of accounts: account, role, account_role, sign_in, api_token, sign_in_attempt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import JSONDocument, UTCDateTime

revision = "accounts_0001"
down_revision = None
branch_labels = ("accounts",)
depends_on = ("tenancy_0001",)

TABLES = ("account", "role", "account_role", "sign_in", "api_token", "sign_in_attempt")


def upgrade() -> None:
    """Create the tables behind their walls."""
    _account()
    _role()
    _sign_in()
    _api_token()
    _attempt()
    for table in TABLES:
        tenant_wall(table)


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("handle", sa.String(200), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_account"),
        sa.UniqueConstraint("tenant_id", "email", name="uq_account_tenant_id_email"),
        sa.UniqueConstraint("tenant_id", "handle", name="uq_account_tenant_id_handle"),
        _of_tenant("account"),
    )


def _role() -> None:
    op.create_table(
        "role",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name="pk_role"),
        _of_tenant("role"),
    )
    op.create_table(
        "account_role",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", "role", name="pk_account_role"),
        _of_tenant("account_role"),
        _of_account("account_role"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role"],
            ["role.tenant_id", "role.name"],
            name="fk_account_role_tenant_id_role",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_account_role_tenant_id_role", "account_role", ["tenant_id", "role"])


def _sign_in() -> None:
    op.create_table(
        "sign_in",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
        sa.Column("mfa", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sign_in"),
        sa.UniqueConstraint("tenant_id", "secret_sha256", name="uq_sign_in_tenant_id_secret_sha256"),
        _of_tenant("sign_in"),
        _of_account("sign_in"),
    )
    op.create_index(
        "ix_sign_in_tenant_id_account_id_expires_at", "sign_in", ["tenant_id", "account_id", "expires_at"]
    )


def _api_token() -> None:
    op.create_table(
        "api_token",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kid", sa.String(16), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("scopes", JSONDocument, nullable=False),
        sa.Column("networks", JSONDocument, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.Column("last_used_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_api_token"),
        sa.UniqueConstraint("tenant_id", "kid", name="uq_api_token_tenant_id_kid"),
        _of_tenant("api_token"),
        _of_account("api_token"),
    )
    op.create_index("ix_api_token_tenant_id_account_id", "api_token", ["tenant_id", "account_id"])


def _attempt() -> None:
    op.create_table(
        "sign_in_attempt",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "subject_sha256", name="pk_sign_in_attempt"),
        _of_tenant("sign_in_attempt"),
    )
    op.create_index("ix_sign_in_attempt_tenant_id_last_at", "sign_in_attempt", ["tenant_id", "last_at"])


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"], ["tenant.id"], name=f"fk_{table}_tenant_id", ondelete="CASCADE"
    )


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "account_id"],
        ["account.tenant_id", "account.id"],
        name=f"fk_{table}_tenant_id_account_id",
        ondelete="CASCADE",
    )

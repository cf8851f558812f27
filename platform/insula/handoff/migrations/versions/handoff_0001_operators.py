"""Leave that tenants give to operators, entries that rest on it, and what the console was told."""

import sqlalchemy as sa
from alembic import op

from insula.db.ddl import tenant_wall
from insula.db.types import UTCDateTime

revision = "handoff_0001"
down_revision = None
branch_labels = ("handoff",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    """Create the tables behind their walls."""
    op.create_table(
        "operator_grant",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("console_id", sa.Uuid),
        sa.Column("operator_id", sa.Uuid),
        sa.Column("operator", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("granted_at", UTCDateTime()),
        sa.Column("granted_by", sa.String(200)),
        sa.Column("expires_at", UTCDateTime()),
        sa.Column("revoked_at", UTCDateTime()),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_operator_grant"),
        _of_tenant("operator_grant"),
        sa.Index("ix_operator_grant_tenant_id_asked_at", "tenant_id", "asked_at"),
    )
    tenant_wall("operator_grant")
    op.create_table(
        "operator_entry",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("grant_id", sa.Uuid, nullable=False),
        sa.Column("console_id", sa.Uuid, nullable=False),
        sa.Column("operator_id", sa.Uuid, nullable=False),
        sa.Column("sign_in_id", sa.Uuid, nullable=False),
        sa.Column("operator", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("challenge", sa.String(43), nullable=False),
        sa.Column("code_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("code_expires_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime()),
        sa.Column("secret_sha256", sa.LargeBinary(32)),
        sa.Column("account_id", sa.Uuid),
        sa.Column("started_at", UTCDateTime()),
        sa.Column("expires_at", UTCDateTime()),
        sa.Column("ended_at", UTCDateTime()),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_operator_entry"),
        _of_tenant("operator_entry"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "grant_id"],
            ["operator_grant.tenant_id", "operator_grant.id"],
            name="fk_operator_entry_tenant_id_grant_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("tenant_id", "code_sha256", name="uq_operator_entry_tenant_id_code_sha256"),
        sa.UniqueConstraint("tenant_id", "secret_sha256", name="uq_operator_entry_tenant_id_secret_sha256"),
        sa.Index("ix_operator_entry_tenant_id_grant_id", "tenant_id", "grant_id"),
    )
    tenant_wall("operator_entry")
    op.create_table(
        "operator_told",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_operator_told"),
        _of_tenant("operator_told"),
        sa.Index("ix_operator_told_tenant_id_at", "tenant_id", "at"),
    )
    tenant_wall("operator_told")


def downgrade() -> None:
    """Drop the tables."""
    for table in ("operator_told", "operator_entry", "operator_grant"):
        op.drop_table(table)


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"], ["tenant.id"], name=f"fk_{table}_tenant_id", ondelete="CASCADE"
    )

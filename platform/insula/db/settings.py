"""Installation settings of the relational database."""

from pydantic import Field

from insula.kit.settings import RoomSettings


class DatabaseSettings(RoomSettings):
    """Settings of the relational database."""

    url: str = Field(description="SQLAlchemy URL that serves tenants (on PostgreSQL the role `insula_app`).")
    system_url: str | None = Field(
        None,
        description="URL of the role `insula_system`; without it the console, relay and worker are refused.",
    )
    migrate_url: str | None = Field(
        None,
        description="URL of the role `insula_migrate`, used by `insula db upgrade` only; `url` when left out.",
    )
    pool_size: int = Field(
        16,
        ge=1,
        description="Connections kept open by a process, as many as server threads; with `max_overflow` there should "
        "be twice as many, since signing in, pushing records and operators use a second one for a moment.",
    )
    max_overflow: int = Field(16, ge=1, description="Connections opened beyond the pool at peaks.")
    pool_timeout: float = Field(
        5.0,
        gt=0,
        le=60,
        description="Seconds a request waits for a connection before it is answered with 503.",
    )
    statement_timeout: int = Field(
        5000, ge=0, description="Milliseconds after which PostgreSQL ends a statement."
    )
    lock_timeout: int = Field(
        5000, ge=0, description="Milliseconds to wait for a lock (SQLite and PostgreSQL)."
    )
    compiled_bytes: int = Field(
        32 * 1024 * 1024,
        ge=1024 * 1024,
        le=1 << 36,
        description="Bytes, estimated, of the statements that a process keeps compiled, those asked last; tenants that "
        "ask in the same way share them.",
    )

    @property
    def threads(self) -> int:
        """How many server threads may hold two connections each at the same time."""
        return (self.pool_size + self.max_overflow) // 2

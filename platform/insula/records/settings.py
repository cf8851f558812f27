"""Installation settings of the record store."""

from pydantic import Field

from insula.kit.settings import RoomSettings


class RecordSettings(RoomSettings):
    """Settings of the record store."""

    url: str = Field(
        description="Where records are: `sqlite:////path/records.db`, `postgresql+psycopg://insula_app@HOST/DB`, or "
        "`cassandra://[USER:PASSWORD@]HOST[,HOST…][:PORT]/KEYSPACE?dc=DATACENTER`."
    )
    migrate_url: str | None = Field(
        None,
        description="PostgreSQL only: URL of the role that owns the tables, used by `insula records migrate`; when "
        "left out, `insula.db.migrate_url` where that is the same database, else `url`.",
    )
    upkeep_url: str | None = Field(
        None,
        description="PostgreSQL only: URL of the role that may delete expired records; when left out, "
        "`insula.db.system_url` where that is the same database, else `url`.",
    )
    pool_size: int = Field(
        16, ge=1, description="SQL stores only: connections of a process, as many as server threads."
    )
    replication: str = Field(
        "",
        pattern=r"^(\w[\w.-]*:\d+)?( +\w[\w.-]*:\d+)*$",
        description="Cassandra only: copies in each data centre, as `dc1:3 dc2:3`; one copy when left out. "
        "It counts when the keyspace is created; later it is changed with ALTER KEYSPACE and a repair.",
    )
    window_days: int = Field(
        14,
        ge=1,
        le=100,
        description="Cassandra only: days in a compaction window of records kept 400 days.",
    )
    protocol_version: int = Field(
        5, ge=4, le=5, description="Cassandra only: version of the native protocol."
    )
    in_flight: int = Field(
        256,
        ge=1,
        description="Cassandra only: requests of one process under way; beyond that, callers get 503 at once.",
    )
    connect_seconds: float = Field(3.0, gt=0, description="Seconds to wait for a connection.")
    read_seconds: float = Field(3.0, gt=0, description="Cassandra only: seconds to wait for a read.")
    write_seconds: float = Field(2.0, gt=0, description="Cassandra only: seconds to wait for a small write.")
    bulk_seconds: float = Field(
        10.0, gt=0, description="Seconds to wait for a large append, a count or a SQL statement."
    )

"""Installation settings of tenancy."""

from pydantic import Field

from insula.kit.settings import RoomSettings


class TenancySettings(RoomSettings):
    """Settings of host resolution."""

    unknown_host_seconds: float = Field(
        5, ge=0, le=60, description="For how long an unknown host is remembered as unknown, in seconds."
    )
    unknown_hosts: int = Field(
        4096, ge=1, description="How many unknown hosts a process remembers at the most."
    )
    known_hosts: int = Field(20000, ge=1, description="How many known hosts a process remembers at the most.")
    known_floors: int = Field(
        20000, ge=1, description="For how many tenants a process remembers what plan and installation fix."
    )

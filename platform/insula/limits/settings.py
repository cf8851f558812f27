"""The installation's settings of rate limits."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Literal

from pydantic import Field, field_validator

from insula.kit.settings import RoomSettings


class LimitsSettings(RoomSettings):
    """Settings of the room `limits`."""

    storage: str = Field(
        default="memory",
        pattern=r"^(memory|sql|off|rediss?://\S+|redis\+unix://\S+)$",
        description="Where requests are counted: `memory` (each process by itself), `sql` (the database, all processes "
        "together), the address of a Redis such as `redis://HOST:6379/0`, or `off`.",
    )
    when_down: Literal["open", "pages", "closed"] = Field(
        default="open",
        description="What happens while the storage is down: `open` lets everything pass uncounted, `pages` lets only "
        "pages pass, `closed` answers 503.",
    )
    timeout: float = Field(
        default=0.25, gt=0, le=5, description="Seconds that a request waits for the storage at the most."
    )
    rest: float = Field(
        default=2.0, ge=0, le=60, description="Seconds for which a storage that failed is not asked again."
    )
    keys_kept: int = Field(
        default=200_000, ge=1_000, description="How many counters a process keeps in memory at the most."
    )
    address_per_minute: int = Field(
        default=6_000,
        ge=0,
        description="Requests a minute from one address (IPv6: from one /64), whichever tenant they are for, before "
        "anything is looked up; 0 for no limit.",
    )
    address_sign_ins_per_minute: int = Field(
        default=120,
        ge=0,
        description="The same for forms sent to `/account`, such as signing in; 0 for no limit.",
    )
    exempt: str = Field(
        default="",
        description="Networks that no limit by address holds for, such as those of your monitoring, with spaces "
        "between them. What a tenant and a caller may do is counted all the same.",
    )
    most_per_minute: int = Field(
        default=600_000,
        ge=60,
        description="The highest rate a minute that any tenant can have, whatever its plan and its settings say.",
    )

    @field_validator("exempt")
    @classmethod
    def _networks(cls, text: str) -> str:
        for each in text.split():
            ip_network(each)
        return text

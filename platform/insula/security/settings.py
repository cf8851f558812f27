"""The installation's settings of security."""

from __future__ import annotations

from pydantic import Field

from insula.kit.settings import RoomSettings


class SecuritySettings(RoomSettings):
    """Settings of the room `security`."""

    development: bool = Field(
        default=False,
        description="Send cookies without the __Host- prefix and without Secure, so that plain http works; "
        "refused where the public scheme is https.",
    )
    cookie_prefix: str = Field(
        default="__Host-", pattern=r"^__Host-[a-z0-9-]*$", description="What the names of cookies begin with."
    )
    policies_kept: int = Field(
        default=500, ge=1, description="How many compiled policies a process keeps at the most."
    )

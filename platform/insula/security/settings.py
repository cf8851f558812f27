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
    decisions_recorded: bool = Field(
        default=True,
        description="Record enforced decisions of the policy in each tenant's stream `_decisions`.",
    )
    decisions_per_second: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="How many decisions a second and tenant a process records each.",
    )
    decisions_sampled: int = Field(
        default=10,
        ge=1,
        le=1_000,
        description="How many of the decisions beyond that it records in their stead, with their weight.",
    )
    decisions_waiting: int = Field(
        default=10_000,
        ge=100,
        description="How many decisions may wait in a process to be written; more are dropped and counted.",
    )
    decisions_flush: float = Field(
        default=5.0,
        gt=0,
        le=3600,
        description="Seconds between two writings of the decisions that wait, one append a tenant; they are written "
        "sooner where half of those that may wait do.",
    )
    drafts_at_once: int = Field(
        default=2,
        ge=1,
        description="How many tenants' drafts a process checks or tries at once, one of each tenant; a tenant's second "
        "waits, and a third is answered 503.",
    )
    drafts_wait: float = Field(
        default=5.0, gt=0, le=60, description="Seconds that work on a draft waits for its turn at the most."
    )

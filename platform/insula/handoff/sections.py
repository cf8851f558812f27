"""What a tenant decides about operators of the installation."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Access = Literal["always", "on request", "never"]


class Operators(BaseModel):
    """Whether operators of the installation may enter this site."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    access: Access = Field(
        default="on request",
        title="Operators may enter",
        description="Operators run the installation. Each entry says why, lasts an hour at most, and stands in the "
        "audit trail. With `on request` an owner or administrator lets them in each time.",
    )

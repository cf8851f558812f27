"""How long API tokens live: the section `tokens` of a tenant's settings."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class TokenLives(BaseModel):
    """How long API tokens live."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int = Field(
        default=90,
        ge=1,
        le=3650,
        title="Days, when nothing is said",
        description="How long a token lives whose maker does not choose.",
    )
    days_max: int = Field(
        default=365,
        ge=1,
        le=3650,
        title="Most days",
        description="The longest life a new token may be given. Tokens that exist keep theirs.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.days > self.days_max:
            raise ValueError("days must not be more than days_max")
        return self

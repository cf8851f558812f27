"""How long API tokens live: the section `tokens` of a tenant's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from insula.accounts.settings import AccountsSettings
from insula.features.interfaces import Bound
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping


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
            raise ValueError("{days} must not be more than {days_max}.")
        return self


def token_bounds(registry: Any) -> Mapping[str, Bound]:
    """Return how far the installation lets a tenant go with its tokens."""
    most = settings_of(registry, AccountsSettings).token_days_max
    return {"days": Bound(at_most=most), "days_max": Bound(at_most=most)}

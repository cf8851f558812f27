"""What a tenant decides about signed-in sessions, passwords and failed sign-ins, within the installation's bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from insula.accounts.settings import AccountsSettings
from insula.features.interfaces import SECONDS, Bound
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sessions(BaseModel):
    """How long people stay signed in; times are in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    idle: int = Field(
        default=2 * 3600,
        ge=60,
        le=12 * 3600,
        title="Longest pause",
        description="Seconds after which a session that is not used ends.",
        json_schema_extra=SECONDS,
    )
    max: int = Field(
        default=12 * 3600,
        ge=60,
        le=12 * 3600,
        title="Longest session",
        description="Seconds after which a session ends, used or not.",
        json_schema_extra=SECONDS,
    )


class PasswordRules(BaseModel):
    """What may become a password; the next that is set has to keep it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_length: int = Field(
        default=12,
        ge=8,
        le=128,
        title="Fewest characters",
        description="A new password has at least so many.",
    )
    refuse_common: bool = Field(
        default=True,
        title="Refuse common passwords",
        description="The 30,000 commonest passwords, also doubled or with a few digits and signs around them, "
        "are refused.",
    )


class Lockout(BaseModel):
    """How failed sign-ins slow down the next; times are in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    free_account: int = Field(
        default=5,
        ge=1,
        le=100,
        title="Free attempts for an account",
        description="So many failed sign-ins of one account cost no wait.",
    )
    free_address: int = Field(
        default=20,
        ge=1,
        le=1000,
        title="Free attempts from an address",
        description="So many failed sign-ins from one network address cost no wait.",
    )
    delay: int = Field(
        default=2,
        ge=1,
        le=3600,
        title="First wait",
        description="Seconds to wait after the next failure; each further one doubles them.",
        json_schema_extra=SECONDS,
    )
    delay_max: int = Field(
        default=900,
        ge=1,
        le=24 * 3600,
        title="Longest wait",
        description="Seconds that no wait exceeds.",
        json_schema_extra=SECONDS,
    )


def sessions_bounds(registry: Any) -> Mapping[str, Bound]:
    """Return how far the installation lets a tenant go with its sessions."""
    settings = settings_of(registry, AccountsSettings)
    # Last-seen times are written that late, and a shorter pause would end sessions in use.
    least = int(settings.seen_resolution + settings.seen_flush) + 1
    return {
        "idle": Bound(at_least=least, at_most=settings.session_idle),
        "max": Bound(at_most=settings.session_max),
    }


def passwords_bounds(registry: Any) -> Mapping[str, Bound]:
    """Return how far the installation lets a tenant go with its passwords."""
    settings = settings_of(registry, AccountsSettings)
    least, most = settings.password_min_length, settings.password_max_length
    return {"min_length": Bound(at_least=least, at_most=most)}


def lockout_bounds(registry: Any) -> Mapping[str, Bound]:
    """Return how far the installation lets a tenant go with failed sign-ins."""
    settings = settings_of(registry, AccountsSettings)
    return {
        "free_account": Bound(at_most=settings.attempts_free_account),
        "free_address": Bound(at_most=settings.attempts_free_address),
        "delay": Bound(at_least=settings.attempts_delay, at_most=settings.attempts_delay_max),
        # Longer, and waiting would forgive.
        "delay_max": Bound(at_least=settings.attempts_delay_max, at_most=settings.attempts_window - 1),
    }

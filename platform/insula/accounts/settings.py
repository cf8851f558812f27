"""The installation's limits for passwords, signed-in sessions and tokens."""

from __future__ import annotations

import os
from typing import Self

from pydantic import Field, model_validator

from insula.kit.settings import RoomSettings


class AccountsSettings(RoomSettings):
    """Settings of the room `accounts`; times are in seconds where nothing else is said."""

    session_idle: int = Field(
        default=2 * 3600, ge=60, le=12 * 3600, description="A signed-in session ends after this long unused."
    )
    session_max: int = Field(
        default=12 * 3600,
        ge=60,
        le=12 * 3600,
        description="A signed-in session ends after this long, used or not.",
    )
    seen_resolution: int = Field(
        default=60, ge=1, le=3600, description="Last-seen times are not written again within this time."
    )
    seen_flush: float = Field(
        default=10,
        ge=0,
        le=600,
        description="How long last-seen times wait in memory; with 0 none is written, and a session ends after "
        "`session_idle` however much it is used.",
    )
    password_min_length: int = Field(
        default=12, ge=8, le=128, description="A new password has at least this many characters."
    )
    password_max_length: int = Field(
        default=256, ge=64, le=1024, description="No password may have more characters than this."
    )
    hash_memory: int = Field(
        default=19 * 1024, ge=19 * 1024, description="Memory of one argon2id hash, in KiB."
    )
    hash_passes: int = Field(default=2, ge=2, description="Passes of one argon2id hash over its memory.")
    hash_lanes: int = Field(default=1, ge=1, description="Lanes of one argon2id hash.")
    hash_concurrency: int | None = Field(
        default=None, ge=1, description="Hashes computed at once in a process; never more than it has cores."
    )
    hash_waiting: int = Field(
        default=32,
        ge=0,
        description="Callers that may wait for a hash in a process; the next is answered 503.",
    )
    hash_wait: float = Field(default=5, gt=0, description="How long a caller waits for a hash before a 503.")
    attempts_free_account: int = Field(
        default=5, ge=1, description="Failed sign-ins of one account before it has to wait."
    )
    attempts_free_address: int = Field(
        default=20, ge=1, description="Failed sign-ins from one address before it has to wait."
    )
    attempts_delay: int = Field(
        default=2,
        ge=1,
        description="The first wait after too many failures; each further failure doubles it.",
    )
    attempts_delay_max: int = Field(default=900, ge=1, description="The longest wait after failed sign-ins.")
    attempts_window: int = Field(
        default=3600, ge=60, description="Failures are forgotten when none has followed for this long."
    )
    attempts_known_days: int = Field(
        default=30,
        ge=0,
        description="An address that an account has signed in from within so many days has a counter of its own "
        "for it, which strangers' failures do not touch.",
    )
    invitation_life: int = Field(
        default=7 * 86400, ge=3600, le=90 * 86400, description="An invitation is good for this long."
    )
    confirmation_life: int = Field(
        default=86400,
        ge=600,
        le=7 * 86400,
        description="The link that confirms an e-mail address is good for this long.",
    )
    reset_life: int = Field(
        default=1800,
        ge=300,
        le=86400,
        description="The link that lets a person set a new password is good for this long.",
    )
    letters_per_email: int = Field(
        default=5,
        ge=1,
        description="Letters with links to one e-mail address within `attempts_window`; more are not written.",
    )
    letters_per_address: int = Field(
        default=20,
        ge=1,
        description="Letters that one network address, or one account, may ask for within `attempts_window`.",
    )
    token_days_max: int = Field(default=365, ge=1, description="The most days an API token may live.")

    credentials_kept: int = Field(
        default=10_000,
        ge=1,
        description="How many sessions and tokens that were looked up a process remembers at the most.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.seen_resolution + self.seen_flush >= self.session_idle:
            raise ValueError(
                "session_idle must be longer than seen_resolution and seen_flush together, or sessions in use would end"
            )
        if self.attempts_window <= self.attempts_delay_max:
            raise ValueError(
                "attempts_window must be longer than attempts_delay_max, or waiting would forgive"
            )
        return self

    @property
    def hash_slots(self) -> int:
        """How many hashes one process computes at once."""
        cores = os.cpu_count() or 1
        return min(self.hash_concurrency or cores, cores)

"""Password hashing with argon2id, a bounded number of hashes at a time."""

from __future__ import annotations

import math
import threading
import unicodedata
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from insula.accounts.interfaces import HashedPassword
from insula.kit.errors import FieldError, Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.accounts.settings import AccountsSettings


class HashSlots:
    """Lets `slots` callers work at once and `waiting` more stand in line for at most `seconds`."""

    def __init__(self, slots: int, waiting: int, seconds: float) -> None:
        self._slots = threading.BoundedSemaphore(slots)
        self._admitted = threading.BoundedSemaphore(slots + waiting)
        self._seconds = seconds

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Take a slot for the length of the block, or raise `Unavailable`."""
        if not self._admitted.acquire(blocking=False):
            raise self._busy()
        try:
            if not self._slots.acquire(timeout=self._seconds):
                raise self._busy()
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._admitted.release()

    def _busy(self) -> Unavailable:
        return Unavailable(
            "Many people are signing in right now. Try again in a moment.",
            retry_after=max(1, math.ceil(self._seconds)),
        )


class Argon2Passwords:
    """Keeps `Passwords` with argon2id; one instance serves the whole process."""

    def __init__(self, settings: AccountsSettings) -> None:
        self._settings = settings
        self._slots = HashSlots(settings.hash_slots, settings.hash_waiting, settings.hash_wait)
        self._hasher = PasswordHasher(
            time_cost=settings.hash_passes, memory_cost=settings.hash_memory, parallelism=settings.hash_lanes
        )

    def check_new(self, password: str, *, email: str | None = None) -> None:
        """Raise `Invalid` unless this may become a password."""
        least, most = self._settings.password_min_length, self._settings.password_max_length
        problem = ""
        if len(password) < least:
            problem = f"Use at least {least} characters. You typed {len(password)}."
        elif len(password) > most:
            problem = f"Use at most {most} characters. You typed {len(password)}."
        elif len(set(password)) < 4:
            problem = "Use at least four different characters."
        elif email and password.casefold() in (email.casefold(), email.casefold().partition("@")[0]):
            problem = "Use something other than your e-mail address."
        if problem:
            raise Invalid(errors=[FieldError("password", problem)])

    def hash(self, password: str) -> HashedPassword:
        """Return the argon2id hash of a password."""
        with self._slots.hold():
            return HashedPassword(self._hasher.hash(_same_everywhere(password)))

    def verify(self, stored: str | None, password: str) -> bool:
        """Say whether the password made this hash; without a hash, take as long and say no."""
        text = _same_everywhere(password[: self._settings.password_max_length + 1])
        dummy = self._dummy
        with self._slots.hold():
            try:
                self._hasher.verify(stored or dummy, text)
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Say whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    @cached_property
    def _dummy(self) -> str:
        return self.hash("nobody has this password").text


def _same_everywhere(password: str) -> str:
    # The same password typed on two keyboards may be composed differently; NIST 800-63B advises NFKC.
    return unicodedata.normalize("NFKC", password)

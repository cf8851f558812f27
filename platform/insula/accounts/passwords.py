"""Passwords: hashed with argon2id, a bounded number at a time, and refused where the tenant's rules say so."""

from __future__ import annotations

import math
import threading
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from insula.accounts.guessable import is_common, is_made_of, same_everywhere
from insula.accounts.interfaces import HashedPassword
from insula.accounts.settings import AccountsSettings
from insula.kit.errors import FieldError, Invalid, Unavailable
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from insula.accounts.sections import PasswordRules

_HASHER: Final = "insula.accounts.hasher"
_LOCK = threading.Lock()


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


class Argon2:
    """Hashes with argon2id; one instance serves the whole process."""

    def __init__(self, settings: AccountsSettings) -> None:
        self._settings = settings
        self._slots = HashSlots(settings.hash_slots, settings.hash_waiting, settings.hash_wait)
        self._hasher = PasswordHasher(
            time_cost=settings.hash_passes, memory_cost=settings.hash_memory, parallelism=settings.hash_lanes
        )

    def hash(self, password: str) -> HashedPassword:
        """Return the argon2id hash of a password."""
        with self._slots.hold():
            return HashedPassword(self._hasher.hash(same_everywhere(password)))

    def verify(self, stored: str | None, password: str) -> bool:
        """Say whether the password made this hash; without a hash, take as long and say no."""
        text = same_everywhere(password[: self._settings.password_max_length + 1])
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


class TenantPasswords:
    """Keeps `Passwords` with the hasher of the process and the rules of one tenant.

    `own_words` returns what everybody knows of the tenant: its name, its title, its host.
    """

    def __init__(
        self,
        hasher: Argon2,
        *,
        most: int,
        rules: Callable[[], PasswordRules],
        own_words: Callable[[], Iterable[str]],
    ) -> None:
        self._hasher = hasher
        self._most = most
        self._rules = rules
        self._own_words = own_words

    def check_new(self, password: str, *, email: str | None = None) -> None:
        """Raise `Invalid` unless this may become a password."""
        rules = self._rules()
        problem = ""
        if len(password) < rules.min_length:
            problem = f"Use at least {rules.min_length} characters. You typed {len(password)}."
        elif len(password) > self._most:
            problem = f"Use at most {self._most} characters. You typed {len(password)}."
        elif len(set(password)) < 4:
            problem = "Use at least four different characters."
        elif email and is_made_of(password, (email, *email.split("@"))):
            problem = "Use something other than your e-mail address."
        elif is_made_of(password, self._own_words()):
            problem = "Use something other than the name of this site."
        elif rules.refuse_common and is_common(password):
            problem = "Many people use this password. Use a few words that do not belong together."
        if problem:
            raise Invalid(errors=[FieldError("password", problem)])

    def hash(self, password: str) -> HashedPassword:
        """Return the argon2id hash of a password."""
        return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Say whether the password made this hash; without a hash, take as long and say no."""
        return self._hasher.verify(stored, password)

    def is_outdated(self, stored: str) -> bool:
        """Say whether the hash was made with other parameters than today's."""
        return self._hasher.is_outdated(stored)


def hasher_of(registry: Any) -> Argon2:
    """Return the hasher of this process: its slots bound the hashes of all threads together."""
    with _LOCK:
        found: Argon2 | None = registry.get(_HASHER)
        if found is None:
            found = registry[_HASHER] = Argon2(settings_of(registry, AccountsSettings))
        return found


def passwords_factory(context: Any, request: Any) -> TenantPasswords:
    """Return the passwords of the tenant of this request."""
    return TenantPasswords(
        hasher_of(request.registry),
        most=settings_of(request.registry, AccountsSettings).password_max_length,
        rules=partial(request.section, "passwords"),
        own_words=lambda: (request.tenant.name, request.tenant.title, request.tenant.canonical_host),
    )

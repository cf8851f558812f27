"""The texts that prove who asks: token texts, session secrets, and what is stored of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import zlib
from dataclasses import dataclass, field
from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ALLOWED: Final = frozenset(_DIGITS)
_PREFIX: Final = "insula"
_KID: Final = 16
_SECRET: Final = 43
_CHECKSUM: Final = 6


def base62(number: int, width: int) -> str:
    """Write a number with the digits 0-9, A-Z, a-z, padded with zeros on the left.

    >>> base62(62, 4)
    '0010'
    """
    digits = []
    while number:
        number, rest = divmod(number, 62)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits)).rjust(width, "0")


def digest(secret: str) -> bytes:
    """Return what is stored of a secret: its SHA-256, enough because the secret has 256 random bits."""
    return hashlib.sha256(secret.encode("ascii", "replace")).digest()


def matches(secret: str, stored: bytes) -> bool:
    """Say, in constant time, whether the secret has this digest."""
    return hmac.compare_digest(digest(secret), stored)


def new_session_secret() -> str:
    """Return a session secret of 256 random bits, fit for a cookie."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class TokenText:
    """The text `insula_KID_SECRET_CHECKSUM` in its parts."""

    kid: str
    secret: str = field(repr=False)

    @classmethod
    def new(cls) -> TokenText:
        """Draw a new key id and a secret of 32 random bytes."""
        kid = "".join(secrets.choice(_DIGITS) for _ in range(_KID))
        return cls(kid, base62(int.from_bytes(secrets.token_bytes(32)), _SECRET))

    @classmethod
    def parse(cls, text: str) -> TokenText | None:
        """Take a text apart, or return None when its shape or its checksum is wrong."""
        parts = text.split("_")
        if len(parts) != 4 or parts[0] != _PREFIX:
            return None
        _, kid, secret, checksum = parts
        if (len(kid), len(secret), len(checksum)) != (_KID, _SECRET, _CHECKSUM):
            return None
        token = cls(kid, secret)
        if not _ALLOWED.issuperset(kid + secret) or checksum != token._checksum():
            return None
        return token

    def __str__(self) -> str:
        return f"{self._body()}_{self._checksum()}"

    def _body(self) -> str:
        return f"{_PREFIX}_{self.kid}_{self.secret}"

    def _checksum(self) -> str:
        # The checksum proves nothing; it lets a mistyped token be refused, and a leaked one be
        # recognised by a scanner, without asking the database.
        return base62(zlib.crc32(self._body().encode()), _CHECKSUM)

"""E-mail addresses as the key of a person: one spelling each."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from insula.kit.errors import FieldError, Invalid

LONGEST: Final = 254
_SHAPE: Final = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{1,253}")


def normalised(email: str) -> str:
    """Return the one spelling under which an address is stored and looked for.

    >>> normalised(" Ada@Example.ORG ")
    'ada@example.org'
    """
    # No address has a U+0000, and PostgreSQL refuses to look for one.
    text = email.strip()[: LONGEST + 1].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return unicodedata.normalize("NFKC", text).casefold()


def checked(email: str) -> str:
    """Return the normalised address, or raise `Invalid` when it cannot be one."""
    text = normalised(email)
    if len(text) > LONGEST or not _SHAPE.fullmatch(text):
        raise Invalid(
            errors=[
                FieldError("email", f"Use an address such as ada@example.org. You typed {email.strip()!r}.")
            ]
        )
    return text

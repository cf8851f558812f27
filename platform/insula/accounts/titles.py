"""Names and titles that people give: one spelling, and never empty."""

from __future__ import annotations

from insula.kit.errors import FieldError, Invalid

_LONGEST = 200


def checked_name(text: str) -> str:
    """Return a name with single spaces, or raise `Invalid`."""
    return _checked("name", text)


def checked_title(text: str) -> str:
    """Return a title with single spaces, or raise `Invalid`."""
    return _checked("title", text)


def _checked(path: str, text: str) -> str:
    # No store and no letter takes what cannot be printed.
    found = "".join(character for character in " ".join(text.split()) if character.isprintable())
    if not found or len(found) > _LONGEST:
        raise Invalid(errors=[FieldError(path, f"Use 1 to {_LONGEST} characters. You typed {len(found)}.")])
    return found

"""Passwords that are guessed first: the commonest, and what everybody knows of a person or a site."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_AROUND: Final = re.compile(r"^[\W\d_]*(.*?)[\W\d_]*$", re.DOTALL)
_SHORTEST_WORD: Final = 3


def same_everywhere(password: str) -> str:
    """Return the one spelling of a password: typed on two keyboards it may be composed differently."""
    # NIST 800-63B advises NFKC.
    return unicodedata.normalize("NFKC", password)


def is_common(password: str) -> bool:
    """Say whether a password is one of the commonest, or one of them in a thin disguise.

    >>> is_common("password"), is_common("PasswordPassword"), is_common("!password1234")
    (True, True, True)
    >>> is_common("a harbour at night")
    False
    """
    return _is_among(password, _common())


def is_made_of(password: str, words: Iterable[str]) -> bool:
    """Say whether a password is one of these words, or one of them in a thin disguise.

    >>> is_made_of("Seattle.localhost1", ["seattle.localhost"]), is_made_of("seattle at night", ["seattle"])
    (True, False)
    """
    return _is_among(password, {_plain(word) for word in words if len(word) >= _SHORTEST_WORD})


def _is_among(password: str, words: set[str] | frozenset[str]) -> bool:
    text = _plain(password)
    # A word with so few characters around it that they add less than a word would.
    core = _AROUND.sub(r"\1", text)
    known = [text] if 2 * len(core) < len(text) else [text, core]
    return any(one in words or _repeated(one) in words for one in known if one)


def _plain(text: str) -> str:
    return same_everywhere(text).strip().casefold()


def _repeated(text: str) -> str:
    """Return what a text repeats, or the text itself: the smallest shift that maps a repetition onto itself."""
    return text[: (text + text).index(text, 1)]


@cache
def _common() -> frozenset[str]:
    # Loaded when the first password is set, since it takes its time and most processes never need it.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]  # it has no types

    return frozenset(FREQUENCY_LISTS["passwords"])

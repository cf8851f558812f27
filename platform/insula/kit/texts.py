"""Texts that every store can keep."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Place = tuple[str | int, ...]

UNKEPT = "It holds a character that cannot be stored, U+0000 or half of a surrogate pair. Leave it out."
_UNKEPT = re.compile("[\0\ud800-\udfff]")


# Controls, and what turns the text around it or hides in it: letters that join, such as U+200D in emoji, are neither.
_UNSEEN = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def unseen(text: str) -> str | None:
    r"""Return why a name or reason may not be shown, or None where it may.

    >>> unseen("Night import")
    >>> unseen("Night \u202etropmi")
    'Leave out U+202E: it cannot be seen, and changes how the text around it reads.'
    """
    found = _UNSEEN.search(text)
    return (
        f"Leave out U+{ord(found[0]):04X}: it cannot be seen, and changes how the text around it reads."
        if found
        else None
    )


def unkept(value: Any) -> Iterator[Place]:
    """Yield the places of the texts in a JSON value that UTF-8 or PostgreSQL cannot hold.

    >>> list(unkept({"title": "fine", "lines": ["fine", "a" + chr(0)]}))
    [('lines', 1)]
    """
    waiting: list[tuple[Place, Any]] = [((), value)]
    while waiting:
        place, each = waiting.pop()
        if isinstance(each, str):
            if _UNKEPT.search(each):
                yield place
        elif isinstance(each, Mapping):
            waiting += ((place, name) for name in each)
            waiting += (((*place, str(name)), child) for name, child in each.items())
        elif isinstance(each, (list, tuple)):
            waiting += (((*place, index), child) for index, child in enumerate(each))

"""The link of an invitation, read from its letter: nothing else knows it."""

from __future__ import annotations

import re
from typing import Any, Final

from insula.mail.interfaces import Letters, Postbox
from insula.people.acts import MOST_INVITED

_LINK: Final = re.compile(r"https?://\S+")


def link_of(work: Any, email: str, *, wanted: bool) -> str | None:
    """Return the link in the letter just written to this address, if it is wanted or letters are only caught."""
    if not wanted and not work.find_service(Postbox).catches:
        return None
    for letter in work.find_service(Letters).newest(MOST_INVITED):
        if letter.kind == "invitation" and letter.to == email and letter.text:
            found = _LINK.search(letter.text)
            return found[0] if found else None
    return None

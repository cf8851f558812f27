"""Names of files: one segment of an address, readable, and harmless wherever it is saved."""

from __future__ import annotations

import unicodedata
from typing import Final

from insula.kit.errors import FieldError, Invalid

LONGEST: Final = 200
_FORBIDDEN: Final = frozenset('/\\:*?"<>|')


def clean(name: str) -> str:
    r"""Return the last part of a name without what no file system or address takes; raises Invalid where none is left.

    >>> clean("../../etc/passwd"), clean("C:\\Users\\ada\\Bild 1.png"), clean("a\u202egnp.exe")
    ('passwd', 'Bild 1.png', 'agnp.exe')
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(each for each in last if each not in _FORBIDDEN and unicodedata.category(each)[0] != "C")
    # A name of dots is a place, and one that begins with @@ is the name of a screen.
    kept = " ".join(kept.split()).lstrip("@.").strip()
    if not kept:
        raise Invalid(errors=[FieldError("name", "Give the file a name, such as report.pdf.")])
    stem, dot, ending = kept.rpartition(".")
    if len(kept) <= LONGEST:
        return kept
    return (
        f"{stem[: LONGEST - len(ending) - 1]}{dot}{ending}" if dot and len(ending) <= 10 else kept[:LONGEST]
    )


def check(name: str) -> str:
    """Return a name as it is written, or raise Invalid with one that would do."""
    proper = clean(name)
    if proper != name.strip():
        raise Invalid(
            errors=[FieldError("name", f"This cannot be the name of a file. You could use {proper}.")]
        )
    return proper

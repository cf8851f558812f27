"""Words of a Cedar text with their places, since the parser itself reports none."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from insula.security.interfaces import Flaw

OPENING: Final = {"(": ")", "[": "]", "{": "}"}
CLOSING: Final = frozenset(OPENING.values())

_WORD: Final = re.compile(
    r"""
      (?P<space>[ \t\r\n]+)
    | (?P<comment>//[^\n\r]*)
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>[0-9]+)
    | (?P<sign>::|==|!=|<=|>=|&&|\|\||[()\[\]{}<>=!.,;:@+\-*?])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word and where it stands."""

    start: int
    kind: str
    text: str

    @property
    def end(self) -> int:
        """Where the word has ended."""
        return self.start + len(self.text)

    @property
    def bare(self) -> str:
        """The word without quotes."""
        return self.text[1:-1] if self.kind == "string" else self.text


class CedarRefused(Exception):
    """A text that never reaches the parser, or that the parser or the checks refuse."""

    def __init__(self, *flaws: Flaw) -> None:
        """Keep the flaws; the first is the message."""
        super().__init__(str(flaws[0]) if flaws else "refused")
        self.flaws = flaws


class Places:
    """Turns offsets of one text into lines and columns, both counted from one."""

    def __init__(self, text: str) -> None:
        """Note where the lines begin."""
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def flaw(self, at: int, message: str, *, rule: str | None = None, suggestion: str | None = None) -> Flaw:
        """Return a flaw at this offset."""
        line = bisect_right(self._starts, at)
        return Flaw(line, at - self._starts[line - 1] + 1, message, rule, suggestion)


def words(text: str, places: Places) -> Iterator[Token]:
    """Yield all words but space and comments; raise CedarRefused at the first character that begins none."""
    at = 0
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            message = (
                "This quotation mark is never closed."
                if text[at] == '"'
                else f"The character {text[at]!r} has no meaning here."
            )
            raise CedarRefused(places.flaw(at, message))
        at = found.end()
        kind = str(found.lastgroup)
        if kind not in {"space", "comment"}:
            yield Token(found.start(), kind, found.group())

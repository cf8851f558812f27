"""Entries taken in from a file, batch by batch, with what is wrong by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from insula.kit.errors import FieldError, TooLarge

if TYPE_CHECKING:
    from uuid import UUID

    from insula.collections.interfaces.entries import Entries, Permit
    from insula.collections.transfer.formats import Line

MOST_ERRORS: Final = 100
"""Errors that are told; all of them are counted."""


@dataclass
class Outcome:
    """What became of the lines of a file."""

    lines: int = 0
    created: int = 0
    refused: int = 0
    errors: list[FieldError] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Count what became of more lines."""
        self.lines += other.lines
        self.created += other.created
        self.refused += other.refused
        self.errors += other.errors[: MOST_ERRORS - len(self.errors)]


@dataclass(frozen=True)
class Importer:
    """Writes lines as entries of one collection; each that does not fit is refused, the others are kept."""

    entries: Entries
    collection: str
    author: UUID | None = None
    permit: Permit | None = None

    def take(self, lines: Sequence[Line]) -> Outcome:
        """Write a batch."""
        good = [line for line in lines if not line.errors]
        errors = [replace(error, line=line.number) for line in lines for error in line.errors]
        refused = len(lines) - len(good)
        if not good:
            return Outcome(len(lines), 0, refused, errors)
        made, rejected = self.entries.create_many(
            self.collection,
            [line.values for line in good],
            author=self.author,
            whole=False,
            permit=self.permit,
        )
        errors += [replace(error, line=good[each.index].number) for each in rejected for error in each.errors]
        errors.sort(key=lambda error: error.line or 0)
        return Outcome(len(lines), len(made), refused + len(rejected), errors)


def bounded(lines: Iterable[Line], most: int) -> Iterator[Line]:
    """Yield lines, and raise TooLarge behind so many."""
    for read, line in enumerate(lines):
        if read == most:
            raise TooLarge(f"At most {most:,} lines. Send the file in parts, or use `insula entries import`.")
        yield line


def batches(lines: Iterable[Line], size: int) -> Iterator[list[Line]]:
    """Yield lines in lists of at most this size."""
    waiting = iter(lines)
    while batch := list(islice(waiting, size)):
        yield batch

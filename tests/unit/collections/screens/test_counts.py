"""Screens say how many entries there are as far as that is worth counting."""

from __future__ import annotations

from typing import Any

import pytest

from insula.collections.interfaces.queries import Question
from insula.collections.screens.entries_table import counted, total_of
from insula.kit.errors import Invalid


class _Queries:
    """As many entries as are said, or too many to decide."""

    def __init__(self, number: int | None) -> None:
        self._number = number

    def count(self, question: Question, *, most: int) -> int:
        if self._number is None:
            raise Invalid
        return min(self._number, most)


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (1_000, "1,000"), (1_001, "more than 1,000"), (70_000, "more than 1,000"), (None, "many")],
)
def test_a_number_is_said_up_to_a_limit(number: int | None, words: str) -> None:
    """And no page is lost where the rules have to decide too many."""
    queries: Any = _Queries(number)
    assert counted(total_of(queries, Question("airports"), 1_000), 1_000) == words

"""Cursors while others write: what was there before and stays is on exactly one page."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insula.collections.interfaces.entries import Entries, Stage
from insula.collections.interfaces.queries import Question
from insula.collections.queries.services import queries_of
from insula.collections.queries.sight import EverySight
from tests.functional.collections.queries.conftest import World, airport, make_world
from tests.installations import Installation

NUMBERS = count(100)


@pytest.fixture(scope="module")
def busy(installation: Installation) -> World:
    """A tenant into which entries are written while others read."""
    return make_world(installation, "busy", 24)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(
        [(), ("state",), ("-latitude",), ("rank", "-name"), ("-created",), ("opened",), ("-open", "rank")]
    ),
    st.integers(1, 7),
    st.lists(st.integers(0, 2), max_size=8),
)
def test_no_entry_is_skipped_or_repeated(
    busy: World, order: tuple[str, ...], size: int, writes: list[int]
) -> None:
    question = Question("airports", Stage.LIVE, sort=order)
    with busy.tenant.work(writing=False) as work:
        before = {entry.id for entry in queries_of(work, EverySight()).each(question)}
    seen: Counter[Any] = Counter()
    after, gone = None, set()
    waiting = iter(writes)
    while True:
        with busy.tenant.work(writing=False) as work:
            page = queries_of(work, EverySight()).page(question, limit=size, after=after)
        seen.update(entry.id for entry in page.entries)
        after = page.after
        if after is None:
            break
        with busy.tenant.work() as work:
            entries = work.find_service(Entries)
            number = next(NUMBERS)
            match next(waiting, None):
                case 0:
                    made = [{**airport(number + step), "iata": f"B{number}{step}"} for step in range(3)]
                    entries.create_many("airports", made, author=None)
                case 1:
                    # The place itself may go, and the list goes on behind where it was.
                    last = page.entries[-1].id
                    if str(last) not in linked(busy):
                        entries.trash("airports", last, expected=None, author=None)
                        gone.add(last)
    assert all(number == 1 for number in seen.values())
    assert before - gone <= seen.keys()


def linked(world: World) -> set[Any]:
    """Return the entries that cannot go, because others lead to them."""
    return {each["id"] for route in world.routes for each in world.airports if each["id"] in str(route)}

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
from insula.collections.interfaces.schemas import CollectionDocument, Collections
from insula.collections.queries.services import queries_of
from insula.collections.queries.sight import EverySight
from insula.kit.errors import Malformed
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


def test_a_place_is_not_read_in_another_order(installation: Installation) -> None:
    """Whichever of the two lists had an index, and also where a schema changed in between."""
    world = make_world(installation, "replanned", 8)
    with world.tenant.work(writing=False) as work:
        queries = queries_of(work, EverySight())
        questions = [
            Question("airports", Stage.LIVE, sort=order)
            for order in (("state",), ("state_plain",), ("rank",), ("-state",), ("id",), ("name",))
        ]
        places = [queries.page(each, limit=2).after for each in questions]
        for number, question in enumerate(questions):
            for other, place in enumerate(places):
                if number == other:
                    assert queries.page(question, limit=2, after=place).entries
                else:
                    with pytest.raises(Malformed):
                        queries.page(question, limit=2, after=place)


def test_the_usual_order_may_be_one_of_several_fields(installation: Installation) -> None:
    """As when it is asked for."""
    world = make_world(installation, "usual", 8)
    fields = [{"name": name, "type": "text", "indexed": True} for name in ("state", "name")]
    document = {"title": "Towns", "drafts": False, "order": "state, -name", "fields": fields}
    with world.tenant.work() as work:
        made = CollectionDocument.model_validate(document)
        work.find_service(Collections).create("towns", made, by="tests")
        rows = [{"state": state, "name": name} for state in "BA" for name in "xzy"]
        work.find_service(Entries).create_many("towns", rows, author=None)
    for query in ("", "?sort=state,-name"):
        told = world.get(query, collection="towns")["data"]
        assert [each["state"] + each["name"] for each in told] == ["Az", "Ay", "Ax", "Bz", "By", "Bx"]
    first = world.get("?limit=4", collection="towns")
    rest = world.get(f"?limit=4&after={first['after']}", collection="towns")["data"]
    assert [each["name"] for each in rest] == ["y", "x"]

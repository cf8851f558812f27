"""What a process keeps of collections is bounded by bytes, whatever a tenant asks."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from insula.collections.interfaces.entries import Stage
from insula.collections.interfaces.queries import Question
from insula.collections.interfaces.schemas import Collections
from insula.collections.queries.asking import _KEPT
from insula.collections.queries.grammar import question_of
from insula.collections.queries.services import queries_of
from insula.collections.queries.sight import EverySight
from insula.collections.schemas.rows import known_of
from tests.functional.collections.queries.conftest import World


def test_questions_weigh_on_their_tenant_and_no_other_one_is_forgotten(world: World, other: World) -> None:
    known = known_of(world.tenant.installation.registry)
    other.get("?limit=1")
    limit, known._limit = (
        known._limit,
        2_000_000,
    )  # as the setting would, which no other test wants that small
    try:
        for number in range(100):
            with world.tenant.work(writing=False) as work:
                queries_of(work, EverySight()).page(
                    Question("airports", Stage.LIVE, q=f"word{number}"), limit=1
                )
            assert known._weight <= 2_000_000
        weights = [held[2] for held in known._held.values()]
        assert len(weights) >= 2
        assert max(weights) > 100_000
    finally:
        known._limit = limit


@pytest.mark.parametrize(
    "asked",
    [{"iata": "A{}"}, {"q": "word{}"}, {"state": "S{}", "latitude[gt]": "{}", "rank_plain": "{}"}],
    ids=["key", "words", "three"],
)
def test_a_question_weighs_what_it_comes_to_in_memory(asked: dict[str, str], world: World) -> None:
    def ask(first: int) -> None:
        for number in range(first, first + 5):
            given = {name: value.format(number) for name, value in asked.items()}
            given["sort"] = "-latitude" if "state" in asked else "-created"
            queries.page(question_of("airports", given), limit=1)

    with world.tenant.work(writing=False) as work:
        queries = queries_of(work, EverySight())
        ask(10)  # so that what all such questions share is there
        info = work.find_service(Collections).find("airports")
        del info.kept[_KEPT]
        gc.collect()
        tracemalloc.start()
        try:
            ask(20)
            gc.collect()
            held = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
    assert held <= info.kept[_KEPT]._weight <= 10 * held

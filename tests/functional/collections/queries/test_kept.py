"""What a process keeps of collections is bounded by bytes, whatever a tenant asks."""

from __future__ import annotations

from insula.collections.interfaces.entries import Stage
from insula.collections.interfaces.queries import Question
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

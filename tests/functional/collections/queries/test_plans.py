"""What the database does with a question: one range of one tenant, by index, in one statement."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from insula.collections.queries import statements
from insula.collections.queries.grammar import question_of
from insula.collections.queries.services import queries_of
from insula.collections.queries.sight import EverySight
from insula.db.prepared import Prepared
from insula.db.work import raw
from tests.counting import counted
from tests.functional.collections.queries.conftest import World
from tests.installations import Installation

RANGES = {
    "state=CA&latitude[gt]=3&sort=-latitude": "ix_entry_value_key",
    "state=CA&sort=latitude": "ix_entry_value_key",
    "state=CA": "ix_entry_value_key",
    "sort=-rank": "ix_entry_value_key",
    "iata=A007": "ix_entry_value_key",
    "rank[gt]=0&sort=rank&state_plain=CA": "ix_entry_value_key",
    "sort=-created": "pk_entry",
    "state_plain=CA&sort=-created": "pk_entry",
    "tags[has]=small&sort=id": "pk_entry",
}


@contextmanager
def statements_of(installation: Installation) -> Iterator[list[str]]:
    """Collect the statements that read entries."""
    seen: list[str] = []
    with counted(installation.registry) as statements:
        yield seen
    seen += [each for each in statements if "entry" in each]


def test_a_page_is_one_statement_whatever_it_holds(world: World) -> None:
    query = "?state=CA&latitude[gt]=3&sort=-latitude&fields=iata,name&limit=5"
    for each in (query, f"{query}&after={world.get(query)['after']}", "?limit=50", "?sort=-rank&limit=1"):
        with statements_of(world.tenant.installation) as seen:
            assert world.get(each)["data"]
        assert len(seen) == 1


def test_one_statement_is_prepared_whatever_the_size_of_a_page(world: World) -> None:
    with world.tenant.work(writing=False) as work:
        queries = queries_of(work, EverySight())
        question = question_of("airports", {"sort": "-rank", "state": "CA"})
        kept = []
        for limit in (1, 3, 7):
            assert len(queries.page(question, limit=limit).entries) == limit
            kept.append(queries._asked(question).first[-1][1])  # it is kept nowhere else
    assert isinstance(kept[0], Prepared)
    assert all(each is kept[0] for each in kept)


@pytest.mark.parametrize("query", ["sort=latitude_plain", "latitude[gt]=3&sort=id"])
def test_what_depends_on_how_many_rows_there_are_is_never_prepared(query: str, world: World) -> None:
    with world.tenant.work(writing=False) as work:
        queries = queries_of(work, EverySight())
        question = question_of("airports", dict(each.split("=") for each in query.split("&")))
        for _ in range(3):
            assert queries.page(question, limit=3).entries
            assert not queries._asked(question).first  # it is kept nowhere else


def test_a_hop_is_one_statement_for_all_rows(world: World) -> None:
    with statements_of(world.tenant.installation) as seen:
        world.get("?expand=origin,via,back", collection="routes")
    assert len(seen) == 4


@pytest.fixture
def analysed(world: World, other: World) -> World:
    """The tenant, after the database has counted its rows, as it does by itself in time."""
    settings = world.tenant.installation.settings
    if "insula.db.migrate_url" in settings:
        address = (
            settings["insula.db.migrate_url"].replace("+psycopg", "").replace("insula_migrate", "postgres")
        )
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("ANALYZE entry")
            connection.execute("ANALYZE entry_value")
    return world


@pytest.mark.parametrize("query", RANGES)
def test_an_index_finds_the_rows_of_this_tenant_alone(analysed: World, query: str) -> None:
    given = dict(part.split("=", 1) for part in query.split("&"))
    for steps in (plan_of(analysed, given), plan_of(analysed, given, counted=True)):
        assert steps
        for step in (each for each in steps if each != "SORT"):
            # No step reads a table or an index but by its tenant, collection and stage.
            assert "tenant_id" in step, steps
            assert "collection_id" in step, steps
            assert "stage" in step, steps


@pytest.mark.parametrize(("query", "index"), RANGES.items())
def test_the_rows_come_out_of_the_index_in_order(analysed: World, query: str, index: str) -> None:
    given = dict(part.split("=", 1) for part in query.split("&"))
    steps = plan_of(analysed, given, large=True)
    names = {"pk_entry": ("pk_entry", "sqlite_autoindex_entry_1")}.get(index, (index,))
    assert any(name in steps[0] for name in names), steps
    assert not any("SORT" in step or "TEMP B-TREE" in step for step in steps), steps


@pytest.mark.parametrize("query", [query for query, index in RANGES.items() if index == "ix_entry_value_key"])
def test_a_key_leads_to_its_row_alone_however_few_rows_are_expected(world: World, query: str) -> None:
    steps = plan_of(world, dict(part.split("=", 1) for part in query.split("&")))
    # Nobody has counted the rows, so that all that begin with the tenant look as few as the one that is meant.
    assert all("entry_id" in step for step in steps if "pk_entry" in step), steps


def plan_of(world: World, given: dict[str, str], *, counted: bool = False, large: bool = False) -> list[str]:
    """Return the steps by which the database reads."""
    with world.tenant.work(writing=False) as work:
        queries = queries_of(work, EverySight())
        one = queries._asked(question_of("airports", given))  # the statement is nowhere else
        found = statements.count(one) if counted else queries._plan(one).statement(6, None)
        bind = work.db.get_bind()
        sql = str(found.compile(bind, compile_kwargs={"literal_binds": True}))
        if bind.dialect.name == "sqlite":
            rows = explained(work, f"EXPLAIN QUERY PLAN {sql}")
            steps = [row[-1] for row in rows]
            return [step for step in steps if "SUBQUERY" not in step or large]
        if large:
            # As with many rows: where there are few, sorting them all is as good.
            explained(work, "SET LOCAL enable_sort = off", rows=False)
            explained(work, "SET LOCAL enable_bitmapscan = off", rows=False)
        explained(work, "SET LOCAL enable_seqscan = off", rows=False)
        [[plan]] = explained(work, f"EXPLAIN (FORMAT JSON) {sql.replace('%%', '%')}")
        return list(steps_of((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]))


def explained(work: Any, sql: str, *, rows: bool = True) -> Any:
    """Run a statement that the guard would not let pass."""
    found = raw(work.db, text(sql.replace(":", r"\:")), reason="a test looks at a plan")
    return found.all() if rows else None


def steps_of(plan: dict[str, Any]) -> Iterator[str]:
    """Yield what a plan reads, and its sorts."""
    if "Index Name" in plan or plan["Node Type"] == "Seq Scan":
        name = plan.get("Index Name", plan.get("Relation Name"))
        yield f"{plan['Node Type']} {name} {plan.get('Index Cond', '')}"
    elif plan["Node Type"] == "Sort":
        yield "SORT"
    for child in plan.get("Plans", ()):
        yield from steps_of(child)

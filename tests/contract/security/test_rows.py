"""A list shows exactly the rows that a single decision allows: compared on rules and rows made up at random.

Thousands of cases are compared on entries of collections, in tests/functional/collections/access.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, func, not_

from insula.security.interfaces import documents
from insula.security.interfaces.rows import Attribute
from insula.security.rows import compiler, filters, shapes, terms
from insula.security.rows.terms import Truth, all_of, any_of
from tests.contract.security.rows_world import Focused, World, rows, rules
from tests.installations import stores

CASES, ROWS = 200, 20
WITHIN = 400
"""Cases within which every planted mistake has to be found; with the seeds below each is found in far fewer."""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def world(request, tmp_path_factory):
    if request.param == "sqlite":
        engine = create_engine("sqlite://")
    else:
        made = stores(
            "postgresql", tmp_path_factory.mktemp("rows"), request.getfixturevalue("postgres_server")
        )
        engine = create_engine(made["insula.db.migrate_url"].replace("insula_migrate@", "postgres@"))
    try:
        made = World(engine)
        yield made
        made.close()
    finally:
        engine.dispose()


def compare(world, cases, *, focused=False):
    plan = settings(
        max_examples=cases,
        phases=(Phase.generate,),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )

    def broad(texts, made):
        world.check(texts, made)

    def narrow(seed):
        chance = Focused(seed)
        world.check(chance.rules(), [chance.row() for _ in range(ROWS)])

    if focused:
        plan(given(st.integers(0, 2**60))(narrow))()
    else:
        plan(
            given(st.lists(rules(), min_size=1, max_size=5), st.lists(rows(), min_size=6, max_size=10))(broad)
        )()


def test_any_rules_on_any_rows_make_the_same_list_as_single_decisions(world):
    compare(world, CASES)
    assert world.seen["mixed"] > CASES / 10


def test_deep_rules_on_rows_with_gaps_make_the_same_list_as_single_decisions(world):
    before = world.seen["flagged"]
    compare(world, CASES, focused=True)
    assert world.seen["flagged"] == before


def like_in_sqlite(self, value, pattern):
    return value.like("".join("%" if part is None else part for part in pattern), escape="\\")


def without_guard(plain):
    def read(dialect, document, name, kind):
        attribute = plain(dialect, document, name, kind)
        return Attribute(kind, attribute.sql.whens[0][1], holds=attribute.holds)

    return read


def sql_and(self, found):
    return Truth(all_of(*(each.yes for each in found)), any_of(*(each.no for each in found)))


def sql_not(self):
    return Truth(self.no, self.yes if isinstance(self.no, bool) else func.coalesce(not_(self.no), True))


def erring_forbids_allow(rules_, rows_, *, widen=True):
    made = compiler.Compiler(rows_, widen=widen)
    truths = [(rule["effect"], made.rule(rule["conditions"])) for rule in rules_]
    permit = any_of(*(truth.yes for effect, truth in truths if effect == "permit"))
    forbid = any_of(*(truth.yes for effect, truth in truths if effect == "forbid"))
    kept = (not forbid) if isinstance(forbid, bool) else not_(func.coalesce(forbid, False))
    where = all_of(permit, kept)
    if isinstance(where, bool):
        return filters.RowFilter(filters.true(), exact=made.exact) if where else filters.NOTHING
    return filters.RowFilter(where, made.exact)


def missing_has(self, given_):
    value = self._rows.shape.attributes.get(given_["attr"])
    return Truth(value is not None, value is None)


MISTAKES = {
    "AND as SQL has it": (compiler.Compiler, "_fold", sql_and),
    "NOT as SQL has it": (terms.Truth, "negated", sql_not),
    "LIKE instead of GLOB": (shapes.Rows, "like", like_in_sqlite),
    "a forbid that errs allows": ("insula.security.rows.asking", "joined", erring_forbids_allow),
    "has is asked of the type, not of the row": (
        compiler._VERBS,
        "has",
        missing_has,
    ),
}


@pytest.mark.parametrize("mistake", [*MISTAKES, "no guard of kinds"])
def test_a_planted_mistake_is_found(mistake, monkeypatch):
    engine = create_engine("sqlite://")
    if mistake == "no guard of kinds":
        from tests.contract.security import rows_world

        monkeypatch.setattr(rows_world, "from_document", without_guard(documents.from_document))
    else:
        where, name, wrong = MISTAKES[mistake]
        (monkeypatch.setitem if isinstance(where, dict) else monkeypatch.setattr)(
            *((where, name, wrong) if not isinstance(where, str) else (f"{where}.{name}", wrong))
        )
    world = World(engine)
    with pytest.raises(AssertionError):
        compare(world, WITHIN, focused=True)
    world.close()
    engine.dispose()

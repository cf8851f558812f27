"""A list shows exactly the entries that a single decision allows, on rules and entries made up at random."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from insula.security.interfaces import documents
from tests.contract.security.test_rows import MISTAKES, without_guard
from tests.functional.collections.access.entries_world import IDS, EntryWorld, Rules, declared, row
from tests.installations import install

CASES, MANY, ROWS = 200, 2_000, 20
WITHIN = 400
"""Cases within which every planted mistake has to be found; each is found in far fewer."""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def installation(request, tmp_path_factory, installations):
    """Rows lie in two kinds of databases; Cassandra holds none of them."""
    if request.param not in installations:
        server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
        installations[request.param] = install(request.param, tmp_path_factory.mktemp(request.param), server)
    return installations[request.param]


@pytest.fixture(scope="module")
def tenant(installation):
    """Two tenants that have declared the same."""
    made, other = installation.tenant("one"), installation.tenant("two")
    declared(made)
    declared(other)
    return made


def compare(tenant, cases, *, wide):
    """Compare both ways on so many cases, and return what was seen."""
    plan = settings(
        max_examples=cases,
        phases=(Phase.generate,),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    with tenant.work() as work:
        world = EntryWorld(work)

        def case(seed):
            chance = random.Random(seed)  # noqa: S311  # made-up entries, no secret
            world.check(Rules(seed, wide=wide).rules(), [row(chance, id_) for id_ in IDS[:ROWS]])

        plan(given(st.integers(0, 2**60))(case))()
    return world.seen


@pytest.mark.parametrize("cases", [CASES, pytest.param(MANY, marks=pytest.mark.long)])
def test_any_rules_on_any_entries_make_the_same_list_as_single_decisions(tenant, cases):
    seen = compare(tenant, cases, wide=True)
    assert seen["mixed"] > cases / 10
    assert seen["flagged"] > cases / 50


@pytest.mark.parametrize("cases", [CASES, pytest.param(MANY, marks=pytest.mark.long)])
def test_deep_rules_on_entries_with_gaps_make_the_same_list_as_single_decisions(tenant, cases):
    seen = compare(tenant, cases, wide=False)
    assert seen["mixed"] > cases / 10
    assert not seen["flagged"]


@pytest.mark.parametrize("mistake", [*MISTAKES, "no guard of kinds"])
def test_a_planted_mistake_is_found(mistake, tenant, monkeypatch):
    if tenant.installation.kind != "sqlite":
        pytest.skip("One of them is a mistake on SQLite alone, and all are found there.")
    if mistake == "no guard of kinds":
        wrong = without_guard(documents.from_document)
        monkeypatch.setattr("insula.collections.access.columns.from_document", wrong)
    else:
        where, name, wrong = MISTAKES[mistake]
        (monkeypatch.setitem if isinstance(where, dict) else monkeypatch.setattr)(
            *((where, name, wrong) if not isinstance(where, str) else (f"{where}.{name}", wrong))
        )
    with pytest.raises(AssertionError):
        compare(tenant, WITHIN, wide=False)

"""How the features of a tenant stand, and the bounded memory of it."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

from pydantic import BaseModel, Field

from insula.features.interfaces import FeatureDeclaration, NoSettings
from insula.features.snapshots import Snapshots, build, load


class Sample(BaseModel):
    rows: int = Field(10, le=50)
    title: str = "Welcome"


def declared(*features: FeatureDeclaration) -> dict[str, FeatureDeclaration]:
    return {feature.name: feature for feature in features}


def row(name, *, on=True, settings=None, version=1):
    return SimpleNamespace(
        name=name,
        on=on,
        settings=settings or {},
        version=version,
        changed_by="Ada",
        changed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


SITE = FeatureDeclaration("site", "Site", "", Sample)
BLOG = FeatureDeclaration("blog", "Blog", "", NoSettings, requires=("site",))
SHOP = FeatureDeclaration("shop", "Shop", "", NoSettings, default=False)


def test_without_rows_every_feature_stands_at_its_default():
    states = build(declared(SITE, SHOP), [])
    assert (states["site"].on, states["site"].settings, states["site"].version) == (True, Sample(), 0)
    assert states["shop"].on is False


def test_a_row_says_how_its_feature_stands():
    state = build(declared(SITE), [row("site", on=False, settings={"rows": 20}, version=3)])["site"]
    assert (state.on, state.settings.rows, state.version, state.changed_by) == (False, 20, 3, "Ada")


def test_a_feature_whose_requirement_is_off_is_off():
    states = build(declared(SITE, BLOG), [row("site", on=False), row("blog", on=True)])
    assert states["blog"].on is False


def test_a_row_of_a_feature_nobody_declares_is_left_alone():
    assert set(build(declared(SITE), [row("gone")])) == {"site"}


def test_a_stored_value_that_no_longer_fits_stands_at_its_default_and_the_others_stay():
    assert load(SITE, {"rows": 900, "title": "Sea"}) == Sample(title="Sea")


def test_a_snapshot_is_found_only_at_its_own_version():
    held, tenant = Snapshots(8), uuid4()
    held.put(tenant, 3, {})
    assert held.get(tenant, 3) == {}
    assert held.get(tenant, 4) is None
    assert held.get(uuid4(), 3) is None


def test_an_older_snapshot_never_replaces_a_newer_one():
    held, tenant = Snapshots(8), uuid4()
    held.put(tenant, 4, {"new": 1})
    held.put(tenant, 3, {"old": 1})
    assert held.get(tenant, 4) == {"new": 1}
    assert held.get(tenant, 3) is None


def test_only_so_many_tenants_are_remembered_and_the_least_used_goes_first():
    held, tenants = Snapshots(2), [uuid4() for _ in range(3)]
    held.put(tenants[0], 1, {})
    held.put(tenants[1], 1, {})
    held.get(tenants[0], 1)
    held.put(tenants[2], 1, {})
    assert len(held) == 2
    assert held.get(tenants[0], 1) is not None
    assert held.get(tenants[1], 1) is None

"""How the features of a tenant stand."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

from pydantic import BaseModel, Field

from insula.features.interfaces import FeatureDeclaration, NoSettings
from insula.features.secrets import Secrets
from insula.features.snapshots import Declared, Snapshot, load
from insula.features.snapshots import build as built
from insula.kit.vault import Vault
from insula.tenancy.interfaces import Floors, PlanDocument


class Sample(BaseModel):
    rows: int = Field(10, le=50)
    title: str = "Welcome"


def declared(*features: FeatureDeclaration) -> dict[str, FeatureDeclaration]:
    return {feature.name: feature for feature in features}


def build(features, rows, *, plan: PlanDocument | None = None):
    floors = Floors(PlanDocument(), plan or PlanDocument(), "standard", "Standard")
    snapshot: Snapshot = built(Declared(features, {}), rows, floors, Secrets(Vault([b"secret"]), uuid4()))
    return snapshot.features


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


def test_a_feature_that_is_no_part_of_the_plan_is_off_and_so_is_what_needs_it():
    states = build(declared(SITE, BLOG), [row("site")], plan=PlanDocument(features={"site": False}))
    assert (states["site"].on, states["site"].switch) == (False, True)
    assert states["site"].withheld == "not part of your plan"
    assert (states["blog"].on, states["blog"].withheld) == (False, "")


def test_settings_of_a_feature_are_bound_by_its_name_with_and_without_its_kind():
    for key in ("site", "features.site"):
        plan = PlanDocument.model_validate({"bounds": {key: {"rows": {"at_most": 5}}}})
        state = build(declared(SITE), [row("site", settings={"rows": 20})], plan=plan)["site"]
        assert (state.settings.rows, state.own.rows) == (5, 20)
        assert state.bounds["rows"].words() == ("At most 5, set by your plan.",)

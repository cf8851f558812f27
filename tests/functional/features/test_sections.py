"""Sections of two tenants: set, bounded, refused, remembered, and in force in every process."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from insula.features.interfaces import Sections
from insula.features.models import FeatureSetting
from insula.kit.errors import Invalid, NotFound, Stale
from insula.tenancy.interfaces import INSTALLATION, PlanDocument, Plans, floors_of
from tests.counting import counted
from tests.makers import unique


def state(handle, name="lamps"):
    with handle.work(writing=False) as work:
        return work.find_service(Sections).state(name)


def change(handle, expected=None, **settings):
    with handle.work() as work:
        sections = work.find_service(Sections)
        return sections.change("lamps", settings=settings, expected=expected, actor="Ada")


def plan(handle, title="Small", **document):
    """Put a tenant on a plan of its own with this document."""
    with handle.work(writing=False) as work:
        plans = work.find_service(Plans)
    name = unique("plan")
    plans.save(name, title, PlanDocument.model_validate(document), expected=0, actor="Ops")
    plans.assign(handle.tenant.name, name, actor="Ops")
    return name


def most(minutes):
    return {"lamps": {"minutes": {"at_most": minutes}}}


def test_a_section_nobody_touched_stands_at_its_defaults_and_has_no_row(one):
    found = state(one)
    assert (found.version, found.settings.minutes, found.own.minutes, found.group) == (
        0,
        600,
        600,
        "Security",
    )
    with one.work(writing=False) as work:
        assert work.db.scalars(select(FeatureSetting)).all() == []
        assert [each.name for each in work.find_service(Sections).all() if each.name == "lamps"] == ["lamps"]


def test_a_change_counts_its_version_and_is_the_tenants_alone(one, two):
    changed = change(one, minutes=30)
    assert (changed.version, changed.settings.minutes, changed.changed_by) == (1, 30, "Ada")
    assert state(one) == changed
    assert state(two).settings.minutes == 600


def test_what_is_no_change_is_not_counted(one):
    assert change(one, minutes=600).version == 0


def test_a_change_of_an_older_version_is_refused(one):
    change(one, expected=0, minutes=30)
    with pytest.raises(Stale, match="Lamps was changed since you loaded it: it is at version 1 now"):
        change(one, expected=0, minutes=40)
    assert state(one).settings.minutes == 30


def test_an_unknown_section_is_missing(one):
    with one.work(writing=False) as work, pytest.raises(NotFound):
        work.find_service(Sections).state("ghosts")


def test_a_bad_value_is_told_at_its_field(one):
    with pytest.raises(Invalid) as caught:
        change(one, minutes=0, ghost=1)
    assert [error.path for error in caught.value.errors] == ["settings.ghost", "settings.minutes"]


def test_the_ini_binds_every_tenant(one):
    with pytest.raises(Invalid) as caught:
        change(one, minutes=50_001)
    assert [error.detail for error in caught.value.errors] == ["At most 50,000, set by the installation."]
    assert change(one, minutes=50_000).settings.minutes == 50_000


def test_a_room_may_refuse_a_change_of_its_section(one):
    with pytest.raises(Invalid) as caught:
        change(one, dimmed=True, colour="green")
    assert caught.value.errors[0].detail == "Dimmed lamps are not green."
    assert change(one, dimmed=True, colour="red").settings.colour == "red"


def test_a_plan_clamps_what_was_set_before_and_refuses_more(one, two):
    for handle in (one, two):
        change(handle, minutes=900)
    plan(one, bounds=most(300))
    found = state(one)
    assert (found.settings.minutes, found.own.minutes) == (300, 900)
    with pytest.raises(Invalid) as caught:
        change(one, minutes=301)
    assert [(error.path, error.detail) for error in caught.value.errors] == [
        ("settings.minutes", "At most 300, set by your plan.")
    ]
    # What lies outside stays where it is until somebody sets it anew, and does not stop other settings.
    assert change(one, colour="red").own.minutes == 900
    assert change(one, minutes=None).settings.minutes == 300
    assert state(two).settings.minutes == 900


def test_what_a_plan_took_comes_back_with_the_next_one(one):
    change(one, minutes=900)
    plan(one, bounds=most(300))
    assert state(one).settings.minutes == 300
    plan(one, bounds=most(800))
    assert state(one).settings.minutes == 800
    plan(one)
    assert state(one).settings.minutes == 900


def test_a_plan_that_is_saved_holds_for_its_tenants_in_another_process_at_once(one, two, installation):
    elsewhere = installation.another_process()

    def in_force(handle):
        from insula.db.work import tenant_work

        with tenant_work(elsewhere.registry, handle.tenant.id, writing=False) as work:
            return work.section("lamps").minutes

    name = plan(one, bounds=most(500))
    assert (in_force(one), in_force(two)) == (500, 600)
    with one.work(writing=False) as work:
        plans = work.find_service(Plans)
    saved = plans.save(
        name, "Small", PlanDocument.model_validate({"bounds": most(200)}), expected=1, actor="Ops"
    )
    assert (saved.version, saved.tenants) == (2, 1)
    assert (in_force(one), in_force(two)) == (200, 600)


def test_the_installations_document_binds_every_tenant_before_any_plan(one, two):
    with one.work(writing=False) as work:
        plans = work.find_service(Plans)
    before = plans.find(INSTALLATION)
    plan(one, bounds=most(400))
    document = PlanDocument.model_validate({"bounds": most(100)})
    plans.save(INSTALLATION, "Installation", document, expected=before.version, actor="Ops")
    try:
        assert (state(one).settings.minutes, state(two).settings.minutes) == (100, 100)
        with pytest.raises(Invalid) as caught:
            change(two, minutes=200)
        assert caught.value.errors[0].detail == "At most 100, set by the installation."
    finally:
        plans.save(INSTALLATION, "Installation", before.document, expected=None, actor="Ops")
    assert (state(one).settings.minutes, state(two).settings.minutes) == (400, 600)


def test_a_section_costs_no_statement_once_it_is_known(one, installation):
    plan(one, bounds=most(300))
    state(one)
    with counted(installation.registry) as statements:
        with one.work(writing=False) as work:
            assert work.section("lamps").minutes == 300
            assert floors_of(work).plan.bounds
        first = 1 if installation.kind == "sqlite" else 2
    assert len(statements) == first, statements


def test_the_change_is_told_without_the_secret(one):
    from insula.events.models import Outbox

    change(one, minutes=30, key="swordfish")
    with one.work(writing=False) as work:
        rows = work.db.scalars(select(Outbox).where(Outbox.event == "setting.changed")).all()
    assert rows
    assert rows[-1].payload["settings"] == {"minutes": {"before": 600, "after": 30}, "key": {"secret": True}}
    assert "swordfish" not in str([row.payload for row in rows])


def test_a_secret_is_sealed_at_rest_opened_in_force_and_kept_when_it_is_not_named(one, two):
    change(one, key="swordfish")
    with one.work(writing=False) as work:
        (row,) = work.db.scalars(select(FeatureSetting)).all()
        assert "swordfish" not in str(row.settings)
        kept = row.settings["key"]
    found = change(one, minutes=30)
    assert found.settings.key.get_secret_value() == "swordfish"
    assert list(found.secrets) == ["key"]
    assert "swordfish" not in str(found)
    with one.work(writing=False) as work:
        (row,) = work.db.scalars(select(FeatureSetting)).all()
        assert row.settings["key"] == kept
    assert change(one, key=None).settings.key is None
    assert state(one).secrets == {}


def test_a_secret_of_another_tenant_does_not_open_here(one, two):
    change(one, key="swordfish")
    with one.work(writing=False) as work:
        (row,) = work.db.scalars(select(FeatureSetting)).all()
        stolen = row.settings["key"]
    change(two, minutes=30)
    with two.work() as work:
        from insula.db.work import bump

        (row,) = work.db.scalars(select(FeatureSetting)).all()
        row.settings = {**row.settings, "key": stolen}
        bump(work.db, "features")
    found = state(two)
    assert (found.settings.key, found.settings.minutes) == (None, 30)

"""Features of two tenants: switched, configured, refused, remembered, and in force in every process."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from insula.events.interfaces import Events
from insula.features.interfaces import FeatureDeclaration, Features, NoSettings, declarations
from insula.features.models import FeatureSetting
from insula.features.rows import SettingRows
from insula.features.secrets import Secrets
from insula.features.services import SQLFeatures
from insula.features.snapshots import Declared
from insula.kit.caches import VersionedCache
from insula.kit.errors import Conflict, Invalid, NotFound, Stale
from insula.kit.vault import vault_of
from insula.tenancy.interfaces import floors_of
from tests.counting import counted


def state(handle, name="website"):
    with handle.work(writing=False) as work:
        return work.find_service(Features).state(name)


def change(handle, name="website", **options):
    with handle.work() as work:
        return work.find_service(Features).change(name, **({"actor": "Ada"} | options))


def test_a_new_tenant_has_the_defaults_and_not_one_row(one):
    with one.work(writing=False) as work:
        states = work.find_service(Features).all()
        declared = declarations(work.registry)
        assert {found.name: found.on for found in states} == {
            name: declaration.default for name, declaration in declared.items()
        }
        assert all(found.settings == declared[found.name].defaults() for found in states)
        assert work.db.scalars(select(FeatureSetting)).all() == []


def test_a_switch_counts_its_version_and_names_who_threw_it(one, two):
    changed = change(one, "streams", on=False)
    assert (changed.on, changed.version, changed.changed_by) == (False, 1, "Ada")
    assert changed.changed_at is not None
    assert state(one, "streams") == changed
    assert (state(two, "streams").on, state(two, "streams").version) == (True, 0)


def test_what_is_no_change_is_not_counted(one):
    assert change(one, "streams", on=True).version == 0


def test_a_change_of_an_older_version_is_refused_and_changes_nothing(one):
    change(one, "streams", on=False, expected=0)
    with pytest.raises(Stale, match="it is at version 1 now"):
        change(one, "streams", on=True, expected=0)
    assert state(one, "streams").on is False
    assert change(one, "streams", on=True, expected=1).version == 2


def test_of_two_changes_at_the_same_moment_one_holds_and_one_is_told(one):
    start = threading.Barrier(2)

    def race(on):
        start.wait()
        try:
            return change(one, "streams", on=False, settings={"max_streams": on}, expected=0).version
        except Stale:
            return "stale"

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(race, (11, 12)))
    assert sorted(map(str, outcomes)) == ["1", "stale"]
    assert state(one, "streams").version == 1


def test_an_unknown_feature_is_not_found(one):
    with pytest.raises(NotFound, match="There is no feature ghost"):
        change(one, "ghost", on=True)


def test_an_unknown_setting_is_refused_by_its_path(one):
    with pytest.raises(Invalid) as caught:
        change(one, settings={"ghost": 1})
    assert [error.path for error in caught.value.errors] == ["settings.ghost"]
    assert state(one).version == 0


def test_a_refused_change_leaves_the_cache_as_it_was(one):
    before = state(one, "streams")
    with pytest.raises(Invalid):
        change(one, "streams", on=False, settings={"ghost": 1})
    assert state(one, "streams") == before


SITE = FeatureDeclaration("site", "Site", "", NoSettings)
BLOG = FeatureDeclaration("blog", "Blog", "", NoSettings, requires=("site",))
SHOP = FeatureDeclaration("shop", "Shop", "", NoSettings, requires=("site",), default=False)


def features_of(work):
    declared = {one.name: one for one in (SITE, BLOG, SHOP)}
    rows = SettingRows(
        work.db,
        Declared(declared, {}),
        VersionedCache(8),
        lambda: floors_of(work),
        Secrets(vault_of(work.registry), work.tenant_id),
    )
    return SQLFeatures(rows, work.find_service(Events))


def test_a_feature_that_others_need_is_not_switched_off_and_they_are_named(one):
    with one.work() as work:
        features = features_of(work)
        with pytest.raises(Conflict, match=r"Blog needs Site. Switch Blog off first\."):
            features.change("site", on=False, actor="Ada")
        features.change("shop", on=True, actor="Ada")
        with pytest.raises(Conflict, match=r"Blog and Shop need Site. Switch Blog and Shop off first\."):
            features.change("site", on=False, actor="Ada")
        features.change("blog", on=False, actor="Ada")
        features.change("shop", on=False, actor="Ada")
        assert features.change("site", on=False, actor="Ada").on is False


def test_a_feature_is_not_switched_on_before_what_it_needs(one):
    with one.work() as work:
        features = features_of(work)
        features.change("blog", on=False, actor="Ada")
        features.change("site", on=False, actor="Ada")
        with pytest.raises(Conflict, match=r"Blog needs Site. Switch Site on first\."):
            features.change("blog", on=True, actor="Ada")
        features.change("site", on=True, actor="Ada")
        assert features.change("blog", on=True, actor="Ada").on is True


def test_the_change_is_told_as_an_event_in_the_same_transaction(one, installation):
    from insula.events.models import Outbox

    with one.work(writing=False) as work:
        before = len(work.db.scalars(select(Outbox).where(Outbox.event == "feature.changed")).all())
    change(one, "streams", on=False)
    with one.work(writing=False) as work:
        rows = work.db.scalars(select(Outbox).where(Outbox.event == "feature.changed")).all()
        assert len(rows) - before >= 1
        payload = rows[-1].payload
        assert (payload["feature"], payload["was_on"], payload["on"]) == ("streams", True, False)


def test_a_switch_holds_at_the_next_request_of_another_process(one, two, installation):
    elsewhere = installation.another_process()
    try:

        def ask(handle):
            client = elsewhere.client(handle.host)
            client.authorization = ("Bearer", handle.token("admin"))
            return client.get("/api/streams", status="*").status_int

        assert (ask(one), ask(two)) == (200, 200)
        change(one, "streams", on=False)
        assert (ask(one), ask(two)) == (404, 200)
        change(one, "streams", on=True)
        assert (ask(one), ask(two)) == (200, 200)
    finally:
        elsewhere.close()


def test_a_request_that_changes_nothing_reads_no_row_of_features_twice(one, installation):
    client = one.api("admin")
    client.get("/api/streams")
    with counted(installation.registry) as statements:
        client.get("/api/streams")
    assert not [statement for statement in statements if "feature_setting" in statement]

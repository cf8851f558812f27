"""The catalogue of streams over real databases: two tenants, system streams, caches."""

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError

from insula.db.engines import engines_of
from insula.db.revisions import upgrade
from insula.db.work import tenant_work
from insula.kit.errors import Conflict, Invalid, NotFound
from insula.kit.ids import uuid7
from insula.records.interfaces import (
    Layout,
    RecordStore,
    StreamNotFound,
    Streams,
    store_of,
    system_stream,
    system_stream_id,
)
from insula.records.models import StreamLayout
from tests.counting import counted

from .conftest import postgres_url

SCHEMA = {"type": "object", "properties": {"at": {"type": "string"}, "device": {"type": "string"}}}


def registry_over(settings):
    config = Configurator(settings={"insula.kit.secret": "s" * 40, **settings})
    for room in ("kit", "observability", "db", "records"):
        config.include(f"insula.{room}")
    config.add_system_stream("_audit", title="Audit")
    config.registry["insula.rooms"] = ("db", "records")
    config.commit()
    return config.registry


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def settings(request, tmp_path_factory):
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("catalogue")
        return {
            "insula.db.url": f"sqlite:///{folder}/rows.db",
            "insula.records.url": f"sqlite:///{folder}/records.db",
        }
    address = request.getfixturevalue("postgres_address")
    return {
        "insula.db.url": postgres_url(address, "insula_app"),
        "insula.db.migrate_url": postgres_url(address, "insula_migrate"),
        "insula.records.url": postgres_url(address, "insula_app"),
    }


@pytest.fixture(scope="module")
def registry(settings):
    made = registry_over(settings)
    upgrade(made)
    yield made
    engines_of(made).dispose()
    store_of(made).close()


@pytest.fixture
def one(registry):
    return uuid7()


@pytest.fixture
def other(registry):
    return uuid7()


def declare(registry, tenant_id, name="readings", **more):
    with tenant_work(registry, tenant_id) as work:
        return work.find_service(Streams).declare(name, title="Readings", **more)


def reading(registry, tenant_id, ask):
    with tenant_work(registry, tenant_id, writing=False) as work:
        return ask(work.find_service(Streams))


def test_a_declared_stream_is_found_by_its_tenant_and_by_no_other(registry, one, other):
    declared = declare(registry, one, schema=SCHEMA, time_field="at", series_field="device", backfill_days=9)
    assert declared.order == "both"
    assert declared.layout == (Layout(),)
    assert reading(registry, one, lambda streams: streams.by_name("readings")) == declared
    assert reading(registry, one, lambda streams: streams.all()) == [declared]
    assert reading(registry, other, lambda streams: streams.all()) == []
    with pytest.raises(StreamNotFound):
        reading(registry, other, lambda streams: streams.by_name("readings"))


def test_two_tenants_declare_the_same_name_and_get_streams_of_their_own(registry, one, other):
    first, second = declare(registry, one), declare(registry, other)
    assert first.id != second.id
    assert reading(registry, one, lambda streams: streams.by_name("readings")).id == first.id
    assert reading(registry, other, lambda streams: streams.by_name("readings")).id == second.id


def test_declaring_the_same_again_returns_what_is_there_and_another_thing_is_refused(registry, one):
    first = declare(registry, one, schema=SCHEMA, series_field="device")
    assert declare(registry, one, schema=SCHEMA, series_field="device") == first
    with pytest.raises(Conflict):
        declare(registry, one, schema=SCHEMA)
    assert reading(registry, one, lambda streams: streams.all()) == [first]


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("name", {"name": "Readings"}),
        ("name", {"name": "_audit2"}),
        ("name", {"name": ""}),
        ("name", {"name": "a" * 64}),
        ("name", {"name": "a/b"}),
        ("time_field", {"schema": SCHEMA, "time_field": "when"}),
        ("series_field", {"schema": SCHEMA, "series_field": "who"}),
        ("order", {"order": "both"}),
        ("order", {"order": "random"}),
        ("retention", {"retention": "7d"}),
        ("backfill_days", {"backfill_days": -1}),
        ("title", {"title": "x" * 201}),
    ],
)
def test_what_cannot_be_declared_is_refused_with_its_place(registry, one, path, more):
    with pytest.raises(Invalid) as refused, tenant_work(registry, one) as work:
        work.find_service(Streams).declare(**{"name": "readings", "title": "Readings", **more})
    assert [error.path for error in refused.value.errors] == [path]
    assert reading(registry, one, lambda streams: streams.all()) == []


def test_a_stream_declared_in_one_process_is_known_at_the_next_request_in_another(registry, settings, one):
    elsewhere = registry_over(settings)
    assert reading(elsewhere, one, lambda streams: streams.find("readings")) is None
    declared = declare(registry, one)
    assert reading(elsewhere, one, lambda streams: streams.find("readings")) == declared
    engines_of(elsewhere).dispose()


def test_a_declaration_that_is_rolled_back_was_never_there(registry, one):
    def declare_and_fail():
        with tenant_work(registry, one) as work:
            streams = work.find_service(Streams)
            streams.declare("readings", title="Readings")
            assert streams.find("readings") is not None
            raise RuntimeError

    with pytest.raises(RuntimeError):
        declare_and_fail()
    assert reading(registry, one, lambda streams: streams.find("readings")) is None
    later = declare(registry, one, name="other")
    assert reading(registry, one, lambda streams: streams.all()) == [later]


def test_a_stored_layout_is_what_the_store_gets(registry, one):
    declared = declare(registry, one)
    with tenant_work(registry, one) as work:
        from insula.db.work import bump
        from insula.records.specimens import START

        work.db.add(
            StreamLayout(
                tenant_id=one, stream_id=declared.id, valid_from=START, width_seconds=3_600, shards=4
            )
        )
        bump(work.db, "streams")
    found = reading(registry, one, lambda streams: streams.by_name("readings"))
    assert found.layout == (Layout(), Layout(START, 3_600, 4))


def test_every_tenant_has_the_system_streams_without_a_row(registry, one, other):
    found = reading(registry, one, lambda streams: streams.by_name("_audit"))
    assert found == system_stream(registry, one, "_audit")
    assert (found.id, found.system, found.retention) == (system_stream_id(one, "_audit"), True, "400d")
    assert reading(registry, other, lambda streams: streams.by_name("_audit")).id != found.id
    assert reading(registry, one, lambda streams: streams.all()) == []
    assert reading(registry, one, lambda streams: streams.all(system=True)) == [found]
    with pytest.raises(NotFound):
        system_stream(registry, one, "_nothing")
    with pytest.raises(Invalid):
        declare(registry, one, name="_audit3")


def test_reading_a_known_catalogue_again_sends_no_statement_of_its_own(registry, one):
    declare(registry, one)
    reading(registry, one, lambda streams: streams.all())
    with counted(registry) as sent:
        reading(registry, one, lambda streams: streams.by_name("readings"))
    assert [statement for statement in sent if "stream" in statement] == []


def test_there_is_one_store_and_it_is_found_by_its_promise(registry, one):
    with tenant_work(registry, one, writing=False) as work:
        assert work.find_service(RecordStore) is store_of(registry)


def test_a_system_stream_is_named_with_an_underscore_and_declared_once():
    config = Configurator(
        settings={
            "insula.kit.secret": "s" * 40,
            "insula.db.url": "sqlite:///",
            "insula.records.url": "sqlite:///x",
        }
    )
    for room in ("kit", "observability", "db", "records"):
        config.include(f"insula.{room}")
    with pytest.raises(ValueError, match="underscore"):
        config.add_system_stream("audit", title="Audit")
    config.add_system_stream("_audit", title="Audit")
    config.add_system_stream("_audit", title="Another")
    with pytest.raises(ConfigurationConflictError):
        config.commit()

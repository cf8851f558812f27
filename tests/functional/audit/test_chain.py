"""The chain of a trail: what breaks it is named, what must not break it does not, and who may know."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from insula.audit.commands import audit
from insula.audit.interfaces import Chain
from insula.audit.links import link_of
from insula.audit.verifying import Walk, verify
from insula.db.work import tenant_work
from insula.events.interfaces import Events
from insula.kit.clock import now
from insula.kit.commands import Shell
from insula.kit.ids import uuid7
from insula.records.interfaces import NewRecord, Range, Record, store_of, system_stream
from tests.faults.rig import ThingMade


@pytest.fixture
def trail(one, two):
    """The entries of one tenant's trail, oldest first, and of another's."""
    for tenant in (one, two):
        for n in range(12):
            with tenant.work() as work:
                work.find_service(Events).emit(ThingMade(n), actor="ada")
    one.installation.drain()
    return records(one), records(two)


def records(tenant):
    stream = system_stream(tenant.installation.registry, tenant.tenant.id, "_audit")
    return store_of(tenant.installation.registry).read(stream, Range(newest_first=False, limit=1000))


def walked(tenant, entries):
    """Return what a walk along these entries finds, compared with the head that the tenant has."""
    with tenant_work(tenant.installation.registry, tenant.tenant.id, writing=False) as work:
        chain = work.find_service(Chain)
        walk = Walk(tenant.tenant.id, chain.head(), chain.waiting())
        for entry in entries:
            walk.take(entry)
        walk.end(chain.head())
    return walk.found()


def faults(tenant, entries):
    return [(each.fault, each.position) for each in walked(tenant, entries).breaks]


def test_a_trail_as_it_was_recorded_is_whole_and_in_the_order_of_its_positions(one, two, trail):
    for tenant, entries in zip((one, two), trail, strict=True):
        links = [link_of(entry.series) for entry in entries]
        assert [link.position for link in links] == list(range(1, len(links) + 1))
        assert [link.previous for link in links[1:]] == [link.hash for link in links[:-1]]
        found = verify(tenant.installation.registry, tenant.tenant.id)
        assert (found.whole, found.entries, found.position) == (True, len(entries), len(entries))
        assert found.hash == links[-1].hash


def test_what_was_altered_is_named_by_its_position(one, trail):
    entries = list(trail[0])
    fourth = entries[3]
    entries[3] = Record(fourth.id, fourth.time, fourth.series, fourth.body.replace(b"ada", b"bob") + b" ")
    assert faults(one, entries) == [("altered", 4)]
    position, at, previous, _, hash_ = fourth.series.split()
    forged = " ".join((position, at, previous, "a" * 64, hash_))
    entries[3] = Record(fourth.id, fourth.time, forged, fourth.body)
    assert faults(one, entries) == [("altered", 4)]


def test_what_is_missing_is_named_at_the_beginning_in_the_middle_and_at_the_end(one, trail):
    ours = trail[0]
    last = len(ours)
    assert faults(one, ours[2:]) == [("missing", 1)]
    assert walked(one, ours[2:]).breaks[0].detail == "Nothing stands at positions 1 to 2."
    assert faults(one, [*ours[:4], *ours[5:]]) == [("missing", 5)]
    assert faults(one, ours[:-1]) == [("missing", last)]
    assert faults(one, []) == [("missing", 1)]


def test_what_was_added_is_named(one, trail):
    ours, theirs = trail
    copy = Record(uuid7(), now(), ours[2].series, ours[2].body)
    assert faults(one, [*ours, copy]) == [("doubled", 3)]
    assert faults(one, [*ours[:5], ours[4], *ours[5:]]) == [("doubled", 5)]
    assert faults(one, [*ours, theirs[3]]) == [("foreign", 4)]
    assert faults(one, [*ours, Record(uuid7(), now(), "", b"{}")]) == [("foreign", len(ours))]


def test_a_chain_that_was_computed_anew_is_betrayed_by_its_head(one, two, trail):
    found = walked(one, trail[1])
    assert not found.whole
    assert {each.fault for each in found.breaks} <= {"foreign", "missing", "altered"}


def test_entries_from_before_the_chain_are_counted_and_break_nothing(one, trail):
    before = [Record(uuid7(), now(), "", b'{"event":"thing.made"}') for _ in range(3)]
    found = walked(one, [*before, *trail[0]])
    assert (found.whole, found.unchained) == (True, 3)


def test_an_entry_that_was_redacted_is_gone_and_the_chain_holds(one, two, trail):
    registry = one.installation.registry
    shell = Shell(registry, "test.ini")
    entry = trail[0][-1]

    def run(tenant, id_):
        return CliRunner().invoke(
            audit, ["redact", "--tenant", tenant.tenant.name, "--yes", str(id_)], obj=shell
        )

    assert run(two, entry.id).exit_code != 0
    assert run(one, uuid7()).exit_code != 0
    assert verify(registry, one.tenant.id).redacted == 0
    assert run(one, entry.id).exit_code == 0
    one.installation.drain()
    found = verify(registry, one.tenant.id)
    assert (found.whole, found.redacted) == (True, 1)
    shown = one.api().get(f"/api/audit/{entry.id}").json
    assert (shown["redacted"], shown["payload"], shown["actor"]) == (True, {}, None)
    (said,) = one.api().get("/api/audit?event=audit.redacted").json["data"]
    assert said["payload"] == {"entry_id": str(entry.id)}
    assert "erased for good" in one.signed_in("owner").get(f"/admin/audit/{entry.id}")


def test_the_command_says_what_it_found_and_the_screen_and_the_api_repeat_it(one, two, trail):
    registry = one.installation.registry
    shell = Shell(registry, "test.ini")

    def run(*words):
        return CliRunner().invoke(audit, ["verify", *words], obj=shell)

    assert "not been verified" in one.signed_in("owner").get("/admin/audit")
    whole = run("--tenant", one.tenant.name)
    assert whole.exit_code == 0, whole.output
    assert f"{one.tenant.name}: whole, " in whole.output
    assert "the chain is whole" in one.signed_in("owner").get("/admin/audit")
    stream = system_stream(registry, one.tenant.id, "_audit")
    stray = NewRecord(uuid7(), "", b'{"event":"x","actor":null,"request_id":null,"payload":{}}')
    store_of(registry).append(stream, [stray])
    broken = run("--all")
    assert broken.exit_code == 1
    assert f"{one.tenant.name}: BROKEN" in broken.output
    assert "foreign" in broken.output
    assert f"{two.tenant.name}: whole, " in broken.output
    assert "not as it was recorded" in one.signed_in("owner").get("/admin/audit")
    assert "not as it was recorded" not in two.signed_in("owner").get("/admin/audit")
    assert one.api().get("/api/audit/chain").json["verified"]["whole"] is False
    assert two.api().get("/api/audit/chain").json["verified"]["whole"] is True
    one.api("editor").get("/api/audit/chain", status=404)
    assert run().exit_code != 0

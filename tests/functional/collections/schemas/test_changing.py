"""Schemas change: shown as a difference first, then carried through the entries, also after a kill."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import String, Uuid, case, cast, func, insert, join, literal, select, true
from sqlalchemy.orm import aliased

from insula.collections.interfaces.entries import Entries, Stage
from insula.collections.interfaces.schemas import (
    Change,
    ChangeState,
    CollectionDocument,
    Collections,
)
from insula.collections.models import CollectionChange, EntryRow, EntryValue, EntryVersion
from insula.collections.schemas import upkeep
from insula.db.work import raw
from insula.kit.errors import Conflict, Invalid, NotFound, Refused, Stale
from tests.functional.collections.schemas.conftest import left_to_the_worker
from tests.makers import TenantHandle

BEFORE: dict[str, Any] = {
    "title": "Stations",
    "fields": [
        {"name": "code", "type": "text", "indexed": True},
        {"name": "height", "type": "text"},
        {"name": "note", "type": "text"},
    ],
}
AFTER: dict[str, Any] = {
    "title": "Weather stations",
    "order": "-height",
    "fields": [
        {"name": "code", "type": "text", "unique": True, "required": True},
        {"name": "height", "type": "integer", "indexed": True},
        {"name": "open", "type": "boolean", "default": True},
    ],
    "indexes": [["open", "height"]],
}


WORKER = """
import json, sys, time
from insula.collections.schemas.upkeep import carry_on
from tests.installations import build

installation = build(sys.argv[1], json.loads(sys.argv[2]))
while True:
    # What fails on a busy machine is tried again, as the worker does.
    carry_on(installation.registry) or time.sleep(0.1)
"""


def document(members: dict[str, Any]) -> CollectionDocument:
    """Return the document with these members."""
    return CollectionDocument.model_validate(members)


def declare(tenant: TenantHandle, entries: int) -> list[UUID]:
    """Declare the collection `stations` with published entries and one draft, and return their ids."""
    ids: list[UUID] = []
    with tenant.work() as work:
        work.find_service(Collections).create("stations", document(BEFORE | {"drafts": False}), by="ada")
    for first in range(0, entries, 1000):
        values = [
            {"code": f"S{index}", "height": str(index), "note": "high" if index % 2 else None}
            for index in range(first, min(entries, first + 1000))
        ]
        with tenant.work() as work:
            made, _ = work.find_service(Entries).create_many("stations", values, author=None)
            ids += [entry.id for entry in made]
    return ids


def declare_many(tenant: TenantHandle, entries: int) -> None:
    """Declare the collection `stations` with many entries: copies of its first one, made by the database."""
    (first,) = declare(tenant, 1)
    number = select(literal(1).label("n")).cte("numbers", recursive=True)
    number = number.union_all(select(number.c.n + 1).where(number.c.n < entries - 1))
    text = cast(number.c.n, String)
    with tenant.work() as work:
        if work.db.get_bind().dialect.name == "postgresql":
            entry_id: Any = cast(func.lpad(func.to_hex(number.c.n), 32, "0"), Uuid)
        else:
            entry_id = func.printf("%032x", number.c.n)
        row, value = aliased(EntryRow), aliased(EntryValue)
        key = work.db.scalar(select(EntryValue.key).where(EntryValue.entry_id == first))
        assert key.endswith("S0")
        note = case((number.c.n % 2 == 1, '"high"'), else_="null")
        document = '{"code":"S' + text + '","height":"' + text + '","note":' + note + "}"
        copies = (
            (EntryRow, row, row.id, {"id": entry_id, "document": cast(document, EntryRow.document.type)}),
            (EntryValue, value, value.entry_id, {"entry_id": entry_id, "key": key.removesuffix("0") + text}),
        )
        for table, source, found, own in copies:
            names = [column.key for column in table.__table__.columns]
            copied = select(*(own.get(name, getattr(source, name)) for name in names))
            copied = copied.select_from(join(source, number, true()))
            copied = copied.where(source.tenant_id == tenant.tenant.id, found == first)
            reason = "a test copies an entry of this tenant"
            raw(work.db, insert(table).from_select(names, copied), {}, reason=reason)


def plan(tenant: TenantHandle, members: dict[str, Any]) -> Change:
    """Plan a change."""
    with tenant.work() as work:
        return work.find_service(Collections).plan(
            "stations", document(members | {"drafts": False}), by="ada"
        )


def apply(tenant: TenantHandle, change: Change, *confirmed: str) -> Change:
    """Begin to apply it."""
    with tenant.work() as work:
        return work.find_service(Collections).apply(
            change.id, expected=change.from_version, confirmed=confirmed, by="grace"
        )


@pytest.fixture
def slowly(installation: Any) -> Iterator[None]:
    """Leave even the smallest change to the worker, a hundred entries at a time."""
    with left_to_the_worker(installation, 100):
        yield


def stored(tenant: TenantHandle, entry_id: UUID) -> dict[str, Any]:
    """Return an entry as it is stored."""
    with tenant.work(writing=False) as work:
        text = work.find_service(Entries).find("stations", entry_id, Stage.LIVE).text
        found: dict[str, Any] = orjson.loads(text)
        return found


def keys(tenant: TenantHandle) -> dict[str, int]:
    """Return how many keys there are by index."""
    with tenant.work(writing=False) as work:
        rows = work.db.execute(select(EntryValue.field, func.count()).group_by(EntryValue.field))
        return {row[0]: row[1] for row in rows}


def test_a_plan_says_what_is_added_and_lost(one: TenantHandle) -> None:
    """And changes nothing."""
    declare(one, 30)
    change = plan(one, AFTER)
    said = {(effect.act, effect.field): effect.entries for effect in change.effects}
    assert said == {
        ("change", ""): 0,
        ("add", "open+height"): 0,
        ("add", "open"): 0,
        ("change", "code"): 0,
        ("change", "height"): 0,
        ("lose", "note"): 15,
    }
    assert (change.state, change.total, change.failing, change.loses) == ("planned", 30, 0, True)
    with one.work(writing=False) as work:
        collections = work.find_service(Collections)
        assert collections.find("stations").version == 1
        assert collections.changes("stations") == [change]
        assert collections.change(change.id) == change


def test_a_plan_names_entries_that_would_not_fit(one: TenantHandle) -> None:
    """And is not applied."""
    ids = declare(one, 30)
    with one.work() as work:
        entries = work.find_service(Entries)
        entries.edit("stations", ids[3], {"height": "high"}, expected=None, author=None)
        entries.edit("stations", ids[5], {"code": "S6"}, expected=None, author=None)
    change = plan(one, AFTER)
    assert change.failing == 2
    effects = {effect.field: effect for effect in change.effects}
    assert [example[0] for example in effects["height"].examples] == [ids[3]]
    assert effects["height"].examples[0][1].path == "height"
    assert {example[0] for example in effects["code"].examples} <= {ids[5], ids[6]}
    assert effects["code"].entries == 1
    with pytest.raises(Conflict):
        apply(one, change, "note")
    required = {"name": "owner", "type": "text", "required": True}
    assert plan(one, BEFORE | {"fields": [*BEFORE["fields"], required]}).failing == 30


def test_a_change_reaches_every_entry(one: TenantHandle, two: TenantHandle) -> None:
    """Values, new fields and keys; those of another tenant stay as they are."""
    ids, others = declare(one, 30), declare(two, 3)
    change = apply(one, plan(one, AFTER), "note")
    assert (change.state, change.done, change.failing) == ("applied", 30, 0)
    assert stored(one, ids[7]) == {"code": "S7", "height": 7, "open": True}
    assert keys(one) == {"code": 30, "height": 30, "open+height": 30}
    with one.work(writing=False) as work:
        found = work.find_service(Collections).find("stations")
        assert (found.version, found.entries_version, found.change_id) == (2, 2, None)
        assert (found.document.title, found.changed_by) == ("Weather stations", "grace")
    with pytest.raises(Conflict), one.work() as work:
        work.find_service(Entries).create("stations", {"code": "S7"}, author=None)
    assert stored(two, others[1]) == {"code": "S1", "height": "1", "note": "high"}
    assert keys(two) == {"code": 3}


def test_what_touches_no_value_rewrites_nothing(one: TenantHandle) -> None:
    """Such as a title."""
    declare(one, 3)
    change = apply(one, plan(one, BEFORE | {"title": "Stations of the sea"}))
    assert (change.state, change.total, change.done) == ("applied", 0, 0)


def test_a_loss_has_to_be_confirmed(one: TenantHandle) -> None:
    """By the name of the field."""
    declare(one, 3)
    change = plan(one, AFTER)
    for confirmed in ((), ("code",)):
        with pytest.raises(Refused, match="note"):
            apply(one, change, *confirmed)
    assert apply(one, change, "note").state == "applied"


def test_a_plan_is_of_one_version(one: TenantHandle, two: TenantHandle) -> None:
    """Applied once, by its own tenant, unless it was given up."""
    declare(one, 3)
    change, other = plan(one, AFTER), plan(one, BEFORE | {"title": "Other"})
    with pytest.raises(NotFound):
        apply(two, change, "note")
    apply(one, other)
    with pytest.raises(Stale):
        apply(one, change, "note")
    with pytest.raises(Conflict):
        apply(one, other)
    with one.work() as work:
        assert work.find_service(Collections).cancel(change.id, by="ada").state == "cancelled"
    with pytest.raises(Conflict), one.work() as work:
        work.find_service(Collections).cancel(other.id, by="ada")


def test_what_no_plan_can_bring_about_is_named(one: TenantHandle) -> None:
    """Once there are entries."""
    declare(one, 2)
    link = {"name": "note", "type": "link", "collection": "stations"}
    for members, path in (
        (BEFORE, ""),
        (BEFORE | {"singleton": True}, "singleton"),
        (BEFORE | {"fields": [*BEFORE["fields"][:2], link]}, "fields.2.type"),
    ):
        with pytest.raises(Invalid) as refused:
            plan(one, members)
        assert [error.path for error in refused.value.errors] == [path]
    with pytest.raises(Invalid), one.work() as work:
        work.find_service(Collections).plan("stations", document(BEFORE), by="ada")


def test_what_entries_have_made_impossible_meanwhile_is_not_applied(
    one: TenantHandle, two: TenantHandle
) -> None:
    """A plan that fits one entry does not fit two."""
    for tenant in (one, two):
        declare(tenant, 1)
        change = plan(tenant, BEFORE | {"singleton": True})
        if tenant is two:
            assert apply(two, change).state == "applied"
            continue
        with one.work() as work:
            work.find_service(Entries).create("stations", {"code": "S9"}, author=None)
        with pytest.raises(Conflict) as refused:
            apply(one, change)
        assert [error.path for error in refused.value.errors] == ["singleton"]


@pytest.mark.usefixtures("slowly")
def test_a_change_is_carried_on_after_a_kill(one: TenantHandle, two: TenantHandle) -> None:
    """Where it was; meanwhile new values are checked by the new document, and unready indexes are known."""
    ids = declare(one, 250)
    declare(two, 1)
    change = apply(one, plan(one, AFTER), "note")
    assert (change.state, change.done) == ("applying", 0)
    with pytest.raises(KeyboardInterrupt):
        killed_in_a_batch(one, change)
    with one.work() as work:
        assert work.find_service(Collections).work(change.id).done == 100
    with one.work(writing=False) as work:
        found = work.find_service(Collections).find("stations")
        assert found.building == {"code", "height", "open+height"}
    with one.work() as work:
        entries = work.find_service(Entries)
        new = entries.create("stations", {"code": "S9000", "height": 9000}, author=None)
        entries.edit("stations", ids[240], {"height": -1}, expected=None, author=None)
    # Another process goes on, as the worker does after its start.
    assert upkeep.carry_on(one.installation.registry) >= 2
    with one.work(writing=False) as work:
        change = work.find_service(Collections).change(change.id)
        assert (change.state, change.done, change.failing) == (ChangeState.APPLIED, 250, 0)
        assert not work.find_service(Collections).find("stations").building
        old = select(func.count()).select_from(EntryRow).where(EntryRow.schema_version < 2)
        assert work.db.scalar(old) == 0
    assert keys(one) == {"code": 251, "height": 251, "open+height": 251}
    assert stored(one, ids[240]) == {"code": "S240", "height": -1, "open": True}
    assert stored(one, new.id) == {"code": "S9000", "height": 9000, "open": True}


@pytest.mark.usefixtures("slowly")
def test_a_change_that_fails_holds_up_no_other(
    one: TenantHandle, two: TenantHandle, monkeypatch: Any
) -> None:
    """It is tried again after a while that grows."""
    changes = {}
    for tenant in (one, two):
        declare(tenant, 3)
        changes[tenant.tenant.id] = apply(tenant, plan(tenant, AFTER), "note")
    batch, tried = upkeep._batch, []

    def broken(registry: Any, tenant_id: UUID, change_id: UUID, state: str) -> bool:
        if change_id == changes[one.tenant.id].id:
            tried.append(change_id)
            raise RecursionError
        return batch(registry, tenant_id, change_id, state)

    monkeypatch.setattr(upkeep, "_batch", broken)
    for _ in range(3):
        upkeep.carry_on(one.installation.registry)
    with two.work(writing=False) as work:
        assert work.find_service(Collections).change(changes[two.tenant.id].id).state == ChangeState.APPLIED
    assert tried == [changes[one.tenant.id].id]
    monkeypatch.setattr(upkeep, "_batch", batch)
    failed = one.installation.registry[upkeep._FAILED]
    failed[changes[one.tenant.id].id] = failed[changes[one.tenant.id].id]._replace(again=0.0)
    upkeep.carry_on(one.installation.registry)
    with one.work(writing=False) as work:
        assert work.find_service(Collections).change(changes[one.tenant.id].id).state == ChangeState.APPLIED
    assert changes[one.tenant.id].id not in failed


@pytest.mark.usefixtures("slowly")
def test_what_stops_fitting_meanwhile_stays_and_is_counted(one: TenantHandle) -> None:
    """The entries themselves, and those of which a newer one has the unique value."""
    ids = declare(one, 3)
    planned = plan(one, AFTER)
    with one.work() as work:
        work.find_service(Entries).edit("stations", ids[0], {"height": "low"}, expected=None, author=None)
    change = apply(one, planned, "note")
    with one.work() as work:
        work.find_service(Entries).create("stations", {"code": "S1"}, author=None)
    while change.state == "applying":
        with one.work() as work:
            change = work.find_service(Collections).work(change.id)
    assert (change.state, change.failing) == ("applied", 2)
    assert "2 entries" in change.detail
    assert stored(one, ids[0]) == {"code": "S0", "height": "low", "open": True}
    assert stored(one, ids[1])["code"] == "S1"


@pytest.mark.usefixtures("slowly")
def test_what_a_request_under_way_wrote_is_rewritten_later(one: TenantHandle, monkeypatch: Any) -> None:
    """Once a change has ended, for a while it is looked at again."""
    ids = declare(one, 3)
    change = apply(one, plan(one, AFTER), "note")
    upkeep.carry_on(one.installation.registry)
    with one.work() as work:
        row = work.db.get(EntryRow, (one.tenant.id, found_id(work), int(Stage.LIVE), ids[1]))
        row.schema_version, row.document = 1, '{"code": "S1", "height": "12", "note": "late"}'
    monkeypatch.setattr(upkeep, "LATE", upkeep.LATE * 0)
    assert upkeep.carry_on(one.installation.registry) >= 1
    assert stored(one, ids[1]) == {"code": "S1", "height": 12, "open": True}
    upkeep.carry_on(one.installation.registry)
    with one.work(writing=False) as work:
        assert work.db.get(CollectionChange, (one.tenant.id, change.id)).cursor is None


def test_a_collection_goes_with_its_entries(one: TenantHandle, two: TenantHandle) -> None:
    """Its keys, and its plans; those of another tenant stay."""
    declare(one, 3)
    ids = declare(two, 3)
    plan(one, AFTER)
    with one.work() as work:
        assert work.find_service(Collections).delete("stations", expected=1, by="ada") == 3
    with one.work(writing=False) as work:
        for table in (EntryRow, EntryValue, CollectionChange):
            assert work.db.scalar(select(func.count()).select_from(table)) == 0
    assert stored(two, ids[0])["code"] == "S0"
    assert keys(two) == {"code": 3}


def test_nothing_stays_of_entries_that_were_being_written_when_their_collection_went(
    one: TenantHandle, two: TenantHandle
) -> None:
    """Whoever deletes it waits for them."""
    ids = declare(one, 1)
    declare(two, 1)

    def delete() -> None:
        with one.work() as work:
            work.find_service(Collections).delete("stations", expected=1, by="ada")

    deleting = threading.Thread(target=delete)
    with one.work() as work:
        entries: Entries = work.find_service(Entries)
        entries.create("stations", {"code": "S9"}, author=None)
        entries.edit("stations", ids[0], {"code": "S7"}, expected=1, author=None)
        deleting.start()
        deleting.join(timeout=0.5)
        assert deleting.is_alive()
    deleting.join()
    with one.work(writing=False) as work:
        for table in (EntryRow, EntryValue, EntryVersion):
            assert work.db.scalar(select(func.count()).select_from(table)) == 0
    assert keys(two) == {"code": 1}


def killed_in_a_batch(tenant: TenantHandle, change: Change) -> None:
    """Do a batch, and end before it is committed."""
    with tenant.work() as work:
        work.find_service(Collections).work(change.id)
        raise KeyboardInterrupt


def found_id(work: Any) -> UUID:
    """Return the id of the collection."""
    found: UUID = work.find_service(Collections).find("stations").id
    return found


@pytest.mark.long
@pytest.mark.parametrize("installation", ["sqlite", "postgresql"], indirect=True)
def test_a_hundred_thousand_entries(one: TenantHandle) -> None:
    """Shown as a difference, applied with progress, killed half-way and resumed."""
    declare_many(one, 100_000)
    planned = plan(one, AFTER)
    assert (planned.total, planned.failing) == (100_000, 0)
    assert {effect.field: effect.entries for effect in planned.effects if effect.act == "lose"} == {
        "note": 50_000
    }
    change = apply(one, planned, "note")
    assert (change.state, change.done) == ("applying", 0)
    seen = killed_half_way(one, change)
    assert 10_000 < seen[-1] < 100_000
    assert len(set(seen)) > 3
    assert seen == sorted(seen)
    while change.state == "applying":
        upkeep.carry_on(one.installation.registry)
        with one.work(writing=False) as work:
            change = work.find_service(Collections).change(change.id)
    assert (change.state, change.done, change.failing) == ("applied", 100_000, 0)
    assert keys(one) == {"code": 100_000, "height": 100_000, "open+height": 100_000}


def killed_half_way(tenant: TenantHandle, change: Change) -> list[int]:
    """Let a worker go on with a change, kill it without warning, and return the progress that was seen."""
    installation = tenant.installation
    command = [sys.executable, "-c", WORKER, installation.kind, json.dumps(installation.settings)]
    seen, until = [0], time.monotonic() + 300
    with subprocess.Popen(command) as worker:
        try:
            while seen[-1] <= 10_000 and worker.poll() is None and time.monotonic() < until:
                time.sleep(0.1)
                with tenant.work(writing=False) as work:
                    seen.append(work.find_service(Collections).change(change.id).done)
        finally:
            worker.kill()
    with tenant.work(writing=False) as work:
        found = work.find_service(Collections).change(change.id)
        assert found.state == "applying"
        seen.append(found.done)
    return seen

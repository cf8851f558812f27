"""Makes a demonstration tenant, step by step; what is there already is left as it is."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from pyramid.registry import Registry

from insula.accounts.interfaces import Accounts
from insula.collections.interfaces.entries import Entries
from insula.collections.interfaces.schemas import CollectionDocument, Collections
from insula.db.work import system_work, tenant_work
from insula.demo.plans import CollectionPlan, PagePlan, StreamPlan, TenantPlan
from insula.events.interfaces import COMMAND_LINE, DurableRecords
from insula.features.interfaces import Features
from insula.kit.errors import NotFound
from insula.records.interfaces import NewRecord, Stream, Streams, derived_id
from insula.security.interfaces import Policies
from insula.tenancy.interfaces import Tenant, Tenants, find_tenant
from insula.website.interfaces import PageDraft, Pages

BATCH = 1000
_REASON = "insula demo load"
_PUBLIC = """
@id("visitors-view-what-the-pages-show")
permit(principal, action == Action::"view", resource is Stream)
  when {{ resource in [{streams}] }};
"""

Report = Callable[[int], None]
Passwords = Callable[[str], str]


def is_loaded(registry: Registry, plan: TenantPlan) -> bool:
    """Tell whether a tenant is there whole: its home page is published last."""
    try:
        tenant = find_tenant(registry, plan.name)
    except NotFound:
        return False
    if not plan.pages:
        return _owner(registry, tenant, plan)
    with tenant_work(registry, tenant.id, writing=False) as work:
        try:
            return work.find_service(Pages).by_path("/").published
        except NotFound:
            return False


def load(registry: Registry, plan: TenantPlan, password: Passwords, report: Report) -> Tenant:
    """Make what is missing of a tenant; `report` is told how many records went in."""
    try:
        tenant = find_tenant(registry, plan.name)
    except NotFound:
        with system_work(registry, reason=_REASON, writing=False) as work:
            tenant = work.find_service(Tenants).create(
                plan.name, plan.title, [plan.host], console=plan.console
            )
    for role in plan.people:
        _person(registry, tenant, plan, role, password)
    _features(registry, tenant, plan)
    for stream in plan.streams:
        _records(registry, tenant, stream, report)
    for collection in plan.collections:
        _entries(registry, tenant, collection, report)
    _policy(registry, tenant, plan)
    # The home page comes last: it is published when everything else is there.
    for page in sorted(plan.pages, key=lambda page: (page.path == "/", page.path)):
        _page(registry, tenant, page)
    return tenant


def _owner(registry: Registry, tenant: Tenant, plan: TenantPlan) -> bool:
    with tenant_work(registry, tenant.id, writing=False) as work:
        return work.find_service(Accounts).by_email(email_of(plan, "owner")) is not None


def email_of(plan: TenantPlan, role: str) -> str:
    """Return the address a demonstration person signs in with."""
    return f"{role}@{plan.name}.example"


def _person(registry: Registry, tenant: Tenant, plan: TenantPlan, role: str, password: Passwords) -> None:
    email = email_of(plan, role)
    with tenant_work(registry, tenant.id, writing=False) as work:
        if work.find_service(Accounts).by_email(email) is not None:
            return
    with tenant_work(registry, tenant.id) as work:
        # The password is hashed before the first statement, so no lock is held meanwhile.
        work.find_service(Accounts).create_person(email, f"{plan.title} {role}", password(email), [role])


def _features(registry: Registry, tenant: Tenant, plan: TenantPlan) -> None:
    with tenant_work(registry, tenant.id) as work:
        features = work.find_service(Features)
        if plan.console:
            for name in ("website", "streams"):
                if features.is_on(name):
                    features.change(name, on=False, settings=None, expected=None, actor=COMMAND_LINE)
        elif features.state("website").version == 0:
            features.change("website", on=True, settings=dict(plan.site), expected=None, actor=COMMAND_LINE)


def _records(registry: Registry, tenant: Tenant, plan: StreamPlan, report: Report) -> None:
    with tenant_work(registry, tenant.id) as work:
        stream = work.find_service(Streams).declare(
            plan.name,
            title=plan.title,
            schema=plan.schema,
            time_field=plan.time_field,
            series_field=plan.series_field,
            retention="keep",
            backfill_days=10_000,
        )
    with tenant_work(registry, tenant.id, writing=False) as work:
        records = work.find_service(DurableRecords)
        rows = (_row(stream, number, row) for number, row in enumerate(plan.rows(plan.file)))
        while batch := list(itertools.islice(rows, BATCH)):
            records.append(stream, batch)
            report(len(batch))


def _entries(registry: Registry, tenant: Tenant, plan: CollectionPlan, report: Report) -> None:
    # All or nothing: the collection is there when its entries are.
    with tenant_work(registry, tenant.id) as work:
        collections, entries = work.find_service(Collections), work.find_service(Entries)
        if plan.name in {each.name for each in collections.all()}:
            return
        collections.create(plan.name, CollectionDocument.model_validate(plan.document), by=COMMAND_LINE)
        rows = plan.rows(plan.file)
        while batch := list(itertools.islice(rows, BATCH)):
            entries.create_many(plan.name, batch, author=None)
            report(len(batch))


def _row(stream: Stream, number: int, row: Any) -> NewRecord:
    at, series, body = row
    made = derived_id(
        at,
        tenant_id=stream.tenant_id,
        stream_id=stream.id,
        account_id="demo",
        key=stream.name,
        ordinal=number,
    )
    return NewRecord(made, series, body)


def _policy(registry: Registry, tenant: Tenant, plan: TenantPlan) -> None:
    if not plan.public_streams:
        return
    streams = ", ".join(f'Stream::"{name}"' for name in plan.public_streams)
    with tenant_work(registry, tenant.id) as work:
        policies = work.find_service(Policies)
        current = policies.current()
        if "visitors-view-what-the-pages-show" not in current.text:
            text = current.text.rstrip() + "\n" + _PUBLIC.format(streams=streams) + plan.rules
            policies.publish(
                text, current.grid, None, "Visitors view the streams that the pages show.", current.number
            )


def _page(registry: Registry, tenant: Tenant, plan: PagePlan) -> None:
    with tenant_work(registry, tenant.id) as work:
        pages = work.find_service(Pages)
        try:
            page = pages.by_path(plan.path)
        except NotFound:
            blocks = [_addressed(block, work.canonical_url("")) for block in plan.blocks]
            draft = PageDraft(plan.path, plan.title, plan.summary, blocks, plan.label, plan.position)
            page = pages.create(draft)
        if not page.published:
            pages.publish(page.id)


def _addressed(block: Mapping[str, Any], address: str) -> dict[str, Any]:
    return {
        name: value.replace("{address}", address) if isinstance(value, str) else value
        for name, value in block.items()
    }

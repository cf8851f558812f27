"""The screens of many entries: the table, what is done with those selected, and the trash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from pyramid.httpexceptions import HTTPSeeOther

from insula.api.interfaces import limit_of
from insula.collections.interfaces.entries import Entries, Operation, Stage, working_stage
from insula.collections.interfaces.queries import Queries
from insula.collections.screens.drawing import READ, register, screen
from insula.collections.screens.entries_table import table_of
from insula.collections.screens.entry import only
from insula.collections.screens.filters import MEMBERS, OFFERED, OWN, Address, added, chips
from insula.collections.screens.resources import CollectionPanel
from insula.collections.screens.seeing import acting, may_create
from insula.kit.errors import Conflict, InsulaError, Invalid, Malformed, Refused, Stale

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

PAGE: Final = 25
MOST: Final = 200
STATUSES: Final = {
    "draft": ("Draft", ""),
    "published": ("Published", "ok"),
    "changed": ("Draft changed", "warn"),
    "trash": ("In the trash", ""),
    "": ("Published", "ok"),
}
ACTS: Final = ("publish", "unpublish", "trash")
TRASH_ACTS: Final = ("restore", "purge")
WRONG: Final = (Invalid, Conflict, Stale, Refused)
UNSAID: Final = "The form does not say what to do."
DONE: Final = {
    "publish": "Published. Visitors see them from now on.",
    "unpublish": "Unpublished. Visitors no longer see them.",
    "trash": "Moved to the trash, from where they can be restored.",
    "restore": "Restored.",
    "purge": "Deleted for good.",
}


def includeme(config: Configurator) -> None:
    """Register the screens."""
    for code, text in DONE.items():
        config.add_admin_notice(f"entries-{code}", text)
    register(
        config,
        (
            (listing, CollectionPanel, "", READ, "view"),
            (bulk, CollectionPanel, "bulk", "POST", "view"),
            (trash, CollectionPanel, "trash", READ, "view"),
            (from_trash, CollectionPanel, "trash", "POST", "view"),
        ),
    )


def listing(context: CollectionPanel, request: Any) -> Response:
    """Show the entries as a table, or the only entry there is as its form."""
    if context.info.document.singleton:
        return only(context, request)
    address = Address.of(request, context.url)
    more = added(address, request.GET)
    if more is not None:
        return HTTPSeeOther(location=more)
    return _table(context, request, address)


def bulk(context: CollectionPanel, request: Any) -> Response:
    """Do one thing with all entries selected, or with none."""
    act = request.POST.get("do", "")
    try:
        if act not in ACTS:
            raise Malformed(UNSAID)
        operations = [Operation(act, context.info.name, *chosen) for chosen in _chosen(request)]
        request.find_service(Entries).run(operations, **acting(context))
    except WRONG as error:
        return _table(context, request, Address(context.url, ()), error)
    return HTTPSeeOther(location=f"{context.url}?notice=entries-{act}")


def trash(context: CollectionPanel, request: Any) -> Response:
    """Show what was thrown away."""
    return _trash(context, request)


def from_trash(context: CollectionPanel, request: Any) -> Response:
    """Restore the entries selected, or delete them for good once that is confirmed."""
    act, name = request.POST.get("do", ""), context.info.name
    entries: Entries = request.find_service(Entries)
    try:
        if act not in TRASH_ACTS:
            raise Malformed(UNSAID)
        chosen, by = _chosen(request), acting(context)
        if act == "purge" and "confirmed" not in request.POST:
            values = {"info": context.info, "here": context.url, "chosen": request.POST.getall("id")}
            return screen(request, "purge", values)
        for entry_id, version in chosen:
            if act == "restore":
                entries.restore(name, entry_id, expected=version, **by)
            else:
                entries.purge(name, entry_id, expected=version, permit=by["permit"])
    except WRONG as error:
        return _trash(context, request, error)
    return HTTPSeeOther(location=f"{context.url}/@@trash?notice=entries-{act}")


def _chosen(request: Any) -> list[tuple[UUID, int]]:
    """Return the entries selected, with the version that each was shown at."""
    chosen = []
    for text in request.POST.getall("id")[:MOST]:
        key, _, version = text.partition(".")
        try:
            chosen.append((UUID(key), int(version[:9])))
        except ValueError:
            raise Malformed("The form names an entry that is none.") from None
    if not chosen:
        raise Invalid("Select at least one entry first.")
    return chosen


def _table(
    context: CollectionPanel, request: Any, address: Address, error: InsulaError | None = None
) -> Response:
    info = context.info
    readable = request.find_service(Queries).readable(info.name)
    wrong: dict[str, str] = {}
    table = None
    try:
        limit = limit_of(request.GET, default=PAGE, most=MOST)
        table = table_of(request, info, working_stage(info), address, readable, limit)
    except Malformed as refused:
        error = refused
        wrong = {each.path: each.detail for each in refused.errors}
    fields = {field.name: field for field in info.document.fields if field.name in readable}
    filterable = [
        (field.name, field.title or field.name) for field in fields.values() if field.type != "object"
    ]
    shown = {column.field.name for column in table.columns} if table else set()
    given = address.given
    may = {name: request.may(name, context) for name in ("manage", "publish", "delete", "export")}
    may["create"] = may_create(context)
    values = {
        "info": info,
        "here": context.url,
        "table": table,
        "find": given.get("q", ""),
        "kept": [(name, value) for name, value in address.query if name not in {"q", "columns", "limit"}],
        "chips": chips(address, fields, table.names if table else {}, wrong),
        "cleared": address.to([pair for pair in address.query if pair[0] in {"sort", "columns", "limit"}]),
        "filterable": [*filterable, *MEMBERS],
        "conditions": OFFERED,
        "choosable": [
            (field.name, field.title or field.name, field.name in shown) for field in fields.values()
        ],
        "statuses": STATUSES,
        "may": {**may, "bulk": may["publish"] or may["delete"]},
        "ticked": {text.partition(".")[0] for text in request.POST.getall("id")} if error else set(),
        "refusal": _said(error),
        "refusal_title": "The list cannot be shown so" if table is None else "Nothing was done",
        "first": address.but() if "after" in request.GET else None,
        "next": address.but(after=table.after) if table and table.after else None,
        "changed_sort": address.but(sort="changed" if given.get("sort") == "-changed" else "-changed"),
        "changed_sorted": {"-changed": "descending", "changed": "ascending"}.get(given.get("sort", ""), ""),
        "back": address.but(),
        **_elsewhere(context, address),
    }
    return screen(request, "entries", values, error.status if error else 200)


def _elsewhere(context: CollectionPanel, address: Address) -> dict[str, str]:
    """Return the same list through the other doors."""
    stage = [("stage", "draft")] if context.info.document.drafts else []
    query = [pair for pair in address.query if pair[0] not in OWN]
    return {
        "json": Address(f"/api/collections/{context.info.name}/entries", ()).to([*stage, *query]),
        "export": Address(f"{context.url}/@@export", ()).to(query),
    }


def _trash(context: CollectionPanel, request: Any, error: InsulaError | None = None) -> Response:
    info = context.info
    address = Address.of(request, f"{context.url}/@@trash")
    readable = request.find_service(Queries).readable(info.name)
    limit = limit_of(request.GET, default=PAGE, most=MOST)
    table = table_of(request, info, Stage.TRASH, address, readable, limit)
    values = {
        "info": info,
        "here": context.url,
        "table": table,
        "refusal": _said(error),
        "first": address.but() if "after" in request.GET else None,
        "next": address.but(after=table.after) if table.after else None,
        "may": {name: request.may(name, context) for name in ("restore", "delete")},
    }
    return screen(request, "trash", values, error.status if error else 200)


def _said(error: InsulaError | None) -> list[str]:
    if error is None:
        return []
    return [f"{each.path}: {each.detail}" if each.path else each.detail for each in error.errors] or [
        error.detail or error.title
    ]

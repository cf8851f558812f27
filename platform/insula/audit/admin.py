"""The screens of the audit trail: the list with its search, one entry, and the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyramid.response import Response
from pyramid.traversal import resource_path

from insula.accounts.interfaces import Accounts, actor_names
from insula.api.interfaces import limit_of
from insula.audit.cursors import after_of, seal
from insula.audit.exporting import FORMATS, export
from insula.audit.filters import NAMES, query_of, search_of
from insula.audit.interfaces import MAX_LIMIT, AuditEntry, AuditTrail, Chain
from insula.audit.resources import AuditPanel, EntryScreen, ExportScreen
from insula.audit.words import happened, words_for
from insula.kit.errors import FieldError, Malformed
from insula.kit.json import dumps
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

_NOBODY = "the installation"
_READ = ("GET", "HEAD")


def includeme(config: Configurator) -> None:
    """Register the screens."""
    for view, context, template in ((entries, AuditPanel, "entries"), (show, EntryScreen, "entry")):
        config.add_view(
            view,
            context=context,
            permission=Action.VIEW.value,
            request_method=_READ,
            renderer=f"insula.audit:templates/{template}.jinja2",
        )
    config.add_view(download, context=ExportScreen, permission=Action.EXPORT.value, request_method=_READ)


@dataclass(frozen=True)
class Line:
    """One entry as people read it."""

    entry: AuditEntry
    url: str
    what: str
    who: str
    details: list[tuple[str, str]]


def entries(context: Any, request: Any) -> dict[str, Any]:
    """Show one page of the trail, newest first, or of what is searched for in it."""
    given = request.GET
    search = search_of(given)
    page = request.find_service(AuditTrail).page(
        limit=limit_of(given, default=50, most=MAX_LIMIT),
        after=after_of(request, given, search),
        search=search,
    )
    names = actor_names(request.find_service(Accounts), (entry.actor for entry in page.entries))
    words = words_for(request, (entry.payload for entry in page.entries))
    query, after = query_of(search), seal(request, page.after, search)
    return {
        "lines": [
            Line(
                entry,
                resource_path(context, str(entry.id)),
                happened(entry.event),
                who(entry, names),
                words.line(entry.event, entry.payload),
            )
            for entry in page.entries
        ],
        "page": page,
        "query": query,
        "older": request.resource_path(context, query={**query, "after": after}) if after else None,
        "newest": request.resource_path(context, query=query) if "after" in given else None,
        "list": resource_path(context),
        "formats": tuple(FORMATS) if request.may(Action.EXPORT.value, context) else (),
        "head": request.find_service(Chain).head(),
    }


def show(context: EntryScreen, request: Any) -> dict[str, Any]:
    """Show one entry: who did what to what, from where, before and after."""
    entry = context.entry
    names = actor_names(request.find_service(Accounts), [entry.actor])
    changes, others = words_for(request, [entry.payload]).told(entry.event, entry.payload)
    return {
        "entry": entry,
        "what": happened(entry.event),
        "raw": dumps(dict(entry.payload), indent=True).decode(),
        "policy_version": entry.payload.get("number") if entry.event == "policy.published" else None,
        "who": who(entry, names),
        "changes": changes,
        "others": others,
        "list": resource_path(context.__parent__),
        "same_request": _searching(request, context, request_id=entry.request_id),
        "same_actor": _searching(request, context, who=entry.actor),
        "same_address": _searching(request, context, address=entry.address),
    }


def download(context: ExportScreen, request: Any) -> Response:
    """Return what is searched for as a file."""
    kind = request.GET.get("format", "csv")
    if kind not in FORMATS:
        raise Malformed(
            "The trail is exported as csv or ndjson.", errors=[FieldError("format", "csv or ndjson.")]
        )
    return export(
        request, kind, {name: request.GET[name] for name in (*NAMES, "after") if name in request.GET}
    )


def who(entry: AuditEntry, names: Mapping[str, str]) -> str:
    """Return who acted, as people call them: both names where an operator acted as somebody."""
    actor = entry.actor or _NOBODY
    name = names.get(actor, actor)
    return f"{entry.operator} (operator), as {name}" if entry.operator else name


def _searching(request: Any, context: EntryScreen, **query: str | None) -> str | None:
    (value,) = query.values()
    return request.resource_path(context.__parent__, query=query) if value else None

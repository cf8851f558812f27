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
from insula.kit.errors import FieldError, Malformed
from insula.kit.json import dumps
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

_NOBODY = "the installation"
_READ = ("GET", "HEAD")
_CHANGES = (("before", "after"), ("was", "now"), ("was_on", "on"))


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
    query, after = query_of(search), seal(request, page.after, search)
    return {
        "lines": [
            Line(entry, resource_path(context, str(entry.id)), who(entry, names), details(entry.payload))
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
    changes, others = told(entry.payload)
    return {
        "entry": entry,
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


def details(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the fields of a payload as people read them."""
    return [(name.replace("_", " "), text(value)) for name, value in payload.items()]


def told(payload: Mapping[str, Any]) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """Return what a payload says was one thing before and is another after, and the rest of it."""
    changes: list[tuple[str, str, str]] = []
    rest = dict(payload)
    for before, after in _CHANGES:
        if before in rest and after in rest:
            changes += _changed(after if after == "on" else "value", rest.pop(before), rest.pop(after))
    for name, value in payload.items():
        if isinstance(value, Mapping) and value and all(_is_change(part) for part in value.values()):
            rest.pop(name, None)
            for part, change in value.items():
                changes.append((part, text(change["before"]), text(change["after"])))
    return changes, details(rest)


def text(value: Any) -> str:
    """Return a value as people read it."""
    return value if isinstance(value, str) else dumps(value).decode()


def _changed(name: str, before: Any, after: Any) -> list[tuple[str, str, str]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        both = sorted({*before, *after})
        return [
            (part, text(before.get(part)), text(after.get(part)))
            for part in both
            if before.get(part) != after.get(part)
        ]
    return [(name, text(before), text(after))]


def _is_change(value: Any) -> bool:
    return isinstance(value, Mapping) and {"before", "after"} == set(value)


def _searching(request: Any, context: EntryScreen, **query: str | None) -> str | None:
    (value,) = query.values()
    return request.resource_path(context.__parent__, query=query) if value else None

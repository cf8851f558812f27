"""The screen of the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from insula.accounts.interfaces import Accounts, actor_names
from insula.api.interfaces import limit_of
from insula.audit.cursors import after_of, seal
from insula.audit.interfaces import MAX_LIMIT, AuditEntry, AuditTrail
from insula.kit.json import dumps

_NOBODY = "the installation"


@dataclass(frozen=True)
class Line:
    """One entry as people read it."""

    at: datetime
    event: str
    who: str
    actor: str
    details: list[tuple[str, str]]


def entries(context: Any, request: Any) -> dict[str, Any]:
    """Show one page of the trail, newest first."""
    given = request.GET
    limit = limit_of(given, default=50, most=MAX_LIMIT)
    page = request.find_service(AuditTrail).page(limit=limit, after=after_of(request, given))
    after = seal(request, page.after)
    names = actor_names(request.find_service(Accounts), (entry.actor for entry in page.entries))
    return {
        "lines": [line(entry, names) for entry in page.entries],
        "older": request.resource_path(context, query={"after": after}) if after else None,
        "newest": request.resource_path(context) if "after" in given else None,
    }


def line(entry: AuditEntry, names: Mapping[str, str]) -> Line:
    """Return an entry as people read it."""
    details = [
        (name.replace("_", " "), value if isinstance(value, str) else dumps(value).decode())
        for name, value in entry.payload.items()
    ]
    actor = entry.actor or _NOBODY
    return Line(entry.at, entry.event, names.get(actor, actor), actor, details)

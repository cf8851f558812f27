"""`GET /api/audit`: the trail as JSON, newest entry first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insula.accounts.interfaces import Accounts, actor_names
from insula.api.interfaces import limit_of, listing, query_parameters
from insula.audit.cursors import after_of, seal
from insula.audit.interfaces import MAX_LIMIT, AuditEntry, AuditTrail
from insula.kit.clock import isoformat


def list_entries(context: Any, request: Any) -> Mapping[str, Any]:
    """Return one page of the trail."""
    given = query_parameters(request, ("limit", "after"))
    limit = limit_of(given, default=100, most=MAX_LIMIT)
    page = request.find_service(AuditTrail).page(limit=limit, after=after_of(request, given))
    names = actor_names(request.find_service(Accounts), (entry.actor for entry in page.entries))
    return listing(request, [as_json(entry, names) for entry in page.entries], seal(request, page.after))


def as_json(entry: AuditEntry, names: Mapping[str, str]) -> dict[str, Any]:
    """Return an entry as clients see it, with the name that the account has now."""
    return {
        "id": str(entry.id),
        "time": isoformat(entry.at),
        "event": entry.event,
        "actor": entry.actor,
        "actor_name": names.get(entry.actor or ""),
        "request_id": entry.request_id,
        "payload": dict(entry.payload),
    }

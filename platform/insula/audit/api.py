"""`GET /api/audit`: the trail as JSON, newest entry first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insula.api.interfaces import listing, query_parameters
from insula.audit.cursors import after_of, limit_of, seal
from insula.audit.interfaces import AuditEntry, AuditTrail
from insula.kit.clock import isoformat


def list_entries(context: Any, request: Any) -> Mapping[str, Any]:
    """Return one page of the trail."""
    given = query_parameters(request, ("limit", "after"))
    page = request.find_service(AuditTrail).page(limit=limit_of(given, 100), after=after_of(request, given))
    return listing(request, [as_json(entry) for entry in page.entries], seal(request, page.after))


def as_json(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry as clients see it."""
    return {
        "id": str(entry.id),
        "time": isoformat(entry.at),
        "event": entry.event,
        "actor": entry.actor,
        "request_id": entry.request_id,
        "payload": dict(entry.payload),
    }

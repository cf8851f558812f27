"""`GET /api/audit`: the trail as JSON, newest entry first."""

from __future__ import annotations

from typing import Any

from insula.audit.cursors import after_of, limit_of, seal
from insula.audit.interfaces import AuditEntry, AuditTrail
from insula.kit.clock import isoformat


def list_entries(context: Any, request: Any) -> dict[str, Any]:
    """Return one page of the trail."""
    limit = limit_of(request, 100)
    page = request.find_service(AuditTrail).page(limit=limit, after=after_of(request))
    answer: dict[str, Any] = {"data": [as_json(entry) for entry in page.entries]}
    after = seal(request, page.after)
    if after is not None:
        answer["after"] = after
        url = request.resource_path(context, query={"limit": limit, "after": after})
        request.response.headers["Link"] = f'<{url}>; rel="next"'
    return answer


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

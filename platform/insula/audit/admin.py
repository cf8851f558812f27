"""The screen of the audit trail."""

from __future__ import annotations

from typing import Any

from insula.audit.cursors import after_of, limit_of, seal
from insula.audit.interfaces import AuditTrail


def entries(context: Any, request: Any) -> dict[str, Any]:
    """Show one page of the trail, newest first."""
    given = request.GET
    page = request.find_service(AuditTrail).page(limit=limit_of(given, 50), after=after_of(request, given))
    after = seal(request, page.after)
    older = request.resource_path(context, query={"after": after}) if after else None
    return {"entries": page.entries, "older": older, "first": request.resource_path(context)}

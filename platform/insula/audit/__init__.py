"""The audit trail: every event of a tenant becomes a record of its stream `_audit`; here are the doors to it.

What is recorded stands apart from the doors, in `insula.audit.recording`: a worker needs the first only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Record every event, and open the trail to those whom the policy lets view it."""
    config.include("insula.audit.recording")
    config.register_service_factory(
        "insula.audit.services.audit_trail_factory", "insula.audit.interfaces.AuditTrail"
    )
    config.add_api_branch("audit", "insula.audit.resources.AuditAPI", title="Audit trail")
    config.add_endpoint(
        "insula.audit.api.list_entries",
        context="insula.audit.resources.AuditAPI",
        method="GET",
        permission="view",
    )
    config.add_admin_panel(
        "audit",
        title="Audit trail",
        group="Access",
        order=90,
        factory="insula.audit.resources.AuditPanel",
        description="Who changed what, and when.",
    )
    config.add_view(
        "insula.audit.admin.entries",
        context="insula.audit.resources.AuditPanel",
        permission="view",
        request_method="GET",
        renderer="insula.audit:templates/entries.jinja2",
    )
    config.add_command("audit", "insula.audit.commands.audit")

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
    for view, context, permission in (
        ("list_entries", "AuditAPI", "view"),
        ("show_entry", "EntryItem", "view"),
        ("show_chain", "ChainItem", "view"),
        ("download", "ExportItem", "export"),
    ):
        config.add_endpoint(
            f"insula.audit.api.{view}",
            context=f"insula.audit.resources.{context}",
            method="GET",
            permission=permission,
        )
    config.add_admin_panel(
        "audit",
        title="Audit trail",
        group="Access",
        order=90,
        factory="insula.audit.resources.AuditPanel",
        description="Who changed what, and when.",
    )
    config.include("insula.audit.admin")
    config.add_command("audit", "insula.audit.commands.audit")

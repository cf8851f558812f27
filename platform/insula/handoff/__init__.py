"""Hand-off: how an operator of the installation enters a tenant, with its leave and for a while.

An authorization-code flow with our own console as the issuer. It begins on the tenant's host, the console's policy and
the tenant's setting say whether there is a code, and the code becomes a session of its own kind on the host where it
began: an owner for an hour at most who can touch no credential, and whose acts stand in the trail under both names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the section, the branch, the scheme, the services and the doors."""
    config.add_config_section(
        "operators",
        title="Operators",
        description="Whether those who run the installation may enter this site.",
        settings="insula.handoff.sections.Operators",
        group="Security",
        order=90,
    )
    config.add_branch("operator", "insula.handoff.resources.operator_branch")
    # After tokens: a request that shows one is not taken for a browser's. Before members' own sessions.
    config.add_scheme("operator", "insula.handoff.scheme.OperatorScheme", order=15, own_setting=True)
    config.register_service_factory(
        "insula.handoff.grants.grants_factory", "insula.handoff.interfaces.Grants"
    )
    config.register_service_factory(
        "insula.handoff.entries.entries_factory", "insula.handoff.interfaces.Entries"
    )
    config.add_event_subscriber("operator.grant-revoked", "insula.handoff.subscribers.end_sessions")
    config.add_event_subscriber("setting.changed", "insula.handoff.subscribers.close_the_door")
    config.add_consumer(
        "handoff",
        "insula.handoff.consumers.tell_console",
        events=("operator.entered", "operator.left", "operator.refused"),
    )
    config.add_consumer(
        "handoff-console",
        "insula.handoff.consumers.end_visits",
        events=(
            "account.changed",
            "account.deleted",
            "account.groups-changed",
            "account.password-changed",
            "account.roles-changed",
        ),
    )
    config.add_assets("handoff", "insula.handoff:static")
    config.add_admin_banner("insula.handoff.banner.banner")
    config.add_admin_panel(
        "operators",
        title="Operators",
        group="Access",
        order=80,
        factory="insula.handoff.resources.GrantsPanel",
        description="Who of the installation's operators may enter this site, and who has.",
        summary="insula.handoff.admin.summary",
        console=False,
    )
    config.add_api_branch(
        "operator-grants", "insula.handoff.resources.GrantsAPI", title="Operator grants", console=False
    )
    config.include("insula.handoff.views")
    config.include("insula.handoff.desk")
    config.include("insula.handoff.admin")
    config.include("insula.handoff.api")
    config.add_command("operator", "insula.handoff.commands.operator")

"""Security: the tenant's schemes say who asks, the tenant's policy says what they may do.

Policies are Cedar texts, versioned as rows, bounded by a floor of the installation that a tenant can tighten and never
loosen, compiled and cut to size once a version. Every view stands behind it: the default permission is one that
nobody holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register settings, directives, the two schemes, the policy and its versions."""
    config.add_room_settings("security", "insula.security.settings.SecuritySettings")
    config.include("insula.security.cookies")
    config.add_directive("add_policy_types", "insula.security.directives.add_policy_types")
    config.add_directive("add_policy_types_source", "insula.security.directives.add_policy_types_source")
    config.add_directive("add_policy_places", "insula.security.places.add_policy_places")
    config.add_directive("add_scheme", "insula.security.directives.add_scheme")
    config.add_directive("add_decision_address", "insula.security.directives.add_decision_address")
    config.include("insula.security.names")
    config.include("insula.security.wiring")
    config.include("insula.security.sections")
    config.include("insula.security.decisions")
    config.add_scheme("token", "insula.security.schemes.token.TokenScheme", order=10)
    config.add_scheme("session", "insula.security.schemes.session.SessionScheme", order=20)
    for factory, promise in (
        ("services.policies_factory", "Policies"),
        ("drafts.drafts_factory", "PolicyDrafts"),
        ("cases.tests_factory", "PolicyTests"),
        ("checking.floor_check_factory", "FloorCheck"),
        ("places.places_factory", "Places"),
        ("table.role_table_factory", "RoleTable"),
        ("reading.decisions_factory", "Decisions"),
        ("replaying.dry_run_factory", "DryRun"),
        ("explaining.explain_factory", "Explain"),
        ("uses.rule_uses_factory", "RuleUses"),
    ):
        config.register_service_factory(
            f"insula.security.{factory}",
            f"insula.security.interfaces.{promise}",
        )
    config.add_upkeep("policy-trials", "insula.security.trials.settle_everywhere", every=60)
    config.add_event_subscriber("tenant.created", "insula.security.subscribers.insert_default_policy")

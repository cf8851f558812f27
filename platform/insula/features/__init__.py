"""Features and sections: what a tenant can switch on, and typed settings; rooms declare both by directive.

The room keeps one row per feature or section that a tenant has changed; what nobody touched has no row and stands at
its declared default. Bounds of the installation and of the tenant's plan are applied when it is read, and refuse what
lies outside when it is written. What stands is cached per tenant and version counters, so that a change in one process
holds at the next request in every other, and a request that changes nothing reads no row of this room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Add the directives, the services, the request methods and the view predicate."""
    config.add_room_settings("features", "insula.features.settings.FeaturesSettings")
    config.add_directive("add_feature", "insula.features.directives.add_feature")
    config.add_directive("add_config_section", "insula.features.directives.add_config_section")
    config.add_directive("add_section_check", "insula.features.directives.add_section_check")
    config.add_request_method("insula.features.services.features_of", "features", reify=True)
    config.add_request_method("insula.features.services.has_feature", "has_feature")
    config.add_request_method("insula.features.sections.sections_of", "sections", reify=True)
    config.add_request_method("insula.features.sections.section", "section")
    config.add_view_predicate("feature", "insula.features.directives.FeaturePredicate")
    config.register_service_factory(
        "insula.features.services.features_factory",
        "insula.features.interfaces.Features",
    )
    for factory, promise in (
        ("sections.sections_factory", "Sections"),
        ("standing.standing_factory", "Standing"),
        ("standing.sealed_factory", "SealedSettings"),
    ):
        config.register_service_factory(f"insula.features.{factory}", f"insula.features.interfaces.{promise}")
    config.include("insula.features.directives")

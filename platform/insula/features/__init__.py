"""Features: what a tenant can switch on, with typed settings, and the directive by which rooms declare them.

The room keeps one row per feature a tenant has changed; a feature nobody touched has no row and stands at its
declared default. States are cached per tenant and version counter, so that a switch thrown in one process
holds at the next request in every other, and a request that changes nothing reads no row of this room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Add the directive, the service, the request method and the view predicate."""
    config.add_room_settings("features", "insula.features.settings.FeaturesSettings")
    config.add_directive("add_feature", "insula.features.directives.add_feature")
    config.add_request_method("insula.features.services.features_of", "features", reify=True)
    config.add_request_method("insula.features.services.has_feature", "has_feature")
    config.add_view_predicate("feature", "insula.features.directives.FeaturePredicate")
    config.register_service_factory(
        "insula.features.services.features_factory",
        "insula.features.interfaces.Features",
    )
    config.include("insula.features.directives")

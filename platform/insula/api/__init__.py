"""The JSON frame: `/api`, its branches and endpoints by directive, problem+json for everything that goes wrong."""

from typing import Any


def includeme(config: Any) -> None:
    """Add the frame's settings, its directives, its errors and its index."""
    config.add_room_settings("api", "insula.api.settings.APISettings")
    config.add_directive("add_api_branch", "insula.api.directives.add_api_branch")
    config.add_directive("add_endpoint", "insula.api.directives.add_endpoint")
    config.add_directive("add_openapi_source", "insula.api.openapi.sources.add_openapi_source")
    config.include("insula.api.problems")
    config.include("insula.api.idempotency")
    config.add_branch("api", "insula.api.resources.APIRoot")
    root = "insula.api.resources.APIRoot"
    config.add_endpoint("insula.api.views.index", context=root, method="GET", permission="view")
    config.add_endpoint(
        "insula.api.openapi.views.openapi", context=root, method="GET", name="openapi.json", permission="view"
    )
    config.include("insula.api.openapi.page")

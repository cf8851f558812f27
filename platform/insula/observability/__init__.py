"""What the installation says about itself: structured logs with request id and tenant, and health."""

from typing import Any


def includeme(config: Any) -> None:
    """Configure logging, and add the directive for health checks."""
    config.add_directive("add_health_check", "insula.observability.health.add_health_check")
    config.add_room_settings("observability", "insula.observability.settings.ObservabilitySettings")
    config.add_request_method("insula.observability.tweens.request_id", "id", reify=True)
    config.maybe_dotted("insula.observability.log.configure_from")(config.registry)

"""What the policy may say about settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.security.interfaces import PolicyType
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

VIEW = Action.VIEW.value
"""See how a feature or section stands and how it is set."""

MANAGE = Action.MANAGE.value
"""Switch a feature, and change settings."""


def includeme(config: Configurator) -> None:
    """Add the type `Setting`: `Setting::"features"` and `"features.NAME"`, `"security"` and `"security.NAME"`."""
    config.add_policy_types(
        PolicyType("Setting", attributes={}, parents=("Setting", "Area"), actions=(VIEW, MANAGE))
    )

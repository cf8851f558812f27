"""What a collection is: its document, its fields, how a value is checked, and how a schema changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Declare the feature, and register the promise."""
    config.add_room_settings("collections", "insula.collections.settings.CollectionsSettings")
    config.add_feature(
        "collections",
        title="Collections",
        description="Content types that you declare, with entries, drafts, versions and an API of their own.",
    )
    config.register_service_factory(
        "insula.collections.schemas.services.collections_factory",
        "insula.collections.interfaces.schemas.Collections",
    )

"""What a collection is: its document, its fields, how a value is checked, and how a schema changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator

CARRIED_ON_EVERY = 2.0
"""Seconds after which a worker looks for changes that have not reached every entry."""


def includeme(config: Configurator) -> None:
    """Declare the feature, and register the promise."""
    config.add_room_settings("collections", "insula.collections.settings.CollectionsSettings")
    config.add_feature(
        "collections",
        title="Collections",
        description="Content types that you declare, with entries, drafts, versions and an API of their own.",
    )
    config.add_directive("add_rewrite_listener", "insula.collections.schemas.directives.add_rewrite_listener")
    config.add_upkeep(
        "collections.changes", "insula.collections.schemas.upkeep.carry_on", every=CARRIED_ON_EVERY
    )
    config.register_service_factory(
        "insula.collections.schemas.services.collections_factory",
        "insula.collections.interfaces.schemas.Collections",
    )
    config.add_directive("add_collection_part", "insula.collections.schemas.resources.add_collection_part")
    config.add_api_branch(
        "collections",
        "insula.collections.schemas.resources.CollectionsAPI",
        title="Collections",
        feature="collections",
        visitors=True,
    )
    config.add_collection_part("changes", "insula.collections.schemas.resources.ChangesAPI")
    config.include("insula.collections.schemas.api")
    config.add_command("collection", "insula.collections.schemas.commands.collection")

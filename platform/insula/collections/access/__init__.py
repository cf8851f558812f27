"""How the policy sees collections, entries and fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the types, each tenant's own among them, and which collections and fields rules may name."""
    types = "insula.collections.access.types"
    config.add_policy_types(config.maybe_dotted(f"{types}.COLLECTION"), config.maybe_dotted(f"{types}.FIELD"))
    config.add_policy_types_source(f"{types}.types_of", counter="collections")
    for kind in ("Collection", "Field"):
        config.add_policy_names(kind, f"insula.collections.access.places.{kind.lower()}_names")
    for kind in ("Collection", "Field", "Entries"):
        config.add_policy_places(kind, "insula.collections.access.places.lineage_of")

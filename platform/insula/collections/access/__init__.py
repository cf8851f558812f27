"""How the policy sees collections, entries and fields."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register what this part offers."""

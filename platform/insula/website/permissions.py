"""What the policy may say about pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.security.interfaces import PolicyType

if TYPE_CHECKING:
    from pyramid.config import Configurator

PAGE_ACTIONS = ("view", "create", "edit", "publish", "delete", "restore")
PAGE_ATTRIBUTES = {"published": "Bool", "path": "String", "author": "Account?"}


def includeme(config: Configurator) -> None:
    """Declare the type `Page`: named by its path, and lying in the pages above it."""
    config.add_policy_types(
        PolicyType(
            "Page", attributes=PAGE_ATTRIBUTES, parents=("Page", "Area"), actions=PAGE_ACTIONS, title="Pages"
        )
    )

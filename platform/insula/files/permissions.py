"""What the policy may say about files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.security.interfaces import PolicyType

if TYPE_CHECKING:
    from pyramid.config import Configurator

FILE_ACTIONS = ("view", "create", "edit", "publish", "delete")
FILE_ATTRIBUTES = {
    "public": "Bool",
    "media_type": "String",
    "size": "Long",
    "author": "Account?",
}


def includeme(config: Configurator) -> None:
    """Declare the type `File`: named by its id; to publish one is to make it public, or to take that back."""
    config.add_policy_types(
        PolicyType("File", attributes=FILE_ATTRIBUTES, parents=("Area",), actions=FILE_ACTIONS, title="Files")
    )

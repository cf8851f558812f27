"""People, invitations, roles and groups as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Add the branches and their endpoints."""
    for name, factory, title in (
        ("people", "PeopleAPI", "People"),
        ("invitations", "InvitationsAPI", "Invitations"),
        ("roles", "RolesAPI", "Roles"),
        ("groups", "GroupsAPI", "Groups"),
    ):
        config.add_api_branch(name, f"insula.people.resources.{factory}", title=title)
        config.include(f"insula.people.api.{name}")

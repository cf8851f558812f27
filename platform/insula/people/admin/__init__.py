"""The screens of people, invitations, groups and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator

NOTICES = {
    "person-saved": "Saved. It holds from the next request on.",
    "person-same": "Nothing was different, so nothing was changed.",
    "person-activated": "Activated. They can sign in again.",
    "person-deactivated": "Deactivated. Their sessions have ended and their tokens are refused.",
    "person-reset": "The letter is on its way. Its link can be used once.",
    "session-ended": "The session has ended.",
    "sessions-ended": "All sessions of this account have ended.",
    "people-invited": "Invited. Each gets a letter with a link that can be used once.",
    "invitation-resent": "Sent again. The link in the letter before is dead.",
    "invitation-revoked": "Revoked. The link in the letter is dead.",
    "role-created": "The role is made. It allows nothing until a rule names it.",
    "role-saved": "Saved.",
    "role-deleted": "The role is gone.",
    "group-created": "The group is made.",
    "group-saved": "Saved. It holds from the next request on.",
    "group-deleted": "The group is gone. Its members stay, without its roles.",
    "members-changed": "The members are changed. Those whose roles became others sign in again.",
}


def includeme(config: Configurator) -> None:
    """Add the panels, their screens and what they say afterwards."""
    config.add_admin_panel(
        "people",
        title="People",
        group="Access",
        order=10,
        factory="insula.people.resources.PeoplePanel",
        description="Who can sign in here, and the machines that act for you.",
        summary="insula.people.admin.people.summary",
    )
    config.add_admin_panel(
        "groups",
        title="Groups",
        group="Access",
        order=15,
        factory="insula.people.resources.GroupsPanel",
        description="Give roles to many people at once.",
    )
    config.add_admin_panel(
        "roles",
        title="Roles",
        group="Access",
        order=20,
        factory="insula.people.resources.RolesPanel",
        description="What rules of the policy speak of, and who holds it.",
    )
    for code, text in NOTICES.items():
        config.add_admin_notice(code, text)
    for part in ("people", "person", "invitations", "groups", "roles"):
        config.include(f"insula.people.admin.{part}")

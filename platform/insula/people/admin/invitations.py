"""The invitations: who was asked to come, and has not yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.traversal import resource_path

from insula.accounts.interfaces import Accounts, Groups, Invitations, actor_names
from insula.people.acts import check_inviting, may_invite_to
from insula.people.admin.drawing import READ, register, screen
from insula.people.resources import InvitationScreen, InvitationsPanel, titles_of
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

VIEW, CREATE = Action.VIEW.value, Action.CREATE.value
OPEN = ("waiting", "expired")
STATES = {"waiting": "live", "expired": "warn", "accepted": "ok", "revoked": ""}


def includeme(config: Configurator) -> None:
    """Register the screens."""
    register(
        config,
        (
            (listing, InvitationsPanel, "", READ, VIEW),
            (resend, InvitationScreen, "resend", "POST", CREATE),
            (revoke, InvitationScreen, "revoke", "POST", CREATE),
        ),
    )


def listing(context: InvitationsPanel, request: Any) -> Response:
    """List the invitations, newest first."""
    found = request.find_service(Invitations).list()
    here, may_invite = resource_path(context), request.may(CREATE, context.__parent__)
    return screen(
        request,
        "invitations",
        {
            "rows": [(each, f"{here}/{each.id}", each.state in OPEN) for each in found],
            "mine": {
                each.id
                for each in found
                if may_invite and each.state in OPEN and may_invite_to(context, each)
            },
            "colours": STATES,
            "titles": titles_of(request),
            "groups": request.find_service(Groups).titles(),
            "names": actor_names(request.find_service(Accounts), (each.invited_by for each in found)),
            "here": resource_path(context.__parent__),
            "tab": "invitations",
            "may_invite": may_invite,
        },
    )


def resend(context: InvitationScreen, request: Any) -> Response:
    """Send the letter again, with a link that replaces the one before."""
    check_inviting(context, context.invitation.roles, context.invitation.groups)
    request.find_service(Invitations).resend(context.invitation.id)
    return HTTPSeeOther(location=f"{resource_path(context.__parent__)}?notice=invitation-resent")


def revoke(context: InvitationScreen, request: Any) -> Response:
    """Take the invitation back."""
    check_inviting(context, context.invitation.roles, context.invitation.groups)
    request.find_service(Invitations).revoke(context.invitation.id)
    return HTTPSeeOther(location=f"{resource_path(context.__parent__)}?notice=invitation-revoked")

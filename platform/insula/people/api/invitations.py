"""`/api/invitations`: who was asked to come."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StrictStr
from pyramid.config import Configurator

from insula.accounts.interfaces import Accounts, InvitationInfo, Invitations, actor_names
from insula.api.interfaces import Answer, Page, Service, listing
from insula.people.acts import MOST_INVITED, check_inviting, invite
from insula.people.api.sent import Sent
from insula.people.resources import InvitationItem, InvitationsAPI
from insula.people.shapes import InvitationShape, invitation_shape
from insula.security.permissions import Action

VIEW, CREATE = Action.VIEW.value, Action.CREATE.value


class NewInvitations(Sent):
    """Whom to invite, and what they get."""

    emails: list[StrictStr] = Field(max_length=MOST_INVITED)
    roles: list[StrictStr] = Field(default=[], max_length=200)
    groups: list[UUID] = Field(default=[], max_length=1000)


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    for view, context, method, name, permission in (
        (index, InvitationsAPI, "GET", "", VIEW),
        (create, InvitationsAPI, "POST", "", CREATE),
        (show, InvitationItem, "GET", "", VIEW),
        (revoke, InvitationItem, "DELETE", "", CREATE),
        (resend, InvitationItem, "POST", "resend", CREATE),
    ):
        config.add_endpoint(view, context=context, method=method, name=name, permission=permission)


def index(context: InvitationsAPI, request: Any, invitations: Invitations = Service) -> Page[InvitationShape]:
    """Return the invitations, newest first."""
    return listing(request, _shapes(request, invitations.list()))


def create(
    context: InvitationsAPI, request: Any, body: NewInvitations
) -> Annotated[Page[InvitationShape], Answer(201)]:
    """Invite everybody on a list or, if one address is wrong, nobody."""
    made = invite(context, body.emails, set(body.roles), set(body.groups))
    return {"data": _shapes(request, made)}


def show(context: InvitationItem, request: Any) -> InvitationShape:
    """Return one invitation."""
    return _shapes(request, [context.invitation])[0]


def revoke(context: InvitationItem, request: Any, invitations: Invitations = Service) -> InvitationShape:
    """Take an invitation back; the link in its letter is dead."""
    check_inviting(context, context.invitation.roles, context.invitation.groups)
    return _shapes(request, [invitations.revoke(context.invitation.id)])[0]


def resend(context: InvitationItem, request: Any, invitations: Invitations = Service) -> InvitationShape:
    """Send the letter again, with a link that replaces the one before."""
    check_inviting(context, context.invitation.roles, context.invitation.groups)
    return _shapes(request, [invitations.resend(context.invitation.id)])[0]


def _shapes(request: Any, found: Sequence[InvitationInfo]) -> list[InvitationShape]:
    names = actor_names(request.find_service(Accounts), (each.invited_by for each in found))
    return [invitation_shape(each, names) for each in found]

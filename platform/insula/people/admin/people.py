"""The list of people and machines, and inviting more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.traversal import resource_path

from insula.accounts.interfaces import Groups, Invitations
from insula.admin.interfaces import Attention, Summary
from insula.api.interfaces import limit_of
from insula.kit.clock import now
from insula.kit.errors import Conflict, Invalid, Refused, TooMany
from insula.kit.words import ago
from insula.people.acts import MOST_INVITED, addresses, invite
from insula.people.admin.drawing import READ, group_choices, register, role_choices, screen
from insula.people.lists import Wanted, page_of, wanted_of
from insula.people.resources import PeoplePanel, titles_of
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.kit.errors import InsulaError

VIEW, CREATE = Action.VIEW.value, Action.CREATE.value
LIMIT, MOST = 50, 200


def includeme(config: Configurator) -> None:
    """Register the screens."""
    register(
        config,
        (
            (listing, PeoplePanel, "", READ, VIEW),
            (invitation_form, PeoplePanel, "invite", READ, CREATE),
            (send_invitations, PeoplePanel, "invite", "POST", CREATE),
        ),
    )


def summary(request: Any, panel: PeoplePanel) -> Summary:
    """Say on the home page how many invitations wait for an answer, and which have expired."""
    found = request.find_service(Invitations).list()
    waiting = sum(each.state == "waiting" for each in found)
    expired = [each for each in found if each.state == "expired"]
    attention = (
        Attention(
            "1 invitation has expired" if len(expired) == 1 else f"{len(expired)} invitations have expired",
            "Nobody used the link in time. Send it again or revoke it.",
            f"{resource_path(panel)}/invitations",
            "Look at them",
            "info",
        ),
    )
    return Summary(
        str(waiting),
        "invitation waits" if waiting == 1 else "invitations wait",
        attention if expired else (),
    )


def listing(context: PeoplePanel, request: Any) -> Response:
    """List people and machines with their roles, groups and state."""
    given = request.GET
    wanted = wanted_of(request, given)
    listed = page_of(context, given, wanted, limit_of(given, default=LIMIT, most=MOST))
    at = now()
    here = resource_path(context)
    query = [(name, value) for name, value in vars(wanted).items() if value]
    limit = [("limit", given["limit"])] if "limit" in given else []
    return screen(
        request,
        "people",
        {
            "rows": [
                (account, resource_path(context, str(account.id)), listed.seen.get(account.id))
                for account in listed.accounts
            ],
            "ago": lambda moment: ago(moment, at),
            "wanted": wanted,
            "chips": _chips(request, context, wanted),
            "roles": [("", "any role"), *titles_of(request).items()],
            "titles": titles_of(request),
            "groups": request.find_service(Groups).titles(),
            "here": here,
            "tab": "people",
            "first": request.resource_path(context, query=[*query, *limit]) if "after" in given else None,
            "next": request.resource_path(context, query=[*query, *limit, ("after", listed.after)])
            if listed.after
            else None,
            "json": f"/api/people{request.resource_path(context, query=query).removeprefix(here).lstrip('/')}",
            "may_invite": request.may(CREATE, context),
        },
    )


def invitation_form(context: PeoplePanel, request: Any) -> Response:
    """Show the form that invites people."""
    return _form(context, request, "", set(), set())


def send_invitations(context: PeoplePanel, request: Any) -> Response:
    """Invite everybody on the list or, if a line is wrong, nobody."""
    text = request.POST.get("emails", "")
    roles, groups = set(request.POST.getall("roles")), _ids(request.POST.getall("groups"))
    try:
        invite(context, addresses(text), roles, groups)
    except (Invalid, Conflict, Refused, TooMany) as error:
        return _form(context, request, text, roles, groups, error)
    return HTTPSeeOther(location=f"{resource_path(context)}/invitations?notice=people-invited")


def _form(
    context: PeoplePanel,
    request: Any,
    emails: str,
    roles: set[str],
    groups: set[UUID],
    error: InsulaError | None = None,
) -> Response:
    values = {
        "emails": emails,
        "most": MOST_INVITED,
        "roles": role_choices(context, roles),
        "groups": group_choices(context, groups),
        "back": resource_path(context),
    }
    return screen(request, "invite", values, error)


def _ids(values: list[str]) -> set[UUID]:
    found = set()
    for value in values:
        try:
            found.add(UUID(value))
        except ValueError:
            raise Invalid("The form names a group that is none.") from None
    return found


def _chips(request: Any, context: PeoplePanel, wanted: Wanted) -> list[tuple[str, str, str]]:
    """Return each filter that is set: its name, its value in words, and the address without it."""
    titles = titles_of(request)
    words = {"find": "Found by", "role": "Role", "state": "State", "kind": "Kind"}
    chips = []
    for name, value in vars(wanted).items():
        if value:
            rest = [(each, other) for each, other in vars(wanted).items() if other and each != name]
            told = titles.get(value, value) if name == "role" else value
            chips.append((words[name], told, request.resource_path(context, query=rest)))
    return chips

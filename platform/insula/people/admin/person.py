"""One account: who it is, its roles and groups, its sessions, and letting it in or keeping it out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.traversal import resource_path

from insula.accounts.interfaces import Accounts, Recovery, SignIns
from insula.kit.clock import now
from insula.kit.errors import Conflict, Invalid, NotFound, Refused, Stale
from insula.kit.words import ago, device
from insula.people.acts import change_person
from insula.people.admin.drawing import (
    READ,
    check_version,
    group_choices,
    picked,
    register,
    role_choices,
    screen,
)
from insula.people.resources import PersonScreen, groups_of, id_of
from insula.people.shapes import person_version
from insula.security.permissions import Action

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.kit.errors import InsulaError

VIEW, EDIT, MANAGE = Action.VIEW.value, Action.EDIT.value, Action.MANAGE.value


def includeme(config: Configurator) -> None:
    """Register the screens."""
    register(
        config,
        (
            (show, PersonScreen, "", READ, VIEW),
            (save, PersonScreen, "", "POST", EDIT),
            (activate, PersonScreen, "activate", "POST", MANAGE),
            (deactivate, PersonScreen, "deactivate", "POST", MANAGE),
            (send_reset, PersonScreen, "send-reset", "POST", MANAGE),
            (end_session, PersonScreen, "end-session", "POST", MANAGE),
            (end_sessions, PersonScreen, "end-sessions", "POST", MANAGE),
        ),
    )


def show(context: PersonScreen, request: Any) -> Response:
    """Show one account with its roles, groups and sessions."""
    account = context.account
    response = _person(context, request, account.name, account.own_roles, account.groups)
    response.etag = person_version(account)
    return response


def save(context: PersonScreen, request: Any) -> Response:
    """Change the name, the roles and the groups as the form says."""
    account = context.account
    name = " ".join(request.POST.get("name", account.name).split())
    roles = picked(request, "roles", role_choices(context, account.own_roles))
    chosen = picked(request, "groups", group_choices(context, account.groups))
    groups = set()
    try:
        groups = {UUID(each) for each in chosen}
        after = change_person(
            context,
            {"name": name, "roles": roles, "groups": groups},
            check=partial(check_version, request),
        )
    except ValueError:
        raise Invalid("The form names a group that is none.") from None
    except (Invalid, Conflict, Refused, Stale) as error:
        return _person(context, request, name, roles, groups, error)
    same = person_version(after) == person_version(account)
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=person-{'same' if same else 'saved'}")


def activate(context: PersonScreen, request: Any) -> Response:
    """Let the account in again."""
    change_person(context, {"active": True})
    return _back(context, "person-activated")


def deactivate(context: PersonScreen, request: Any) -> Response:
    """Keep the account out: its sessions end and its tokens are refused."""
    change_person(context, {"active": False})
    return _back(context, "person-deactivated")


def send_reset(context: PersonScreen, request: Any) -> Response:
    """Send a letter with a link that sets a new password."""
    request.find_service(Recovery).send_reset(context.account.id)
    return _back(context, "person-reset")


def end_session(context: PersonScreen, request: Any) -> Response:
    """End one session of the account."""
    try:
        session_id = id_of(request.POST.get("id", ""))
    except KeyError:
        raise NotFound from None
    if not request.find_service(SignIns).end(context.account.id, session_id):
        raise NotFound
    return _back(context, "session-ended")


def end_sessions(context: PersonScreen, request: Any) -> Response:
    """End every session of the account but the one that asks."""
    request.find_service(SignIns).end_all(context.account.id, keep=request.identity.session_id)
    return _back(context, "sessions-ended")


def _back(context: PersonScreen, notice: str) -> Response:
    return HTTPSeeOther(location=f"{resource_path(context)}?notice={notice}")


def _person(
    context: PersonScreen,
    request: Any,
    name: str,
    roles: Collection[str],
    groups: Collection[UUID],
    error: InsulaError | None = None,
) -> Response:
    account, at = context.account, now()
    may_manage = bool(request.may(MANAGE, context))
    manage = request.decide(MANAGE, context, enforced=False)
    granted = {
        role: group.title
        for group in groups_of(request)
        if group.id in account.groups
        for role in group.roles
    }
    here = resource_path(context)
    return screen(
        request,
        "person",
        {
            "account": account,
            "name": name,
            "version": person_version(account),
            "roles": role_choices(context, roles, granted=granted, closed=not may_manage),
            "groups": group_choices(context, groups, closed=not may_manage),
            "sessions": _sessions(context, request),
            "ago": lambda moment: ago(moment, at),
            "seen": request.find_service(Accounts).last_seen([account.id]).get(account.id),
            "here": here,
            "back": resource_path(context.__parent__),
            "own": account.id == request.identity.account_id,
            "may_edit": bool(request.may(EDIT, context)),
            "may_manage": may_manage,
            "why_not": manage.reason,
            "visits": _beside(request, "operators", ""),
            "tokens": _beside(request, "tokens", f"?owner={account.id}"),
            "decisions": _beside(request, "policy", f"/decisions?who={account.id}&answer=deny"),
        },
        error,
    )


def _sessions(context: PersonScreen, request: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": session.id,
            "here": session.id == request.identity.session_id,
            "device": device(session.user_agent),
            "address": session.address,
            "since": session.created_at,
            "seen": session.last_seen_at,
        }
        for session in request.find_service(SignIns).of_account(context.account.id)
    ]


def _beside(request: Any, panel: str, rest: str) -> str | None:
    """Return an address in another panel, for somebody who may open that panel."""
    items = (item for group in request.admin.navigation for item in group.items)
    return next((f"{item.url.rstrip('/')}{rest}" for item in items if item.panel.name == panel), None)

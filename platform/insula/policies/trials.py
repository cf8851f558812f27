"""The two buttons of a version on trial: let it stay, or let it go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.traversal import resource_path

from insula.events.interfaces import actor_of
from insula.policies.frames import PUBLISH, number
from insula.security.interfaces import Policies

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from insula.policies.resources import PolicyPanel


def includeme(config: Configurator) -> None:
    """Register what the buttons do."""
    panel = "insula.policies.resources.PolicyPanel"
    for view, name in ((confirm, "confirm"), (give_up, "return")):
        config.add_view(view, context=panel, name=name, permission=PUBLISH, request_method="POST")


def confirm(context: PolicyPanel, request: Any) -> HTTPSeeOther:
    """Let the version on trial stay."""
    policies: Policies = request.find_service(Policies)
    policies.confirm(actor_of(request), number(request, "expected"))
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=policy-confirmed")


def give_up(context: PolicyPanel, request: Any) -> HTTPSeeOther:
    """Put the version before the trial in force again."""
    policies: Policies = request.find_service(Policies)
    policies.give_up(actor_of(request), number(request, "expected"))
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=policy-returned")

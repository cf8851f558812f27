"""What every screen of the policy shows around its own part: tabs, who may do what, and a version on trial."""

from __future__ import annotations

from typing import Any

from pyramid.location import lineage
from pyramid.traversal import resource_path

from insula.kit.errors import Malformed
from insula.policies.resources import PolicyPanel
from insula.security.interfaces import Policies
from insula.security.permissions import Action

VIEW, EDIT, PUBLISH = Action.VIEW.value, Action.EDIT.value, Action.PUBLISH.value
READ = ("GET", "HEAD")


def frame(context: Any, request: Any, tab: str) -> dict[str, Any]:
    """Return what the parts of a policy screen need; `tab` is the one it stands under."""
    panel = next(node for node in lineage(context) if isinstance(node, PolicyPanel))
    current = request.find_service(Policies).current()
    return {
        "here": resource_path(panel),
        "tab": tab,
        "current": current,
        "may_edit": request.may(EDIT, panel),
        "may_publish": request.may(PUBLISH, panel),
        "may_try": request.may(VIEW, panel.decisions),
    }


def posted(request: Any, name: str) -> str:
    """Return a field of a form, empty where it was not sent."""
    found: str = request.POST.get(name, "")
    return found


def number(request: Any, name: str) -> int:
    """Return the version that a form carries."""
    text = posted(request, name)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Malformed("The form does not say which version it changes. Reload the page and send it again.")
    return int(text)

"""What the shell shows around every screen: navigation, lineage, who is signed in, a notice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pyramid.location import lineage
from pyramid.traversal import resource_path

from insula.accounts.interfaces import Roles
from insula.admin.interfaces import BANNERS, GROUPS, Banner, Panel, notices, panels
from insula.admin.resources import AdminRoot, has

if TYPE_CHECKING:
    from collections.abc import Sequence

ACCOUNT = "/account"
SIGN_OUT = "/account/@@sign-out"


@dataclass(frozen=True)
class Nested:
    """One line of the navigation below another."""

    title: str
    url: str
    here: bool


@dataclass(frozen=True)
class Item:
    """One line of the navigation."""

    title: str
    url: str
    here: bool
    panel: Panel
    resource: Any
    below: tuple[Nested, ...] = ()


@dataclass(frozen=True)
class Group:
    """One headed part of the navigation."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Crumb:
    """One step of the lineage above the screen."""

    title: str
    url: str


class Frame:
    """The shell of one request."""

    account_url = ACCOUNT

    def __init__(self, request: Any) -> None:
        self._request = request

    @cached_property
    def root(self) -> AdminRoot:
        """The branch the screen stands in."""
        for node in lineage(self._request.context):
            if isinstance(node, AdminRoot):
                return node
        root: AdminRoot = self._request.root["admin"]
        return root

    @cached_property
    def may_view(self) -> bool:
        """Whether this person may view the administration at all."""
        answer: bool = self._request.identity is not None and bool(self._request.may("view", self.root))
        return answer

    @cached_property
    def navigation(self) -> Sequence[Group]:
        """The panels this tenant has and this person may open, by group; a group of nothing is left out."""
        here = self._here
        items: dict[str, list[Item]] = {}
        for panel in panels(self._request.registry):
            if not has(self._request, panel):
                continue
            try:
                resource = self.root[panel.name]
            except KeyError:
                # A panel may say itself that for this person it is not there.
                continue
            if self._request.may(panel.permission, resource):
                below = self._below(panel, resource)
                stands = panel.name == here and not any(one.here for one in below)
                item = Item(panel.title, resource_path(resource), stands, panel, resource, below)
                items.setdefault(panel.group, []).append(item)
        return [Group(title, tuple(items[title])) for title in GROUPS if title in items]

    def _below(self, panel: Panel, resource: Any) -> tuple[Nested, ...]:
        if panel.below is None:
            return ()
        path = f"{self._request.path}/"
        return tuple(
            Nested(title, url, path.startswith(f"{url}/"))
            for title, url in panel.below(self._request, resource)
        )

    @property
    def at_home(self) -> bool:
        """Whether this is the home screen."""
        return self._request.context is self.root and not self._request.view_name

    @cached_property
    def crumbs(self) -> Sequence[Crumb]:
        """The lineage between the branch and this screen, outermost first."""
        steps = []
        for node in lineage(self._request.context):
            if node is self.root:
                break
            if node is self._request.context and not self._request.view_name:
                continue
            steps.append(Crumb(getattr(node, "title", None) or node.__name__, resource_path(node)))
        return steps[::-1]

    @property
    def notice(self) -> str | None:
        """The sentence that the address asks for, if a room has written it."""
        return notices(self._request.registry).get(self._request.GET.get("notice", ""))

    @cached_property
    def banner(self) -> Banner | None:
        """The bar across the top, for whoever is not here as themselves."""
        found = (ask(self._request) for ask in self._request.registry.get(BANNERS, ()))
        return next((banner for banner in found if banner is not None), None)

    @property
    def sign_out_url(self) -> str:
        """Where the form that ends this session is sent."""
        return self.banner.action if self.banner else SIGN_OUT

    @property
    def person(self) -> str:
        """The name of whoever is signed in."""
        name: str = self._request.identity.name
        return name

    @cached_property
    def roles(self) -> str:
        """The roles of whoever is signed in, in words."""
        roles = self._request.identity.roles
        if not roles:
            return ""
        titles = self._request.find_service(Roles).titles()
        return ", ".join(sorted(titles.get(role, role) for role in roles))

    @cached_property
    def _here(self) -> str | None:
        for node in lineage(self._request.context):
            if node.__parent__ is self.root:
                name: str = node.__name__
                return name
        return None


def frame_of(request: Any) -> Frame:
    """Return the shell of this request, found as `request.admin`."""
    return Frame(request)

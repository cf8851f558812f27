"""Pages as nodes of the tree: one statement loads a page and all above it, whatever the depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from pyramid.traversal import split_path_info

from insula.kit.errors import NotFound
from insula.tree.interfaces import Node, PolicyEntity
from insula.website.interfaces import Pages, PageState
from insula.website.paths import HOME, prefixes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyramid.request import Request

HOME_NAME = "_home"
"""How the home page is called below the panel and wherever a name is needed; no page's own name has an underscore."""


class PageMap:
    """The pages a request is about, loaded together at the first question for one of them."""

    def __init__(self, pages: Pages, wanted: tuple[str, ...]) -> None:
        self._pages = pages
        self._wanted = frozenset(wanted)
        self._known: dict[str, PageState | None] = {}

    def find(self, path: str) -> PageState | None:
        """Return a page, or None where there is none."""
        if path not in self._known:
            # A path off the request's own way is a question by itself, such as a link that a view follows.
            asked = self._wanted if path in self._wanted else frozenset((path,))
            found = self._pages.by_paths(asked)
            self._known.update({each: found.get(each) for each in asked})
        return self._known[path]


class PageNode(Node):
    """One page, whichever door leads to it."""

    def __init__(self, request: Request, parent: Any, name: str, page: PageState, pages: PageMap) -> None:
        super().__init__(request, parent, name)
        self.page = page
        self._pages = pages

    @property
    def title(self) -> str:
        """Return what breadcrumbs call it."""
        return self.page.title

    @property
    def asks_to_sign_in(self) -> bool:
        """Say whether visitors are asked to sign in rather than told that it is missing."""
        return self.page.ask_to_sign_in

    def policy_entity(self) -> PolicyEntity:
        """Return how rules see the page: `Page::"/about/team"`."""
        page = self.page
        attributes: dict[str, object] = {"published": page.published, "path": page.path}
        if page.author is not None:
            attributes["author"] = page.author
        return PolicyEntity("Page", page.path, attributes)

    def __getitem__(self, name: str) -> PageNode:
        above = "" if self.page.path == HOME else self.page.path
        return self.child(f"{above}/{name}", name)

    def child(self, path: str, name: str) -> PageNode:
        """Return the node of a page below this one."""
        if self.page.path == HOME or path not in prefixes(path.split("/")[1:]):
            raise KeyError(name)
        page = self._pages.find(path)
        if page is None:
            raise KeyError(name)
        return type(self)(self.request, self, name, page, self._pages)


class PageTree(Node):
    """A place in the tree below which the pages of the site lie by their paths."""

    node: type[PageNode] = PageNode

    def __init__(self, request: Request, parent: Any, name: str) -> None:
        super().__init__(request, parent, name)
        self.pages = PageMap(request.find_service(Pages), self._wanted(request))

    def _wanted(self, request: Request) -> tuple[str, ...]:
        return prefixes(split_path_info(request.path_info)[self._depth() :])

    def _depth(self) -> int:
        return 0

    def __getitem__(self, name: str) -> PageNode:
        path = f"/{name}"
        page = self.pages.find(path) if path in prefixes((name,)) else None
        if page is None:
            raise KeyError(name)
        return self.node(self.request, self, name, page, self.pages)

    def home(self) -> PageNode:
        """Return the home page, or raise KeyError."""
        page = self.pages.find(HOME)
        if page is None:
            raise KeyError(HOME)
        return self.node(self.request, self, HOME_NAME, page, self.pages)

    def node_of(self, page: PageState, above: Mapping[str, PageState]) -> PageNode:
        """Return the node of a page whose ancestors are among `above`, which is how the policy knows its place."""
        parent: Any = self
        for path in prefixes(page.path.split("/")[1:])[:-1]:
            if path in above:
                parent = self.node(self.request, parent, path.rpartition("/")[2], above[path], self.pages)
        return self.node(self.request, parent, page.name or HOME_NAME, page, self.pages)

    def policy_entity(self) -> PolicyEntity:
        """Return the area that all pages lie in."""
        return PolicyEntity("Area", "site", {})


class PageResource(PageNode):
    """A page as visitors reach it."""


class SiteRoot(PageTree):
    """The site of one tenant."""

    node = PageResource


class PanelPage(PageNode):
    """A page in the administration."""


class PagesPanel(PageTree):
    """All pages, in the administration: `/admin/pages/about/team`."""

    title = "Pages"
    node = PanelPage

    def __init__(self, request: Request, parent: Any, name: str) -> None:
        super().__init__(request, parent, name)
        # It stands for the site, which everybody may view; the administration is for those who may view that.
        if not request.may("view", parent):
            raise KeyError(name)

    def _depth(self) -> int:
        return 2

    def __getitem__(self, name: str) -> PageNode:
        return self.home() if name == HOME_NAME else super().__getitem__(name)


class APIPage(PageNode):
    """A page in the API, by its id."""

    api_address = "/api/pages/{id}"
    api_type = "Page"

    def __getitem__(self, name: str) -> PageNode:
        raise KeyError(name)


class PagesAPI(PageTree):
    """All pages, in the API: `/api/pages/ID`."""

    title = "Pages"
    node = APIPage

    def _wanted(self, request: Request) -> tuple[str, ...]:
        return ()

    def __getitem__(self, name: str) -> PageNode:
        try:
            service: Pages = self.request.find_service(Pages)
            page = service.get(UUID(name))
        except (ValueError, NotFound) as error:
            raise KeyError(name) from error
        return self.node_of(page, service.by_paths(prefixes(page.path.split("/")[1:])[:-1]))

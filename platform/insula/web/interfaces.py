"""What other rooms may know of the HTML frame: themes, blocks and the frame of a site."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pyramid.util import as_sorted_tuple

from insula.web.uploads import Upload

if TYPE_CHECKING:
    from markupsafe import Markup
    from pydantic import BaseModel
    from pyramid.registry import Registry
    from pyramid.request import Request
    from pyramid.response import Response

__all__ = [
    "ASSETS",
    "BLOCKS",
    "CONTENT_SECURITY_POLICY",
    "SITE_FRAME",
    "STYLESHEETS",
    "THEMES",
    "BlockKind",
    "Blocks",
    "Frame",
    "Link",
    "PageInfo",
    "Theme",
    "Upload",
    "blocks_of",
    "lead_forms_to",
    "methods_offered",
    "theme_choices",
    "themes_of",
]

THEMES = "insula.web.themes"
BLOCKS = "insula.web.blocks"
STYLESHEETS = "insula.web.stylesheets"
ASSETS = "insula.web.assets"
SITE_FRAME = "insula.web.site_frame"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
"""What an answer may load, run and send, unless it says otherwise itself."""


@dataclass(frozen=True)
class Theme:
    """A look of public pages: a folder with `page.jinja2` and `error.jinja2`, and one style sheet."""

    name: str
    title: str
    templates: str
    stylesheet: str


class PageInfo(Protocol):
    """What a block may know of the page it stands on."""

    @property
    def path(self) -> str: ...
    @property
    def title(self) -> str: ...


@dataclass(frozen=True)
class BlockKind:
    """A kind of block: its model says what an editor writes, `render` makes the HTML.

    `feature` names the feature without which blocks of this kind do not exist. A block that `varies` shows data that
    changes while the page does not; a page without such blocks gets its ETag before it is rendered.
    """

    name: str
    title: str
    model: type[BaseModel]
    render: Callable[[Any, Request, PageInfo], Markup]
    feature: str | None = None
    varies: bool = True

    @property
    def body_field(self) -> str | None:
        """Return the field that holds the long text: the one declared with `json_schema_extra={"body": True}`."""
        for name, info in self.model.model_fields.items():
            extra = info.json_schema_extra
            if isinstance(extra, Mapping) and extra.get("body"):
                return name
        return None


class Blocks:
    """Every kind of block that the rooms of this installation declare."""

    def __init__(self) -> None:
        self._kinds: dict[str, BlockKind] = {}

    def add(self, kind: BlockKind) -> None:
        """Take in a kind."""
        self._kinds[kind.name] = kind

    def get(self, name: str) -> BlockKind | None:
        """Return a kind, or None for one nobody declares."""
        return self._kinds.get(name)

    def __iter__(self) -> Iterator[BlockKind]:
        """Go through the kinds by name."""
        return iter(sorted(self._kinds.values(), key=lambda kind: kind.name))


@dataclass(frozen=True)
class Link:
    """One entry of the navigation."""

    label: str
    path: str


@dataclass(frozen=True)
class Frame:
    """What surrounds every page of a site."""

    theme: str
    title: str
    tagline: str = ""
    navigation: tuple[Link, ...] = field(default=())
    footer: str = ""


def themes_of(registry: Registry) -> Mapping[str, Theme]:
    """Return the declared themes by name, in the order they were declared."""
    themes: Mapping[str, Theme] = registry.get(THEMES) or {}
    return themes


def theme_choices(registry: Registry) -> dict[str, str]:
    """Return the title of each declared theme, for a setting that names one."""
    return {theme.name: theme.title for theme in themes_of(registry).values()}


def blocks_of(registry: Registry) -> Blocks:
    """Return the registry of blocks."""
    blocks: Blocks = registry[BLOCKS]
    return blocks


def methods_offered(request: Request) -> tuple[str, ...]:
    """Return the methods that the views of the found resource take under the asked name.

    Nothing is returned where the method is not what is amiss: then another condition kept the views from answering,
    and the address is missing as any other.
    """
    context = request.context
    offered: set[str] = set()
    for entry in request.registry.introspector.get_category("views") or ():
        view = entry["introspectable"]
        if view["name"] != request.view_name or view["route_name"] or not _is_of(context, view["context"]):
            continue
        feature = view.get("feature")
        if feature is None or request.has_feature(feature):
            offered.update(as_sorted_tuple(view["request_methods"] or ()))
    if "GET" in offered:
        offered.add("HEAD")  # Pyramid adds it to the view, but not to what it tells of the view.
    return () if request.method in offered else tuple(sorted(offered))


def _is_of(resource: object, declared: object) -> bool:
    if isinstance(declared, type):
        return isinstance(resource, declared)
    return declared is None or bool(declared.providedBy(resource))  # type: ignore[attr-defined]  # an interface


def lead_forms_to(response: Response, origin: str) -> None:
    """Let the forms of an answer end, by a redirect, on this other origin: browsers refuse that otherwise."""
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", f"form-action 'self' {origin}"
    )

"""The directives by which rooms add themes, blocks, style sheets and assets to the HTML frame."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyramid.exceptions import ConfigurationError

from insula.web.assets import ContentHashCacheBuster
from insula.web.interfaces import ASSETS, BLOCKS, SITE_FRAME, STYLESHEETS, THEMES, BlockKind, Blocks, Theme

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pyramid.config import Configurator

NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


def _named(what: str, name: str) -> None:
    if not NAME.fullmatch(name):
        message = f"{what} {name!r}: a name has lower case letters, digits and -, and begins with a letter"
        raise ConfigurationError(message)


def add_theme(config: Configurator, name: str, *, title: str, templates: str, stylesheet: str) -> None:
    """Declare a theme: a folder of templates and a style sheet, both as asset specifications."""
    _named("theme", name)
    theme = Theme(name, title, templates.rstrip("/"), stylesheet)
    intr = config.introspectable("insula themes", name, title, "theme")
    intr["theme"] = theme
    config.action(
        ("insula theme", name),
        lambda: config.registry.setdefault(THEMES, {}).__setitem__(name, theme),
        introspectables=(intr,),
    )


def add_block(  # a directive reads best with all it takes named at the call
    config: Configurator,
    name: str,
    *,
    title: str,
    model: str | type[BaseModel],
    render: str | Callable[..., Any],
    feature: str | None = None,
    varies: bool = True,
) -> None:
    """Declare a kind of block; `render(block, request, page)` returns its Markup."""
    _named("block", name)
    intr = config.introspectable("insula blocks", name, title, "block")

    def register() -> None:
        kind = BlockKind(
            name, title, config.maybe_dotted(model), config.maybe_dotted(render), feature, varies
        )
        intr["kind"] = kind
        config.registry.setdefault(BLOCKS, Blocks()).add(kind)

    config.action(("insula block", name), register, introspectables=(intr,))


def add_stylesheet(config: Configurator, spec: str) -> None:
    """Link a room's own style sheet, an asset of a folder given to `add_assets`, on every page of a site."""
    config.action(
        ("insula stylesheet", spec), lambda: config.registry.setdefault(STYLESHEETS, []).append(spec)
    )


def add_assets(config: Configurator, name: str, spec: str) -> None:
    """Serve a folder below /static/NAME, with addresses that change with the content."""
    _named("assets", name)
    spec = spec.rstrip("/") + "/"
    config.add_static_view(f"static/{name}", spec, cache_max_age=None)
    config.add_cache_buster(spec, ContentHashCacheBuster())
    config.action(
        ("insula assets", name), lambda: config.registry.setdefault(ASSETS, {}).__setitem__(name, spec)
    )


def set_site_frame(config: Configurator, frame: str | Callable[..., Any]) -> None:
    """Name the one function, `request -> Frame or None`, that knows the frame of the tenant's site."""

    def register() -> None:
        config.registry[SITE_FRAME] = config.maybe_dotted(frame)

    config.action("insula site frame", register)

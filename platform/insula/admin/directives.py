"""The directives by which rooms add panels, and the sentences shown after a redirect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError

from insula.admin.interfaces import BANNERS, GROUPS, NOTICES, PANELS, Panel

if TYPE_CHECKING:
    from pyramid.config import Configurator

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


def add_admin_panel(  # noqa: PLR0913 - a directive reads best with all it takes named at the call
    config: Configurator,
    name: str,
    *,
    title: str,
    group: str,
    order: int,
    factory: str,
    permission: str = "view",
    feature: str | None = None,
    description: str = "",
    summary: str | None = None,
    console: bool | None = None,
    below: str | None = None,
) -> None:
    """Add the panel `/admin/NAME`; with `console` True for the operators' tenant only, with False for all others.

    `factory(request, parent, name)` makes its tree node, on which `permission` is asked before the panel is
    named anywhere. `description` is its sentence on the home page, and `summary(request, node)` returns its
    `Summary` there. `below(request, node)` returns titles and addresses that the navigation lists below the panel.
    """
    if not _NAME.fullmatch(name):
        message = f"panel {name!r}: a name has lower case letters, digits and -, and begins with a letter"
        raise ConfigurationError(message)
    if group not in GROUPS:
        message = f"panel {name!r}: the groups are {', '.join(GROUPS)}, and {group!r} is none of them"
        raise ConfigurationError(message)
    intr = config.introspectable("insula admin panels", name, title, "admin panel")
    intr.update(
        title=title, group=group, order=order, factory=factory, permission=permission, feature=feature
    )
    intr["console"] = console

    def register() -> None:
        panel = Panel(
            name=name,
            title=title,
            group=group,
            order=order,
            factory=config.maybe_dotted(factory),
            permission=permission,
            feature=feature,
            description=description,
            summary=config.maybe_dotted(summary) if summary else None,
            console=console,
            below=config.maybe_dotted(below) if below else None,
        )
        config.registry.setdefault(PANELS, {})[name] = panel

    config.action(("insula admin panel", name), register, introspectables=(intr,))


def add_admin_notice(config: Configurator, code: str, text: str) -> None:
    """Add a sentence that any screen shows when the address ends in `?notice=CODE`.

    The address carries the code only, so nobody can make a screen say what no room has written.
    """
    intr = config.introspectable("insula admin notices", code, text, "admin notice")
    intr["text"] = text

    def register() -> None:
        config.registry.setdefault(NOTICES, {})[code] = text

    config.action(("insula admin notice", code), register, introspectables=(intr,))


def add_admin_banner(config: Configurator, banner: str) -> None:
    """Ask `banner(request) -> Banner | None` at every screen; the first that has one is shown across its top.

    Who leaves by the shell's *Sign out* goes where the banner's button goes.
    """
    intr = config.introspectable("insula admin banners", banner, banner, "admin banner")

    def register() -> None:
        config.registry.setdefault(BANNERS, []).append(config.maybe_dotted(banner))

    config.action(("insula admin banner", banner), register, introspectables=(intr,))

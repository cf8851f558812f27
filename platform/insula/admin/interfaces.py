"""What a room that adds a panel may know of the administration's frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GROUPS = ("Website", "Content", "Records", "Access", "Settings", "Installation")
"""The groups of the navigation, in their order; Home stands above them."""

PANELS = "insula.admin.panels"
NOTICES = "insula.admin.notices"
BANNERS = "insula.admin.banners"

Level = Literal["bad", "warn", "info"]


@dataclass(frozen=True)
class Attention:
    """One thing that needs a person, with the one link that solves it; `bad` is shown first."""

    title: str
    detail: str
    url: str
    action: str
    level: Level = "warn"


@dataclass(frozen=True)
class Summary:
    """What a panel tells on the home page: one figure, a line about it, and what needs attention."""

    figure: str
    detail: str = ""
    attention: tuple[Attention, ...] = ()


class Summarise(Protocol):
    """Sums up a panel for the home page; called only for those who may open the panel."""

    def __call__(self, request: Any, panel: Any, /) -> Summary:
        """Return the summary, at the price of one cheap statement."""
        ...


class Below(Protocol):
    """Names what the navigation lists below a panel; called only for those who may open the panel."""

    def __call__(self, request: Any, panel: Any, /) -> Sequence[tuple[str, str]]:
        """Return pairs of title and address, few of them, at the price of one cheap statement."""
        ...


@dataclass(frozen=True)
class Banner:
    """A bar across the top of every screen, with one button that ends what it tells of."""

    text: str
    detail: str
    action: str
    label: str


@dataclass(frozen=True)
class Panel:
    """One screen, or tree of screens, of the administration."""

    name: str
    title: str
    group: str
    order: int
    factory: Any
    permission: str = "view"
    feature: str | None = None
    description: str = ""
    summary: Summarise | None = None
    console: bool | None = None
    below: Below | None = None


def panels(registry: Mapping[str, Any]) -> Sequence[Panel]:
    """Return every panel of this installation in the order of the navigation."""
    found: Mapping[str, Panel] = registry.get(PANELS) or {}
    return sorted(found.values(), key=lambda panel: (GROUPS.index(panel.group), panel.order, panel.title))


def notices(registry: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the sentences that a screen may show after a redirect, by their code."""
    found: Mapping[str, str] = registry.get(NOTICES) or {}
    return found

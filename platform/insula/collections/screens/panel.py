"""The panel of collections: the list of all of them, the navigation below it, and its figure on the home screen."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from insula.admin.interfaces import Summary
from insula.collections.interfaces.entries import working_stage
from insula.collections.interfaces.queries import Queries, Question
from insula.collections.interfaces.schemas import Collections
from insula.collections.screens.drawing import READ, register, screen
from insula.collections.screens.entries_table import counted, total_of
from insula.collections.screens.resources import CollectionPanel, CollectionsPanel
from insula.collections.settings import CollectionsSettings
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.collections.interfaces.schemas import Collection

NAVIGATED: Final = 8
"""How many collections the navigation lists; the panel lists all."""


def includeme(config: Configurator) -> None:
    """Register the panel and its list."""
    config.add_admin_panel(
        "collections",
        title="Collections",
        group="Content",
        order=10,
        factory="insula.collections.screens.resources.CollectionsPanel",
        feature="collections",
        description="Content with fields of your own: declare it, fill it, publish it.",
        summary="insula.collections.screens.panel.summary",
        below="insula.collections.screens.panel.below",
        console=False,
    )
    register(config, ((listing, CollectionsPanel, "", READ, "view"),))


def viewable(request: Any, panel: CollectionsPanel) -> Iterator[Collection]:
    """Yield the collections that whoever asks may view, by name."""
    for info in request.find_service(Collections).all():
        if request.may("view", CollectionPanel(request, panel, info.name, info)):
            yield info


def summary(request: Any, panel: CollectionsPanel) -> Summary:
    """Say on the home page how many collections there are."""
    count = sum(1 for _ in viewable(request, panel))
    return Summary(f"{count:,}", "kind of content" if count == 1 else "kinds of content")


def below(request: Any, panel: CollectionsPanel) -> list[tuple[str, str]]:
    """Return the first collections for the navigation."""
    first = islice(viewable(request, panel), NAVIGATED)
    return [(info.document.title, f"{panel.url}/{info.name}") for info in first]


def listing(context: CollectionsPanel, request: Any) -> Response:
    """List the collections with the number of their entries."""
    queries: Queries = request.find_service(Queries)
    most = settings_of(request.registry, CollectionsSettings).screen_count
    rows = []
    for info in viewable(request, context):
        total = total_of(queries, Question(info.name, working_stage(info)), most)
        rows.append((info, f"{context.url}/{info.name}", counted(total, most)))
    values = {"rows": rows, "here": context.url, "may_create": request.may("manage", context)}
    return screen(request, "list_of", values)

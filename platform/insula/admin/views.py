"""The home screen: is everything all right, and where to go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.admin.interfaces import Attention, Summary

if TYPE_CHECKING:
    from pyramid.config import Configurator

URGENCY = {"bad": 0, "warn": 1, "info": 2}


def includeme(config: Configurator) -> None:
    """Add the screens of the frame itself."""
    config.add_view(
        "insula.admin.views.home",
        context="insula.admin.resources.AdminRoot",
        permission="view",
        request_method=("GET", "HEAD"),
        renderer="insula.admin:templates/home.jinja2",
        http_cache=0,
    )


def home(context: Any, request: Any) -> dict[str, Any]:
    """Show what needs attention, then every panel with its figure."""
    attention: list[Attention] = []
    cards = []
    for group in request.admin.navigation:
        for item in group.items:
            summary: Summary | None = (
                item.panel.summary(request, item.resource) if item.panel.summary else None
            )
            cards.append((item, group.title, summary))
            attention += summary.attention if summary else ()
    return {"cards": cards, "attention": sorted(attention, key=lambda one: URGENCY[one.level])}

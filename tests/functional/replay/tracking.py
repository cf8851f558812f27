"""Notes which view a request reached, after its permission was checked; included by the setting pyramid.includes."""

from collections.abc import Callable
from typing import Any

from pyramid.viewderivers import VIEW

REACHED: list[Any] = []


def includeme(config: Any) -> None:
    """Add the deriver innermost, so that only a view that really ran is noted."""
    config.add_view_deriver(note, under="decorated_view", over=VIEW)


def note(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """Note the view that is about to run."""

    def deriver(context: Any, request: Any) -> Any:
        REACHED.append(info.original_view)
        return view(context, request)

    return deriver

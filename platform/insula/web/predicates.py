"""The view predicate that tells the HTML door from the JSON door, for views that answer errors of either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.exceptions import ConfigurationError

if TYPE_CHECKING:
    from pyramid.request import Request


def door_of(request: Request) -> str:
    """Return `json` for what lies under /api, else `html`."""
    # The raw path is looked at, because a path that is not UTF-8 has an error page too.
    path = request.environ.get("PATH_INFO", "")
    return "json" if path == "/api" or path.startswith("/api/") else "html"


class DoorPredicate:
    """`door="html"` or `door="json"` on a view."""

    def __init__(self, value: str, config: Any) -> None:  # Pyramid hands its own info object
        if value not in ("html", "json"):
            message = f'door={value!r}: it is "html" or "json"'
            raise ConfigurationError(message)
        self.value = value

    def text(self) -> str:
        """Return the predicate as `pviews` shows it."""
        return f"door = {self.value}"

    phash = text

    def __call__(self, context: object, request: Request) -> bool:
        """Say whether the request came by this door."""
        return door_of(request) == self.value

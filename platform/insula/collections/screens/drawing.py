"""What the screens of collections share: drawing with a status, registering, reading a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyramid.renderers import render_to_response

from insula.kit.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyramid.config import Configurator
    from pyramid.response import Response

READ: Final = ("GET", "HEAD")


def register(config: Configurator, screens: Iterable[tuple[Any, type, str, Any, str]]) -> None:
    """Register screens: view, context, name, methods, permission."""
    for view, context, name, method, permission in screens:
        config.add_view(view, context=context, name=name, request_method=method, permission=permission)


def screen(request: Any, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
    """Draw a screen that nobody keeps."""
    response = render_to_response(
        f"insula.collections:screens/templates/{template}.jinja2", dict(values), request=request
    )
    response.status_int = status
    response.headers["Cache-Control"] = "private, no-store"
    return response


def version_of(request: Any, name: str = "version") -> int:
    """Return the version that a form was drawn of; raises Malformed where it does not say."""
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):  # no version is longer
        raise Malformed("The form does not say which version it changes. Reload the page and send it again.")
    return int(text)

"""What every form needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup
from pyramid.csrf import get_csrf_token

if TYPE_CHECKING:
    from pyramid.request import Request


def csrf_field(request: Request) -> Markup:
    """Return the hidden input that carries the CSRF token."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(get_csrf_token(request))

"""Whether whoever asks may do something with at least one thing of a kind, whatever it is like."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from sqlalchemy import literal_column

from insula.security.interfaces import Attribute, RowShape
from insula.security.interfaces.rows import NO_ROW

_OPEN: Any = literal_column("open")
_UNREAD = Attribute("", None)


class _Anything(dict[str, Attribute]):
    """Attributes of which nothing is known."""

    def __contains__(self, name: object) -> bool:
        return True

    def get(self, name: str, default: Any = None) -> Any:
        return _UNREAD


def could(request: Request, permission: str, above: object, kind: str) -> bool:
    """Return False where the policy refuses it for every thing of this kind below a resource."""
    shape = RowShape("sqlite", kind, _OPEN, _Anything(), within=lambda _: _OPEN == "this", key="could")
    return request.row_filter(permission, above, shape).where is not NO_ROW

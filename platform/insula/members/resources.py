"""The branch `/account`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from insula.security.interfaces import require_identity
from insula.tree.interfaces import Node, PolicyEntity

if TYPE_CHECKING:
    from pyramid.request import Request

SIGN_IN: Final = "/account/@@sign-in"
OWN: Final = "/account"
_OPEN: Final = frozenset({"sign-in", "forgot", "reset", "invitation", "confirm"})


class AccountArea(Node):
    """One's own account; a visitor gets no further than what one needs before one can sign in."""

    asks_to_sign_in = True

    def __init__(self, request: Request, parent: Any, name: str) -> None:
        super().__init__(request, parent, name)
        # Asked before any name is looked up, so that all names look alike to a visitor.
        if _second_segment(request).removeprefix("@@") not in _OPEN:
            require_identity(request)

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)

    def policy_entity(self) -> PolicyEntity:
        """Return the area, which default rules open to every account."""
        return PolicyEntity("Area", "account")


def _second_segment(request: Request) -> str:
    segments = [segment for segment in request.path_info.split("/") if segment]
    return segments[1] if len(segments) == 2 else ""

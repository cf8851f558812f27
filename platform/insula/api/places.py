"""The sealed place in a list that a client carries from page to page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from insula.kit.cursors import sealer_of
from insula.security.interfaces import caller_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyramid.request import Request

_LIFETIME: Final = 24 * 3600


@dataclass(frozen=True)
class Places:
    """Places in one list, which `words` tell from every other; each is good for a day and for who asks."""

    request: Request
    words: tuple[str, ...]

    def open(self, given: Mapping[str, str]) -> dict[str, Any] | None:
        """Return the place that `after` names, None where it is left out; raises Malformed for one that is not ours."""
        token = given.get("after")
        if token is None:
            return None
        return sealer_of(self.request.registry).open(token, bound=self._bound)

    def seal(self, place: dict[str, Any] | None) -> str | None:
        """Return what `after` names this place by."""
        if place is None:
            return None
        return sealer_of(self.request.registry).seal(place, bound=self._bound, lifetime=_LIFETIME)

    @property
    def _bound(self) -> tuple[str, ...]:
        return (str(self.request.tenant_id), caller_id(self.request), *self.words)

"""The sealed place in the trail that a client carries from page to page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from insula.audit.filters import bound_of
from insula.audit.interfaces import STREAM, Search
from insula.kit.cursors import sealer_of

_LIFETIME = 24 * 3600


def after_of(request: Any, given: Mapping[str, str], search: Search) -> UUID | None:
    """Return the id in the `after` cursor; raises Malformed for one of another tenant, caller or search."""
    token = given.get("after")
    if token is None:
        return None
    return UUID(sealer_of(request.registry).open(token, bound=_bound(request, search))["id"])


def seal(request: Any, id_: UUID | None, search: Search) -> str | None:
    """Return the cursor of the next page, or None on the last one."""
    if id_ is None:
        return None
    return sealer_of(request.registry).seal(
        {"id": str(id_)}, bound=_bound(request, search), lifetime=_LIFETIME
    )


def _bound(request: Any, search: Search) -> tuple[str, ...]:
    return (str(request.tenant_id), str(request.identity.account_id), STREAM, *bound_of(search))

"""The sealed place in the trail that a client carries from page to page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from insula.audit.interfaces import MAX_LIMIT, STREAM
from insula.kit.cursors import sealer_of
from insula.kit.errors import FieldError, Malformed

_LIFETIME = 24 * 3600


def limit_of(given: Mapping[str, str], default: int) -> int:
    """Return the asked page size; raises Malformed for anything but a number in the range."""
    text = given.get("limit", str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_LIMIT):
        problem = FieldError("limit", f"A whole number from 1 to {MAX_LIMIT}.")
        raise Malformed("The parameter limit cannot be used.", errors=[problem])
    return int(text)


def after_of(request: Any, given: Mapping[str, str]) -> UUID | None:
    """Return the id in the `after` cursor; raises Malformed for one that is not of this tenant and caller."""
    token = given.get("after")
    if token is None:
        return None
    return UUID(sealer_of(request.registry).open(token, bound=_bound(request))["id"])


def seal(request: Any, id_: UUID | None) -> str | None:
    """Return the cursor of the next page, or None on the last one."""
    if id_ is None:
        return None
    return sealer_of(request.registry).seal({"id": str(id_)}, bound=_bound(request), lifetime=_LIFETIME)


def _bound(request: Any) -> tuple[str, ...]:
    return (str(request.tenant_id), str(request.identity.account_id), STREAM)

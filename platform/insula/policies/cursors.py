"""The sealed place among the decisions that a client carries from page to page, and the filter it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from insula.kit.cursors import sealer_of
from insula.kit.errors import FieldError, Malformed
from insula.security.interfaces import DECISIONS
from insula.security.permissions import ACTIONS

MAX_LIMIT = 1000
_LIFETIME = 24 * 3600
_ANSWERS = {"": None, "allow": True, "deny": False}


@dataclass(frozen=True)
class Filter:
    """Which decisions are asked for."""

    action: str = ""
    answer: str = ""

    @property
    def allowed(self) -> bool | None:
        """The answer wanted; None for both."""
        return _ANSWERS[self.answer]


def filter_of(given: Mapping[str, str]) -> Filter:
    """Return the filter of a query; raises Malformed for a value that is none."""
    wanted = Filter(given.get("action", ""), given.get("answer", ""))
    if wanted.action and wanted.action not in ACTIONS:
        raise _unusable("action", f"One of {', '.join(ACTIONS)}.")
    if wanted.answer not in _ANSWERS:
        raise _unusable("answer", "allow or deny.")
    return wanted


def after_of(request: Any, given: Mapping[str, str], wanted: Filter) -> UUID | None:
    """Return the id in the `after` cursor; raises Malformed for one of another tenant, caller or filter."""
    token = given.get("after")
    if token is None:
        return None
    return UUID(sealer_of(request.registry).open(token, bound=_bound(request, wanted))["id"])


def seal(request: Any, id_: UUID | None, wanted: Filter) -> str | None:
    """Return the cursor of the next page, or None on the last one."""
    if id_ is None:
        return None
    return sealer_of(request.registry).seal(
        {"id": str(id_)}, bound=_bound(request, wanted), lifetime=_LIFETIME
    )


def _bound(request: Any, wanted: Filter) -> tuple[str, ...]:
    return (str(request.tenant_id), str(request.identity.account_id), DECISIONS, wanted.action, wanted.answer)


def _unusable(name: str, detail: str) -> Malformed:
    return Malformed(f"The parameter {name} cannot be used.", errors=[FieldError(name, detail)])

"""The screen of the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from insula.accounts.interfaces import Accounts
from insula.audit.cursors import after_of, limit_of, seal
from insula.audit.interfaces import AuditEntry, AuditTrail
from insula.kit.json import dumps

_NOBODY = "the installation"


@dataclass(frozen=True)
class Line:
    """One entry as people read it."""

    at: datetime
    event: str
    who: str
    details: list[tuple[str, str]]


def entries(context: Any, request: Any) -> dict[str, Any]:
    """Show one page of the trail, newest first."""
    given = request.GET
    page = request.find_service(AuditTrail).page(limit=limit_of(given, 50), after=after_of(request, given))
    after = seal(request, page.after)
    names = names_of(page.entries, request.find_service(Accounts))
    return {
        "lines": [line(entry, names) for entry in page.entries],
        "older": request.resource_path(context, query={"after": after}) if after else None,
        "newest": request.resource_path(context) if "after" in given else None,
    }


def names_of(found: Iterable[AuditEntry], accounts: Accounts) -> dict[str, str]:
    """Return the names of those actors that are accounts of this tenant, by what the trail calls them."""
    names = {}
    for actor in {entry.actor for entry in found if entry.actor}:
        account_id = _uuid(actor)
        account = accounts.by_id(account_id) if account_id else None
        if account is not None:
            names[actor] = account.name
    return names


def line(entry: AuditEntry, names: Mapping[str, str]) -> Line:
    """Return an entry as people read it."""
    details = [
        (name.replace("_", " "), value if isinstance(value, str) else dumps(value).decode())
        for name, value in entry.payload.items()
    ]
    return Line(entry.at, entry.event, names.get(entry.actor or "", entry.actor or _NOBODY), details)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

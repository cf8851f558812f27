"""What of the trail is asked for: read from a query, written back into one, and matched with entries."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, time
from typing import Any

from insula.audit.interfaces import AuditEntry, Search
from insula.kit.clock import isoformat
from insula.kit.errors import FieldError, Malformed

TEXTS = ("event", "who", "thing", "address", "request_id", "find")
TIMES = {"time[gte]": "start", "time[lt]": "end"}
NAMES = (*TEXTS, *TIMES)
_LONGEST = 200


def search_of(given: Mapping[str, str]) -> Search:
    """Return what a query asks for; raises Malformed naming what cannot be used."""
    errors: list[FieldError] = []
    values: dict[str, Any] = {}
    for name in TEXTS:
        values[name] = given.get(name, "").strip()
        if len(values[name]) > _LONGEST:
            errors.append(FieldError(name, f"At most {_LONGEST} characters."))
    for name, field in TIMES.items():
        try:
            values[field] = _moment(given.get(name, "").strip())
        except ValueError:
            errors.append(
                FieldError(name, "Write a day or a time, as in 2026-03-01 or 2026-03-01T09:30:00Z.")
            )
    if "/" in values["address"] and _network(values["address"]) is None:
        errors.append(FieldError("address", "Write an address, or a network as in 192.0.2.0/24."))
    if errors:
        raise Malformed("The trail cannot be searched like this.", errors=errors)
    return Search(**values)


def query_of(search: Search) -> dict[str, str]:
    """Return the query that asks for this."""
    query = {name: getattr(search, name) for name in TEXTS if getattr(search, name)}
    for name, field in TIMES.items():
        moment = getattr(search, field)
        if moment is not None:
            query[name] = isoformat(moment)
    return query


def matches(search: Search, entry: AuditEntry, names: Mapping[str, str]) -> bool:
    """Tell whether an entry is what is asked for; `names` are those of the accounts that acted."""
    if search.event and not _is_event(search.event, entry.event):
        return False
    if search.request_id and entry.request_id != search.request_id:
        return False
    if search.who and not _is_who(search.who.casefold(), entry, names):
        return False
    if search.address and not any(_is_from(search.address, address) for address in _addresses(entry)):
        return False
    if search.thing and search.thing.casefold() not in {value.casefold() for value in _values(entry.payload)}:
        return False
    return not search.find or search.find.casefold() in entry.text.casefold()


def is_empty(search: Search) -> bool:
    """Tell whether nothing but the time is asked for."""
    return not any(getattr(search, name) for name in TEXTS)


def bound_of(search: Search) -> tuple[str, ...]:
    """Return what a cursor of this search is bound to."""
    return tuple(str(getattr(search, field.name) or "") for field in fields(search))


def _is_event(wanted: str, event: str) -> bool:
    family = wanted.removesuffix("*").removesuffix(".")
    return event == wanted or event.startswith(f"{family}.")


def _is_who(wanted: str, entry: AuditEntry, names: Mapping[str, str]) -> bool:
    actor = entry.actor or ""
    if wanted == actor.casefold():
        return True
    shown = names.get(actor, "" if _is_id(actor) else actor)
    return wanted in shown.casefold() or wanted in (entry.operator or "").casefold()


def _is_id(actor: str) -> bool:
    return len(actor) == 36 and actor.count("-") == 4


def _addresses(entry: AuditEntry) -> Iterator[str]:
    for address in (entry.address, entry.payload.get("address")):
        if isinstance(address, str) and address:
            yield address


def _is_from(wanted: str, address: str) -> bool:
    network = _network(wanted)
    try:
        return address == wanted if network is None else ipaddress.ip_address(address) in network
    except ValueError:
        return False


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _values(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _values(part)
    elif isinstance(value, list):
        for part in value:
            yield from _values(part)
    elif value is not None:
        yield str(value)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    if len(text) > 40:
        raise ValueError(text)
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    at = datetime.fromisoformat(text.replace(" ", "+"))
    if not 1 < at.year < 9999:
        raise ValueError(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

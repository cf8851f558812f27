"""The circumstances of a request, as rules see them: one typed model in which every attribute is always present."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

NEVER_SIGNED_IN: Final = 2**53
"""The age of a sign-in that never was: larger than any limit a rule may set."""

NO_ADDRESS: Final = "0.0.0.0"  # noqa: S104 -- an address that no rule allows, not one to listen on


_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Context:
    """What rules may ask of `context`."""

    ip: str = NO_ADDRESS
    """The client's address; 0.0.0.0 where it is unknown."""
    scheme: str = "none"
    """How the caller signed in: session, token, or none for a visitor."""
    mfa: bool = False
    """Whether a second factor was used."""
    elevated: bool = False
    """Whether a token was made to administer; false for everything that is no such token."""
    age: int = NEVER_SIGNED_IN
    """Seconds since the sign-in or since the token was made; 2^53 for a visitor."""
    now: datetime = _LONG_AGO
    """The time of the request."""
    method: str = "GET"
    """The HTTP method."""

    def cedar(self, names: AbstractSet[str]) -> dict[str, Any]:
        """Return the attributes of these names as the engine reads them; names that are none are left out."""
        return {name: _FORMS.get(CONTEXT_TYPES[name], _same)(getattr(self, name)) for name in names & _NAMES}


CONTEXT_TYPES: Final = {
    "ip": "ipaddr",
    "scheme": "String",
    "mfa": "Bool",
    "elevated": "Bool",
    "age": "Long",
    "now": "datetime",
    "method": "String",
}
"""The Cedar type of each attribute of the context."""

CONTEXT_NAMES: Final = tuple(item.name for item in fields(Context))

_NAMES: Final = frozenset(CONTEXT_NAMES)


def instant(moment: datetime) -> str:
    """Write a time as the engine reads it, to the millisecond."""
    return f"{moment.year:04d}{moment.strftime('-%m-%dT%H:%M:%S')}.{moment.microsecond // 1000:03d}Z"


def address(text: str | None) -> str:
    """Return a client's address in one spelling: no zone, no IPv4 in IPv6 clothes, and 0.0.0.0 for nonsense."""
    try:
        found = ip_address((text or "").split("%")[0])
    except ValueError:
        return NO_ADDRESS
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(found)


def _same(value: object) -> object:
    return value


_FORMS: Final[Mapping[str, Callable[[Any], object]]] = {
    "ipaddr": lambda text: {"__extn": {"fn": "ip", "arg": text}},
    "datetime": lambda moment: {"__extn": {"fn": "datetime", "arg": instant(moment)}},
}

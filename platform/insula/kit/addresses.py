"""Which network addresses count as one."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

UNKNOWN: Final = "unknown"
_PREFIX: Final = 64


def ip_of(address: str | None) -> IPv4Address | IPv6Address | None:
    """Return the address in one spelling, an IPv4 one that came in IPv6 as itself; None for what is no address.

    >>> ip_of("::ffff:192.0.2.1"), ip_of("fe80::1%eth0"), ip_of("nonsense")
    (IPv4Address('192.0.2.1'), IPv6Address('fe80::1'), None)
    """
    try:
        found = ip_address((address or "").split("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def one_address(address: str | IPv4Address | IPv6Address | None) -> str:
    """Return what is counted as one address: an IPv4 address, or the /64 that one customer of IPv6 has.

    >>> one_address("2001:db8::1:2:3:4"), one_address("192.0.2.1"), one_address("")
    ('2001:db8::/64', '192.0.2.1', 'unknown')
    """
    found = ip_of(address) if isinstance(address, str) else address
    if found is None:
        return UNKNOWN
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found) >> _PREFIX << _PREFIX, _PREFIX)))
    return str(found)

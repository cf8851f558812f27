"""Which address a request counts for."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from insula.kit.addresses import ip_of, one_address


@lru_cache(maxsize=8192)
def counted_as(address: str | None, exempt: str = "") -> str | None:
    """Return the address in one spelling, an IPv6 one as the /64 that one customer has; None for one that is exempt.

    >>> counted_as("2001:db8::1:2:3:4"), counted_as("::ffff:192.0.2.1"), counted_as("192.0.2.1", "192.0.2.0/24")
    ('2001:db8::/64', '192.0.2.1', None)
    """
    found = ip_of(address)
    if found is not None and any(found in network for network in _networks(exempt)):
        return None
    return one_address(found)


@lru_cache(maxsize=8)
def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(each) for each in text.split())

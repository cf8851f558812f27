"""Addresses are counted in one spelling, and customers of IPv6 by the network that one of them has."""

import pytest

from insula.limits.addresses import counted_as


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:DB8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_an_address_has_one_spelling(address, counted):
    assert counted_as(address) == counted


def test_exempt_networks_count_for_nothing_and_their_neighbours_do():
    exempt = "192.0.2.0/25 2001:db8::/32"
    assert counted_as("192.0.2.1", exempt) is None
    assert counted_as("::ffff:192.0.2.1", exempt) is None
    assert counted_as("2001:db8::1", exempt) is None
    assert counted_as("192.0.2.128", exempt) == "192.0.2.128"
    assert counted_as("2001:db9::1", exempt) == "2001:db9::/64"

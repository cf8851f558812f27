"""What counts as one address, counts as one wherever something is counted."""

import pytest

from insula.kit.addresses import one_address
from insula.limits.addresses import counted_as

ADDRESSES = [
    ("192.0.2.7", "192.0.2.7"),
    ("::ffff:192.0.2.7", "192.0.2.7"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
    ("fe80::1%eth0", "fe80::/64"),
    ("not an address", "unknown"),
    ("", "unknown"),
    (None, "unknown"),
]


@pytest.mark.parametrize(("address", "counted"), ADDRESSES)
def test_an_address_is_counted_as_what_one_subscriber_has(address, counted):
    assert one_address(address) == counted
    assert counted_as(address) == counted

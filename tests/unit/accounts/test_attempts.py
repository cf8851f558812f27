"""How long failures make one wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insula.accounts.attempts import address_block, delay_after


def delay(failures):
    return delay_after(failures, free=5, first=2, longest=900)


def test_the_first_failures_cost_nothing():
    assert [delay(n) for n in range(5)] == [0] * 5


def test_each_further_failure_doubles_the_wait_up_to_the_longest():
    assert [delay(n) for n in range(5, 16)] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


@given(st.integers(0, 10**9))
def test_the_wait_never_shrinks_and_never_exceeds_the_longest(failures):
    assert delay(failures) <= delay(failures + 1) <= 900


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("not an address", "not an address"),
    ],
)
def test_an_address_is_counted_as_what_one_subscriber_has(address, counted):
    assert address_block(address) == counted

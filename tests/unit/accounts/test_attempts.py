"""How long failures make one wait."""

from hypothesis import given
from hypothesis import strategies as st

from insula.accounts.attempts import delay_after


def delay(failures):
    return delay_after(failures, free=5, first=2, longest=900)


def test_the_first_failures_cost_nothing():
    assert [delay(n) for n in range(5)] == [0] * 5


def test_each_further_failure_doubles_the_wait_up_to_the_longest():
    assert [delay(n) for n in range(5, 16)] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


@given(st.integers(0, 10**9))
def test_the_wait_never_shrinks_and_never_exceeds_the_longest(failures):
    assert delay(failures) <= delay(failures + 1) <= 900

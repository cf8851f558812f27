"""Rests of consumers whose store is down."""

from insula.events.pauses import Pauses


def test_a_consumer_rests_longer_with_each_failure_up_to_a_bound_and_not_after_a_success():
    moment = [0.0]
    pauses = Pauses(lambda: moment[0])
    waits = [pauses.pause("records") for _ in range(8)]
    assert waits[:4] == [0.25, 0.5, 1.0, 2.0]
    assert waits[-1] == 10.0
    assert pauses.current() == {"records"}
    moment[0] = 10.1
    assert pauses.current() == frozenset()
    pauses.resume("records")
    assert pauses.pause("records") == 0.25


def test_one_resting_consumer_is_no_rest_for_another():
    pauses = Pauses(lambda: 0.0)
    pauses.pause("records")
    pauses.resume("audit")
    assert pauses.current() == {"records"}

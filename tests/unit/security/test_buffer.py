"""The buffer of decisions: bounded, fair, and honest in its figures."""

from collections import Counter
from uuid import UUID

import pytest

from insula.security.buffer import Counts, WeightedBuffer

ONE, TWO = UUID(int=1), UUID(int=2)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def buffer(clock, *, per_second=50, sampled=10, most=10_000, **options):
    return WeightedBuffer(per_second=per_second, sampled=sampled, most=most, clock=clock, **options)


def fill(kept, number, tenant=ONE):
    for item in range(number):
        kept.add(tenant, item)


def test_up_to_the_limit_of_a_second_everything_is_kept_in_its_order(clock):
    kept = buffer(clock)
    fill(kept, 50)
    assert [(each.item, each.weight) for each in kept.take()] == [(item, 1) for item in range(50)]
    assert kept.counts == Counts(50, 50, 0, 0)


def test_it_says_when_half_of_what_may_wait_does(clock):
    kept = buffer(clock, most=4)
    fill(kept, 1)
    assert not kept.half_full
    fill(kept, 1, TWO)
    assert kept.half_full
    kept.take()
    assert not kept.half_full


def test_beyond_it_a_sample_stands_for_the_rest_and_the_weights_add_up(clock):
    kept = buffer(clock)
    fill(kept, 5_003)
    taken = kept.take()
    assert len(taken) == 60
    assert sum(each.weight for each in taken) == 5_003
    assert {each.weight for each in taken[50:]} == {495, 496}
    assert kept.counts == Counts(5_003, 60, 4_943, 0)


def test_a_new_second_has_a_new_allowance(clock):
    kept = buffer(clock)
    for _ in range(3):
        fill(kept, 100)
        clock.now += 1
    taken = kept.take()
    assert len(taken) == 180
    assert sum(each.weight for each in taken) == 300


def test_writing_in_the_middle_of_a_second_gives_no_second_allowance(clock):
    kept = buffer(clock)
    taken = []
    for _ in range(10):
        fill(kept, 100)
        taken += kept.take()
    assert [each.weight for each in taken].count(1) < 70
    assert len(taken) <= 50 + 10 * 10
    assert sum(each.weight for each in taken) == 1_000


def test_one_tenant_takes_nothing_from_another(clock):
    kept = buffer(clock)
    fill(kept, 5_000, ONE)
    fill(kept, 30, TWO)
    taken = [each for each in kept.take() if each.tenant_id == TWO]
    assert [each.weight for each in taken] == [1] * 30


def test_what_does_not_fit_is_dropped_and_counted(clock):
    kept = buffer(clock, most=100)
    for tenant in range(20):
        fill(kept, 40, UUID(int=tenant))
    taken = kept.take()
    assert len(taken) == 100
    assert kept.counts == Counts(800, 100, 0, 700)
    clock.now += 1
    fill(kept, 40)
    assert len(kept.take()) == 40


def test_what_could_not_be_written_is_counted_as_dropped_with_its_weight(clock):
    kept = buffer(clock)
    fill(kept, 500)
    kept.drop([each.weight for each in kept.take()])
    assert kept.counts == Counts(500, 0, 0, 500)


def test_every_item_beyond_has_the_same_chance_to_be_in_the_sample(clock):
    found = Counter()
    for _ in range(2_000):
        kept = buffer(clock, per_second=1, sampled=2)
        fill(kept, 9)
        found.update(each.item for each in kept.take()[1:])
    assert set(found) == set(range(1, 9))
    assert all(400 < times < 600 for times in found.values())


def test_seconds_that_are_over_are_forgotten(clock):
    kept = buffer(clock)
    for tenant in range(50):
        fill(kept, 1, UUID(int=tenant))
    clock.now += 5
    kept.take()
    assert not kept._seconds


def test_items_of_one_kind_never_stand_for_those_of_another(clock):
    kept = buffer(clock, per_second=1, sampled=2)
    for number in range(101):
        kept.add(ONE, "no" if number % 4 else "yes", number % 4 > 0)
    weights = Counter()
    for waiting in kept.take():
        weights[waiting.item] += waiting.weight
    assert weights == {"no": 75, "yes": 26}

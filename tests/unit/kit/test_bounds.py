"""Bounds: narrowed from the outermost inwards, and what they make of values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from insula.kit.bounds import Bound, narrowed

NUMBERS = st.integers(0, 12)
WORDS = st.sampled_from(["a", "b", "c"])


@st.composite
def ranges(draw):
    low, high = sorted((draw(NUMBERS), draw(NUMBERS)))
    return Bound(at_least=draw(st.sampled_from([low, None])), at_most=draw(st.sampled_from([high, None])))


CHOICES = st.lists(NUMBERS, min_size=1, max_size=4).map(lambda some: Bound(one_of=tuple(some)))
LAYERS = st.lists(st.tuples(st.sampled_from(["installation", "plan"]), ranges() | CHOICES), max_size=4)


def allows(bound, value):
    if bound.one_of is not None:
        return value in bound.one_of
    return (bound.at_least is None or value >= bound.at_least) and (
        bound.at_most is None or value <= bound.at_most
    )


@settings(max_examples=200, deadline=None)
@given(LAYERS, NUMBERS, NUMBERS)
def test_a_clamped_number_lies_within_every_bound_that_can_be_kept_and_always_in_the_outermost(
    layers, value, default
):
    limit = narrowed(layers)
    clamped = limit.clamped(value, default)
    bounds = [bound for _, bound in layers]
    possible = [number for number in range(13) if all(allows(bound, number) for bound in bounds)]
    if possible:
        assert clamped in possible
    if bounds:
        assert allows(bounds[0], clamped)
    assert limit.clamped(clamped, default) == clamped
    assert (limit.refusal(value) is None) == (clamped == value)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(WORDS, min_size=1, unique=True).map(lambda some: Bound(one_of=tuple(some))), max_size=3
    ),
    st.lists(WORDS, max_size=4),
    st.booleans(),
)
def test_a_clamped_list_holds_only_what_is_allowed_and_nothing_that_was_not_asked_for(
    bounds, value, empty_is_all
):
    limit = narrowed((("plan", bound) for bound in bounds), empty_is_all=empty_is_all)
    clamped = limit.clamped(value)
    assert limit.clamped(clamped) == clamped
    assert (limit.refusal(value) is None) == (clamped == value)
    if not bounds:
        assert clamped == value
    else:
        allowed = [one for one in value if one in limit.bound.one_of]
        # An empty list that means "all" would be everything; one that means "none" is always within.
        assert clamped == (allowed or (list(limit.bound.one_of) if empty_is_all else []))
        assert all(one in bounds[0].one_of for one in clamped)


def test_each_side_says_who_sets_it():
    limit = narrowed(
        [
            ("installation", Bound(at_most=43_200)),
            ("plan", Bound(at_least=60)),
            ("plan", Bound(at_most=28_800)),
        ]
    )
    assert limit.words() == ("At least 60, set by your plan.", "At most 28,800, set by your plan.")
    assert limit.refusal(30_000) == "At most 28,800, set by your plan."
    assert limit.refusal(59) == "At least 60, set by your plan."
    assert limit.refusal(60) is None


def test_a_looser_plan_leaves_the_installations_bound():
    limit = narrowed([("installation", Bound(at_most=10)), ("plan", Bound(at_most=20))])
    assert limit.words() == ("At most 10, set by the installation.",)


def test_bounds_that_contradict_leave_the_outer_one():
    limit = narrowed([("installation", Bound(one_of=("a",))), ("plan", Bound(one_of=("b",)))])
    assert limit.words() == ("Only a, set by the installation.",)
    limit = narrowed([("installation", Bound(at_most=5)), ("plan", Bound(at_least=9))])
    assert limit.clamped(1) == 5


def test_null_is_a_number_without_limit():
    limit = narrowed([("plan", Bound(at_most=5))])
    assert limit.clamped(None) == 5
    assert limit.refusal(None) == "At most 5, set by your plan."
    assert narrowed([("plan", Bound(at_least=5))]).clamped(None) is None


def test_a_switch_is_fixed_by_one_value_and_is_no_number():
    limit = narrowed([("plan", Bound(one_of=(True,)))])
    assert limit.clamped(False, False) is True
    assert limit.clamped(1) is True
    assert limit.words() == ("Always on, set by your plan.",)


def test_a_text_outside_goes_to_the_default_where_that_is_allowed():
    limit = narrowed([("plan", Bound(one_of=("never", "on request")))])
    assert limit.clamped("always", "on request") == "on request"
    assert limit.clamped("always", "always") == "never"
    assert limit.refusal("always") == "Only never, on request, set by your plan."


@pytest.mark.parametrize(
    "given_",
    [
        {"at_least": 2, "at_most": 1},
        {"one_of": []},
        {"one_of": [1], "at_most": 2},
        {"at_most": "5"},
        {"at_most": True},
        {"at_most": float("inf")},
        {"most": 1},
    ],
)
def test_a_bound_that_cannot_be_is_refused(given_):
    with pytest.raises(ValidationError):
        Bound.model_validate(given_)

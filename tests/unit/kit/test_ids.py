"""UUIDv7 ids carry their time and sort by it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insula.kit.ids import is_uuid7, millis_of, uuid7, uuid7_at


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_an_id_carries_its_time_and_version(ms: int, tail: bytes) -> None:
    made = uuid7_at(ms, tail)
    assert millis_of(made) == ms
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert is_uuid7(made)


@given(st.integers(0, 2**48 - 2), st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_a_later_id_sorts_after_an_earlier_one(ms: int, one: bytes, two: bytes) -> None:
    assert uuid7_at(ms, one) < uuid7_at(ms + 1, two)


def test_ids_of_one_moment_differ() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert len({uuid7(at) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("ms", [-1, 2**48])
def test_a_time_that_does_not_fit_is_refused(ms: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        uuid7_at(ms, bytes(10))

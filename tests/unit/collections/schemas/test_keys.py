"""Keys sort as the values do that they stand for, alone and side by side."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from insula.collections.interfaces.schemas import FieldDocument
from insula.collections.schemas.fields import CheckedField
from insula.collections.schemas.keys import CLOSE, LONGEST, PAST, joined, key_of, keys_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=LONGEST)
FIELDS: dict[str, tuple[FieldDocument, Any, Any]] = {
    "text": (FieldDocument(name="one", type="text"), TEXTS, str),
    "integer": (FieldDocument(name="one", type="integer"), st.integers(-(2**63), 2**63 - 1), int),
    "decimal": (
        FieldDocument(name="one", type="decimal", scale=3),
        st.decimals(-(10**30), 10**30, places=3),
        Decimal,
    ),
    "boolean": (FieldDocument(name="one", type="boolean"), st.booleans(), bool),
    "datetime": (
        FieldDocument(name="one", type="datetime"),
        st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  # bounds have no zone
            lambda moment: moment.isoformat(timespec="milliseconds")
        ),
        datetime.fromisoformat,
    ),
    "date": (FieldDocument(name="one", type="date"), st.dates().map(str), str),
    "time": (FieldDocument(name="one", type="time"), st.times().map(lambda hour: f"{hour:%H:%M:%S}"), str),
}


@pytest.mark.parametrize("kind", FIELDS)
@given(data=st.data())
def test_keys_sort_as_values(kind: str, data: st.DataObject) -> None:
    """And no value comes before every value."""
    field, values, meant = FIELDS[kind]
    checked = CheckedField(field)
    one, two = (checked.read(data.draw(values)) for _ in range(2))
    assert (key_of(field, one) < key_of(field, two)) == (meant(one) < meant(two))
    assert (key_of(field, one) == key_of(field, two)) == (meant(one) == meant(two))
    assert key_of(field, None) < key_of(field, one)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
@example("a", "b", "a\x01", "")
@example("a\x01", "", "a\x02", "")
@example("a\x02", "", "a\x03", "")
@example("", "a", "\x01", "")
def test_keys_side_by_side_sort_as_pairs(one: str, two: str, three: str, four: str) -> None:
    """And those that begin alike are one range."""
    field = FieldDocument(name="one", type="text")
    pair, other = [key_of(field, one), key_of(field, two)], [key_of(field, three), key_of(field, four)]
    assert (joined(pair) < joined(other)) == ((one, two) < (three, four))
    low = joined(pair[:1])
    within = low <= joined(other) < low.removesuffix(CLOSE) + PAST
    assert within == (one == three)


def test_a_list_has_a_key_for_each_item() -> None:
    """And one for no value where it is empty."""
    tags = FieldDocument(name="tags", type="list", items="text")
    assert keys_of([tags], {"tags": ["a", "b"]}) == ("1a", "1b")
    assert keys_of([tags], {"tags": []}) == keys_of([tags], {}) == ("0",)

"""Every list reads its limit alike."""

import pytest

from insula.api.queries import limit_of
from insula.kit.errors import Malformed


def test_a_limit_is_a_whole_number_within_its_bounds() -> None:
    assert limit_of({}, default=50, most=200) == 50
    assert [limit_of({"limit": text}, default=50, most=200) for text in ("1", "007", "200")] == [1, 7, 200]


@pytest.mark.parametrize("text", ["0", "201", "-1", "1e2", "1.0", " 1", "٣", "²", "", "9" * 100_000])
def test_anything_else_is_told_with_the_bounds(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        limit_of({"limit": text}, default=50, most=200)
    assert [(error.path, error.detail) for error in caught.value.errors] == [
        ("limit", "Use a whole number from 1 to 200.")
    ]

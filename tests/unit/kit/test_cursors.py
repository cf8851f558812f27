"""A sealed cursor opens only where, for whom and while it is valid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insula.kit.cursors import Sealer
from insula.kit.errors import Malformed

SEALER = Sealer(b"a secret")
BOUND = ("tenant", "principal", "stream")


def test_what_was_sealed_comes_back() -> None:
    token = SEALER.seal({"after": "x"}, bound=BOUND, lifetime=60)
    assert SEALER.open(token, bound=BOUND) == {"after": "x"}


@given(st.data())
def test_a_flipped_cursor_is_refused(data: st.DataObject) -> None:
    token = SEALER.seal({"after": "x"}, bound=BOUND, lifetime=60)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != token[place]))
    with pytest.raises(Malformed):
        SEALER.open(token[:place] + other + token[place + 1 :], bound=BOUND)


@given(st.integers(0, 40))
def test_a_cut_cursor_is_refused(length: int) -> None:
    token = SEALER.seal({"after": "x"}, bound=BOUND, lifetime=60)
    with pytest.raises(Malformed):
        SEALER.open(token[:length], bound=BOUND)


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        SEALER.open(text, bound=BOUND)


@pytest.mark.parametrize(
    "bound", [("other", "principal", "stream"), ("tenant", "principal"), ("tenantp", "rincipal", "stream")]
)
def test_a_cursor_of_another_place_is_refused(bound: tuple[str, ...]) -> None:
    token = SEALER.seal({"after": "x"}, bound=BOUND, lifetime=60)
    with pytest.raises(Malformed):
        SEALER.open(token, bound=bound)


def test_an_expired_cursor_says_so() -> None:
    token = SEALER.seal({"after": "x"}, bound=BOUND, lifetime=-1)
    with pytest.raises(Malformed, match="expired"):
        SEALER.open(token, bound=BOUND)


def test_another_installation_cannot_open_it() -> None:
    token = SEALER.seal({"after": "x"}, bound=BOUND, lifetime=60)
    with pytest.raises(Malformed):
        Sealer(b"another secret").open(token, bound=BOUND)

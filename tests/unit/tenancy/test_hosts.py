"""Host names are normalised, and refused unless they can only mean one thing."""

import pytest

from insula.kit.errors import Invalid
from insula.tenancy.hosts import checked, from_header
from insula.tenancy.interfaces import BadHost
from tests.hostile_hosts import HOSTILE


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_host_header_is_refused(name: str) -> None:
    with pytest.raises(BadHost):
        from_header(HOSTILE[name].format(host="one.localhost"))


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("one.localhost", "one.localhost"),
        ("ONE.LocalHost:6543", "one.localhost"),
        ("xn--bcher-kva.example:443", "xn--bcher-kva.example"),
        ("a", "a"),
        ("127.0.0.1:80", "127.0.0.1"),
    ],
)
def test_an_honest_host_header_is_normalised(given: str, host: str) -> None:
    assert from_header(given) == host


def test_a_missing_host_header_is_refused() -> None:
    with pytest.raises(BadHost):
        from_header(None)


@pytest.mark.parametrize(
    "given", ["", "a b", "*.example.com", "exa_mple.com", "127.0.0.1", "http://x", "a" * 300]
)
def test_a_host_that_cannot_be_is_refused_with_what_was_given(given: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked(given)
    assert refusal.value.errors[0].path == "host"


@pytest.mark.parametrize(
    ("given", "host"), [("Bücher.example", "xn--bcher-kva.example"), (" WWW.x.org. ", "www.x.org")]
)
def test_a_host_somebody_typed_is_normalised(given: str, host: str) -> None:
    assert checked(given) == host

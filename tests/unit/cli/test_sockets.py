"""Addresses that `--listen` takes and refuses."""

import click
import pytest

from insula.cli.sockets import close, listen, parse_address, url_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("[::1]:8080", ("::1", 8080)),
        ("*:1", ("", 1)),
        ("host:0", ("host", 0)),
    ],
)
def test_an_address_is_a_host_and_a_port(text, expected):
    assert parse_address(text) == expected


@pytest.mark.parametrize("text", ["", "host", "host:", "host:x", "host:65536", "host:-1", "host:٣"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(click.ClickException, match="HOST:PORT"):
        parse_address(text)


def test_a_listening_socket_tells_its_url():
    sockets = listen(["127.0.0.1:0"], 5)
    try:
        assert url_of(sockets[0]) == f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    finally:
        close(sockets)

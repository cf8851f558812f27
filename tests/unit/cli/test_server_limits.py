"""What a server takes from a connection, over raw sockets."""

import os
import socket
import threading
import time

import pytest

from insula.cli.installation import LIMITS, server_settings
from insula.cli.server import Server
from insula.cli.slow import HeaderDeadline

SMALL = {"max_request_header_size": "2000", "max_request_body_size": "3000"}


def application(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def port(request):
    listener = socket.create_server(("127.0.0.1", 0))
    settings = {**LIMITS, **SMALL, **getattr(request, "param", {})}
    server = Server(application, [listener], settings, HeaderDeadline(1.5))
    thread = threading.Thread(target=server.run, args=(os.getppid(), 0.1))
    thread.start()
    yield listener.getsockname()[1]
    server.stop()
    thread.join(15)


def ask(port, message):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(message)
        received = b""
        try:
            while part := connection.recv(65536):
                received += part
        except ConnectionResetError:
            pass
    return received


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer else None


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (b"X: " + b"a" * 1000, b"", 200),
        (b"X: " + b"a" * 3000, b"", 431),
        (b"X: 1\r\n" * 1000, b"", 431),
        (b"Content-Length: 2000", b"a" * 2000, 200),
        (b"Content-Length: 3001", b"a" * 3001, 413),
        (b"Content-Length: 999999999999", b"", 413),
        (b"Transfer-Encoding: chunked", b"7d0\r\n" + b"a" * 2000 + b"\r\n0\r\n\r\n", 200),
        (b"Transfer-Encoding: chunked", b"fa0\r\n" + b"a" * 4000 + b"\r\n0\r\n\r\n", 413),
    ],
    ids=["head", "huge head", "many headers", "body", "huge body", "claimed", "chunked", "huge chunked"],
)
def test_what_is_too_large_is_refused_and_what_is_not_passes(port, head, body, expected):
    message = b"POST / HTTP/1.1\r\nHost: one\r\nConnection: close\r\n" + head.strip() + b"\r\n\r\n" + body
    assert status(ask(port, message)) == expected


def drip(port, before, each, seconds):
    """Send a byte every now and then; return after how many seconds the server hung up, or None."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=0.2) as connection:
        connection.sendall(before)
        while time.monotonic() - started < seconds:
            try:
                connection.sendall(each)
                if connection.recv(100) == b"":
                    return time.monotonic() - started
            except TimeoutError:
                continue
            except OSError:
                return time.monotonic() - started
    return None


def test_a_head_that_drips_in_is_hung_up_on_and_a_body_that_does_is_not(port):
    assert drip(port, b"GET / HTTP/1.1\r\nHost: one\r\nX: ", b"a", 8) is not None
    assert drip(port, b"POST / HTTP/1.1\r\nHost: one\r\nContent-Length: 900\r\n\r\n", b"a", 4) is None


@pytest.mark.parametrize("port", [{"channel_timeout": "1", "cleanup_interval": "1"}], indirect=True)
def test_a_connection_that_is_silent_is_closed(port):
    with socket.create_connection(("127.0.0.1", port), timeout=8) as connection:
        assert connection.recv(1) == b""


def test_the_limits_hold_where_the_ini_says_nothing_and_the_ini_may_say_more(tmp_path):
    ini = tmp_path / "own.ini"
    ini.write_text("[server:main]\nuse = egg:waitress#main\nmax_request_body_size = 5\n")
    assert server_settings(str(ini), {}) == {**LIMITS, "max_request_body_size": "5"}

"""Listening sockets that several processes share."""

import socket
from collections.abc import Sequence

import click


def parse_address(text: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`, `[IPV6]:PORT` or `*:PORT`."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise click.ClickException(f"--listen takes HOST:PORT, and {text!r} is not of that form.")
    host = host.removeprefix("[").removesuffix("]")
    return ("" if host == "*" else host), int(port)


def listen(addresses: Sequence[str], backlog: int) -> list[socket.socket]:
    """Return one bound and listening socket per address, or say which address is taken."""
    opened: list[socket.socket] = []
    for text in addresses:
        host, port = parse_address(text)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        opened_socket = socket.socket(family, socket.SOCK_STREAM)
        opened.append(opened_socket)
        opened_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened_socket.bind((host, port))
        except OSError as error:
            close(opened)
            raise click.ClickException(
                f"Cannot listen on {text}: {error.strerror}. Is another server running there?"
            ) from error
        opened_socket.listen(backlog)
    return opened


def close(sockets: Sequence[socket.socket]) -> None:
    """Close this process's hold on the sockets."""
    for each in sockets:
        each.close()


def url_of(listening: socket.socket) -> str:
    """Return the address of a listening socket as a browser would open it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

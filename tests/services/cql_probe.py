"""Asks a node whether it answers CQL, without the driver: a few frames of protocol version 4."""

import socket
import struct

_STARTUP, _READY, _QUERY, _RESULT = 1, 2, 7, 8
_ONE = 1
_ASK = "SELECT host_id FROM system.local"


def answers_cql(host: str, port: int) -> bool:
    """Return whether a node answers a query there."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.settimeout(12)
            opened, _ = _call(
                connection, _STARTUP, struct.pack(">H", 1) + _text("CQL_VERSION") + _text("3.0.0")
            )
            if opened != _READY:
                return False
            query = _ASK.encode()
            told = struct.pack(">i", len(query)) + query + struct.pack(">HB", _ONE, 0)
            return _call(connection, _QUERY, told)[0] == _RESULT
    except OSError:
        return False


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack(">H", len(data)) + data


def _call(connection: socket.socket, operation: int, body: bytes) -> tuple[int, bytes]:
    connection.sendall(struct.pack(">BBhBi", 4, 0, 0, operation, len(body)) + body)
    _, _, _, answer, length = struct.unpack(">BBhBi", _receive(connection, 9))
    return answer, _receive(connection, length)


def _receive(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = connection.recv(length - len(data))
        if not more:
            raise OSError("the node closed the connection")
        data += more
    return data

"""What Waitress would read in one way and a proxy before it perhaps in another is refused, and the connection closed.

Two servers that disagree on where a message ends can be made to see a message inside of another (RFC 9112, 11.2).
"""

from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError

_VERSIONS = frozenset({"1.0", "1.1"})


class StrictParser(HTTPRequestParser):
    """Reads requests whose length and host can be read in one way only."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head of a request; raises ParsingError, which answers 400 and hangs up."""
        super().parse_header(header_plus)
        headers: dict[str, Any] = self.headers
        if self.version not in _VERSIONS:
            raise ParsingError("Only HTTP/1.0 and HTTP/1.1 are spoken here")
        if self.chunked and "CONTENT_LENGTH" in headers:
            raise ParsingError("Both Content-Length and Transfer-Encoding are given")
        if "TRANSFER_ENCODING" in headers:
            # Left there where the version knows none.
            raise ParsingError("HTTP/1.0 has no Transfer-Encoding")
        if self.proxy_netloc and self.proxy_netloc.lower() != headers.get("HOST", "").lower():
            raise ParsingError("The target names another host than the header Host")


class StrictChannel(HTTPChannel):
    """A connection that is read strictly."""

    parser_class = StrictParser

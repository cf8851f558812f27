"""Host names: normalised, and refused unless they can only mean one thing."""

import ipaddress
import re

from insula.kit.errors import FieldError, Invalid
from insula.tenancy.interfaces import BadHost

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"^{_LABEL}(?:\.{_LABEL})*\Z")
_PORT = re.compile(r"^[0-9]{1,5}\Z")
_LONGEST = 253


def from_header(value: str | None) -> str:
    """Return the lower-case host of a Host header without its port; raises BadHost for anything doubtful."""
    if not value:
        raise BadHost("Send a Host header.")
    host, separator, port = value.partition(":")
    if separator and not (_PORT.match(port) and 0 < int(port) < 65536):
        raise BadHost("The port in the Host header is not a port number.")
    host = host.lower()
    if len(host) > _LONGEST or not _HOST.match(host):
        raise BadHost("The Host header is not a host name. International names are sent as xn--….")
    return host


def checked(value: str) -> str:
    """Return a host name an administrator gave, normalised; raises Invalid with the remedy."""
    name = value.strip().rstrip(".").lower()
    try:
        name = name.encode("idna").decode() if not name.isascii() else name
    except UnicodeError:
        name = ""
    if len(name) > _LONGEST or not _HOST.match(name):
        raise Invalid(
            errors=[FieldError("host", f"Use a host name such as www.example.com. You gave '{value}'.")]
        )
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    raise Invalid(errors=[FieldError("host", f"Use a name, not the address {name}.")])

"""A real mail server in this process, and installations that send to it."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from insula.kit.clock import now
from tests.installations import Installation, build
from tests.services.ports import free_ports

USER, PASSWORD = "insula", "a password of the mail server in tests"


@dataclass
class Server:
    """What the mail server was told, and what it answers next."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    signed_in: list[bool] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    at_recipient: list[str] = field(default_factory=list)
    at_data: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take a recipient, or answer what is next."""
        if self.at_recipient:
            return self.at_recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd names it
        """Take a letter, or answer what is next."""
        if self.at_data:
            return self.at_data.pop(0)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.SMTP))
        self.recipients += envelope.rcpt_tos
        self.signed_in.append(session.authenticated)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


@contextmanager
def serving(**options: Any) -> Iterator[Server]:
    """Run a mail server on a port of its own."""
    (port,) = free_ports(1)
    handler = Server(port)
    controller = Controller(handler, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


@pytest.fixture
def server() -> Iterator[Server]:
    """A mail server without protection."""
    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody else has signed, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of a test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(hours=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("mail") / "mail.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@pytest.fixture
def guarded(certificate: Path) -> Iterator[Server]:
    """A mail server that takes letters only after STARTTLS and a password."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        good = isinstance(given, LoginPassword) and (given.login, given.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        return AuthResult(success=good, handled=False)

    with serving(
        tls_context=context, require_starttls=True, auth_required=True, authenticator=authenticate
    ) as running:
        yield running


@pytest.fixture
def sending(installation: Installation) -> Iterator[Callable[..., Installation]]:
    """Return the same installation, with a mail server at this port."""
    made: list[Installation] = []
    # What earlier tests left waiting would reach the mail server of this one.
    installation.drain()

    def over(port: int, **settings: str) -> Installation:
        own = {
            "insula.mail.backend": "smtp",
            "insula.mail.host": "127.0.0.1",
            "insula.mail.port": str(port),
            "insula.mail.tls": "none",
            "insula.mail.from_address": "insula@example.org",
            "insula.mail.timeout": "5",
            "insula.events.retry_seconds": "0.01",
            "insula.events.retry_max_seconds": "0.01",
            "insula.events.max_attempts": "4",
        }
        made.append(build(installation.kind, {**installation.settings, **own, **settings}))
        return made[-1]

    yield over
    for each in made:
        each.close()

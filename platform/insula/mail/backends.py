"""Who takes a letter: a mail server, the catcher, or nobody."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from insula.kit.clock import now
from insula.kit.errors import Conflict, Unavailable
from insula.kit.ids import uuid7
from insula.kit.settings import settings_of
from insula.mail.messages import checked_address, message
from insula.mail.settings import MailSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

_PERMANENT: Final = range(500, 600)
NOBODY: Final = "This installation sends no mail: insula.mail.backend is none."


class Bounced(Exception):
    """The letter is refused for good; `code` is the mail server's answer."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Deferred(Exception):
    """The letter was not taken this time; the message names no address."""


class SMTPBackend:
    """Hands letters to the installation's mail server, one connection a letter."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    def deliver(self, made: EmailMessage) -> None:
        """Send a message; raises Bounced, Deferred, or Unavailable where the server cannot be asked at all."""
        to = str(made["To"])
        with self._connected() as server:
            try:
                server.send_message(made)
            except smtplib.SMTPRecipientsRefused as error:
                code, text = next(iter(error.recipients.values()))
                raise _refusal(code, text, to) from None
            except smtplib.SMTPResponseException as error:
                raise _refusal(error.smtp_code, error.smtp_error, to) from None
            except smtplib.SMTPNotSupportedError:
                raise Bounced(0, "The mail server takes no such address.") from None
            except (smtplib.SMTPException, OSError) as error:
                # In the middle of a letter: another letter may fare better, so only this one waits.
                raise Deferred(f"The mail server went away: {type(error).__name__}.") from None

    def greet(self) -> None:
        """Connect and sign in; raises Unavailable."""
        with self._connected():
            pass

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            where = f"{self._settings.host}:{self._settings.port}"
            raise Unavailable(f"The mail server at {where} cannot be used: {_plain(error)}") from error
        try:
            yield server
        finally:
            _leave(server)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        own_name = settings.from_address.partition("@")[2]
        trust = ssl.create_default_context(cafile=settings.ca_file) if settings.tls != "none" else None
        if settings.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, own_name, timeout=settings.timeout, context=trust
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, own_name, timeout=settings.timeout)
        try:
            if settings.tls == "starttls":
                server.starttls(context=trust)
            if settings.user:
                server.login(settings.user, settings.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server


class Catcher:
    """Sends nothing; the letters stay where people of this machine can read them."""

    def deliver(self, made: EmailMessage) -> None:
        """Take any letter."""

    def greet(self) -> None:
        """Be there."""


class Nobody:
    """Refuses every letter, so that nobody waits for one."""

    def deliver(self, made: EmailMessage) -> None:
        """Refuse the letter."""
        raise Bounced(0, NOBODY)

    def greet(self) -> None:
        """Be there: an installation without mail is whole."""


def backend_of(registry: Any) -> SMTPBackend | Catcher | Nobody:
    """Return what takes the letters of this installation."""
    settings = settings_of(registry, MailSettings)
    if settings.backend == "smtp":
        return SMTPBackend(settings)
    return Catcher() if settings.backend == "catcher" else Nobody()


class OwnPostbox:
    """The installation's way to its mail server, as its settings say."""

    def __init__(self, settings: MailSettings, backend: SMTPBackend | Catcher | Nobody) -> None:
        self._settings = settings
        self._backend = backend

    @property
    def catches(self) -> bool:
        """Whether letters are kept to be read here instead of being sent."""
        return self._settings.backend == "catcher"

    def test(self, to: str) -> str:
        """Send a letter now, past the queue, and say what became of it."""
        made = message(
            letter_id=uuid7(),
            at=now(),
            sender=self._settings.from_address,
            title="Insula",
            to=checked_address(to),
            subject="A test of this installation's mail",
            text="This installation can send mail. Nothing else is to be done.\n",
        )
        try:
            self._backend.deliver(made)
        except Bounced as error:
            raise Conflict(error.reason) from None
        except Deferred as error:
            raise Unavailable(str(error)) from None
        if self.catches:
            return "The catcher would have kept it: insula.mail.backend is catcher, so nothing was sent."
        return f"{self._settings.host}:{self._settings.port} has taken it."


def postbox_factory(context: Any, request: Any) -> OwnPostbox:
    """Return the installation's way to its mail server."""
    return OwnPostbox(settings_of(request.registry, MailSettings), backend_of(request.registry))


def _refusal(code: int, text: bytes | str, to: str) -> Bounced | Deferred:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    said = " ".join(said.split())
    if code in _PERMANENT:
        return Bounced(code, f"{code} {said}")
    # This text ends in the log and in the outbox, where no address belongs.
    return Deferred(f"{code} {said.replace(to, 'the recipient')}")


def _plain(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        # What the server says to a wrong password may repeat the name.
        return f"{type(error).__name__} {error.smtp_code}"
    return " ".join(str(error).split()) or type(error).__name__


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        # The letter is taken or refused by now; how the server says goodbye changes nothing.
        server.close()

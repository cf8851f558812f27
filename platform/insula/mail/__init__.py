"""Mail: letters to people, written in the transaction that causes them and sent by the relay.

A letter is a row of its tenant beside the event that announces it, so that a letter exists exactly when the work that
caused it was committed. The relay hands it to the installation's mail server, at least once and always under the same
Message-ID, and what it said is erased as soon as somebody has taken it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the settings, the letters, the consumer that sends them, and the health check."""
    config.add_room_settings("mail", "insula.mail.settings.MailSettings")
    config.register_service_factory("insula.mail.services.letters_factory", "insula.mail.interfaces.Letters")
    config.register_service_factory("insula.mail.backends.postbox_factory", "insula.mail.interfaces.Postbox")
    config.add_consumer("mail", "insula.mail.consumers.send", events=("insula.mail.events.LetterQueued",))
    config.add_health_check("mail", "insula.mail.health.check")

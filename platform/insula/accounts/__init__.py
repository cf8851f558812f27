"""Accounts: the people and services one tenant knows, and what proves them.

Passwords, signed-in sessions, API tokens and roles live here as tenant-owned rows. The room answers
"whose credential is this?"; the schemes of `security` read it on every request, and the doors of
`members` (screens and commands) change it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register settings, services, default roles and the buffer of last-seen times."""
    config.add_room_settings("accounts", "insula.accounts.settings.AccountsSettings")
    for factory, promise in (
        ("insula.accounts.services.passwords_factory", "Passwords"),
        ("insula.accounts.services.accounts_factory", "Accounts"),
        ("insula.accounts.sign_ins.sign_ins_factory", "SignIns"),
        ("insula.accounts.tokens.tokens_factory", "Tokens"),
        ("insula.accounts.machines.service_accounts_factory", "ServiceAccounts"),
    ):
        config.register_service_factory(
            factory,
            f"insula.accounts.interfaces.{promise}",
        )
    config.add_event_subscriber("tenant.created", "insula.accounts.subscribers.create_default_roles")

"""Accounts: the people and services one tenant knows, and what proves them.

Passwords, signed-in sessions, API tokens and roles live here as tenant-owned rows. The room answers
"whose credential is this?"; the schemes of `security` read it on every request, and the doors of
`members` (screens and commands) change it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator

_SECTIONS = (
    ("sessions", "Signed-in sessions", "How long people stay signed in.", "Sessions"),
    ("passwords", "Passwords", "What may become a password.", "PasswordRules"),
    ("lockout", "Failed sign-ins", "How wrong passwords slow down the next attempt.", "Lockout"),
)


def includeme(config: Configurator) -> None:
    """Register settings, services, default roles and the buffer of last-seen times."""
    config.add_room_settings("accounts", "insula.accounts.settings.AccountsSettings")
    config.add_directive("add_token_scopes", "insula.accounts.scopes.add_token_scopes")
    for factory, promise in (
        ("insula.accounts.passwords.passwords_factory", "Passwords"),
        ("insula.accounts.services.accounts_factory", "Accounts"),
        ("insula.accounts.sign_ins.sign_ins_factory", "SignIns"),
        ("insula.accounts.roles.roles_factory", "Roles"),
        ("insula.accounts.groups.groups_factory", "Groups"),
        ("insula.accounts.links.links_factory", "Links"),
        ("insula.accounts.invitations.invitations_factory", "Invitations"),
        ("insula.accounts.recovery.recovery_factory", "Recovery"),
        ("insula.accounts.tokens.tokens_factory", "Tokens"),
        ("insula.accounts.machines.service_accounts_factory", "ServiceAccounts"),
    ):
        config.register_service_factory(
            factory,
            f"insula.accounts.interfaces.{promise}",
        )
    for order, (name, title, description, model) in enumerate(_SECTIONS):
        config.add_config_section(
            name,
            title=title,
            description=description,
            settings=f"insula.accounts.sections.{model}",
            limits=f"insula.accounts.sections.{name}_bounds",
            group="Sign-in",
            order=10 + order,
        )
    config.add_consumer("resets", "insula.accounts.consumers.send_reset", events=("account.reset-asked",))
    config.add_config_section(
        "tokens",
        title="API tokens",
        description="How long API tokens live.",
        settings="insula.accounts.lives.TokenLives",
        limits="insula.accounts.lives.token_bounds",
        order=40,
    )
    config.register_service_factory(
        "insula.accounts.operators.operator_accounts_factory",
        "insula.accounts.interfaces.operators.OperatorAccounts",
    )
    config.add_event_subscriber("tenant.created", "insula.accounts.subscribers.create_default_roles")

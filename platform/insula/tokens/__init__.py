"""Tokens: the doors to API tokens and service accounts, in the administration, the API and the command line.

What a token is, where it is kept and whether it holds belongs to `accounts` and `security`. Here people and machines
make tokens, see what becomes of them, let others take their place and revoke them; and here a tenant looks after
the service accounts that programs use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Add the panels, the branches of the API and the commands."""
    config.add_admin_panel(
        "tokens",
        title="API tokens",
        group="Access",
        order=60,
        factory="insula.tokens.resources.TokensPanel",
        description="What lets programs in: made, renewed and revoked here.",
        summary="insula.tokens.admin.tokens.summary",
    )
    config.add_admin_panel(
        "services",
        title="Service accounts",
        group="Access",
        order=61,
        factory="insula.tokens.resources.ServicesPanel",
        description="The accounts of programs, with their roles and tokens.",
        summary="insula.tokens.admin.services.summary",
    )
    for code, text in (
        ("token-revoked", "The token is revoked. It is refused from the next request on."),
        ("service-made", "The service account is made. It has no token yet."),
        ("service-saved", "Saved. It holds from the next request on."),
        (
            "service-out",
            "The service account is deactivated. Its tokens are refused from the next request on.",
        ),
        ("service-in", "The service account is active. Those of its tokens that have not ended work again."),
    ):
        config.add_admin_notice(code, text)
    config.add_api_branch("tokens", "insula.tokens.resources.TokensAPI", title="API tokens")
    config.add_api_branch("services", "insula.tokens.resources.ServicesAPI", title="Service accounts")
    config.include("insula.tokens.admin")
    config.include("insula.tokens.api")
    config.add_command("token", "insula.tokens.commands.token.token")
    config.add_command("service", "insula.tokens.commands.service.service")

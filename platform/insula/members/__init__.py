"""Members: the doors of one's own account: signing in, the profile, what letters lead to, and a command.

The branch `/account` opens to everybody what one needs before one can sign in, and asks everybody
else to sign in before it looks at a name. The room keeps nothing: what it shows and changes belongs
to `accounts`, for which it writes the letters, since it knows their words and addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Hang the branch into the tree, register its screens and offer the commands."""
    config.add_branch("account", "insula.members.resources.AccountArea")
    config.add_assets("members", "insula.members:static")
    config.include("insula.members.views")
    for module in ("profile", "password", "email", "forgotten", "invited"):
        config.include(f"insula.members.{module}")
    config.register_service_factory(
        "insula.members.letters.letters_factory", "insula.accounts.interfaces.AccountLetters"
    )
    config.add_command("account", "insula.members.commands.account")

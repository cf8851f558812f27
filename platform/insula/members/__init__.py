"""Members: the doors of accounts, which are the sign-in page, one's own account, and the commands.

The branch `/account` opens `@@sign-in` to everybody and asks everybody else to sign in before it
looks at a name. The room keeps nothing; what it shows and changes belongs to `accounts`.
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
    config.include("insula.members.profile")
    config.add_command("account", "insula.members.commands.account")
    config.add_command("token", "insula.members.commands.token")

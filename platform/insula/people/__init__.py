"""People: the doors through which a tenant looks after its people, roles, groups and invitations.

The screens `/admin/people`, `/admin/groups` and `/admin/roles`, the branches of the API with the same names and
`/api/invitations`, and the commands `person`, `invitation`, `role` and `group`. The rows are those of `accounts`; here
every door asks the policy first, also about each role that is given or taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Add the panels, the branches of the API and the commands."""
    config.add_policy_names("Setting", "insula.people.names.names")
    config.include("insula.people.admin")
    config.include("insula.people.api")
    for noun in ("person", "invitation", "role", "group"):
        config.add_command(noun, f"insula.people.commands.{noun}.{noun}")

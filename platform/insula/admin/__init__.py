"""The frame of the administration: the branch `/admin`, its shell, its home, and the directive for panels.

A room that has something to administer adds a panel; navigation, breadcrumbs, the card on the home page and
the refusal of those the policy does not let in follow from that one line. The frame knows no panel by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Add the directives, the branch, the static files and the home page."""
    config.add_directive("add_admin_panel", "insula.admin.directives.add_admin_panel")
    config.add_directive("add_admin_notice", "insula.admin.directives.add_admin_notice")
    config.add_directive("add_admin_banner", "insula.admin.directives.add_admin_banner")
    config.add_request_method("insula.admin.frame.frame_of", "admin", reify=True)
    config.add_branch("admin", "insula.admin.resources.AdminRoot")
    config.add_assets("admin", "insula.admin:static")
    config.add_view_predicate("in_admin", "insula.admin.errors.InAdminPredicate")
    config.include("insula.admin.errors")
    config.include("insula.admin.views")

"""The doors of features: the screens `/admin/features`, the API `/api/features`, and `insula feature`.

Form, validation, schema and help all come from what a feature declared; nothing here knows a feature by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Add the policy type, the panel, the API branch and the command."""
    config.include("insula.settings.permissions")
    config.add_admin_panel(
        "features",
        title="Features",
        group="Settings",
        order=10,
        factory="insula.settings.resources.FeaturesPanel",
        description="What this site can do: switch it on or off and set it up.",
        summary="insula.settings.admin.summary",
    )
    config.add_admin_notice("feature-saved", "Saved. The change holds from the next request on.")
    config.add_admin_notice("feature-same", "Nothing was different, so nothing was changed.")
    config.add_api_branch("features", "insula.settings.resources.FeaturesAPI", title="Features")
    config.include("insula.settings.admin")
    config.include("insula.settings.api")
    config.add_command("feature", "insula.settings.commands.feature")

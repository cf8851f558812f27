"""The doors of features and sections: screens, API and commands of both, and what binds them.

Form, validation, schema and help all come from what a feature or section declared; nothing here knows one by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Add the policy type, the panel, the API branch and the command."""
    config.include("insula.settings.permissions")
    config.add_policy_names("Setting", "insula.settings.names.names")
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
    config.add_admin_panel(
        "security",
        title="Security",
        group="Access",
        order=40,
        factory="insula.settings.resources.SecurityPanel",
        description="Sessions, passwords, networks and other settings of security, within the limits of your plan.",
        summary="insula.settings.security_admin.summary",
    )
    config.add_admin_notice("setting-saved", "Saved. The change holds from the next request on.")
    config.add_api_branch("settings", "insula.settings.resources.SettingsAPI", title="Settings of security")
    config.include("insula.settings.security_admin")
    config.include("insula.settings.security_api")
    config.add_command("setting", "insula.settings.security_commands.setting")
    config.add_command("secrets", "insula.settings.secrets.secrets")
    config.add_api_branch("features", "insula.settings.resources.FeaturesAPI", title="Features")
    config.include("insula.settings.admin")
    config.include("insula.settings.api")
    config.include("insula.settings.rates")
    config.add_command("feature", "insula.settings.commands.feature")

"""Files of a tenant: taken in as a stream, kept by their content, served with ranges; pictures in sizes.

Rows say what a file is called and who may see it; its bytes lie in a folder of the tenant, under their hash. Rooms
above hold a file while they write down its id, and say with `add_file_uses` where files are used, so that none of
those is deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Add settings, section, types, the service and the doors."""
    config.add_room_settings("files", "insula.files.settings.FilesSettings")
    config.add_directive("add_file_uses", "insula.files.directives.add_file_uses")
    config.add_config_section(
        "files",
        title="Files",
        description="How large files may be, of which types, and how much of them is kept.",
        settings="insula.files.sections.FileLimits",
        group="Content",
        order=70,
        limits="insula.files.sections.installation_bounds",
    )
    config.include("insula.files.permissions")
    config.include("insula.files.pictures")
    config.register_service_factory("insula.files.services.files_factory", "insula.files.interfaces.Files")
    config.add_upkeep("files", "insula.files.upkeep.sweep", every=60)
    config.add_branch("files", "insula.files.resources.SiteFiles")
    config.include("insula.files.views")
    config.include("insula.files.admin")
    config.include("insula.files.api")
    config.add_command("file", "insula.files.commands.file")

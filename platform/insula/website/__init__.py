"""The feature "website": pages made of blocks, at addresses that are a tree, in one of two themes.

Its doors are the site itself, a panel of the administration and a branch of the API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Declare the feature and hang its doors."""
    config.add_feature(
        "website",
        title="Website",
        description="Pages on the tenant's own hosts, made of blocks, in a theme.",
        settings="insula.website.settings.SiteSettings",
    )
    config.include("insula.website.permissions")
    config.register_service_factory(
        "insula.website.services.pages_factory", "insula.website.interfaces.Pages"
    )
    config.set_site_frame("insula.website.frame.frame_of")

    config.add_assets("website", "insula.website:static")
    for name, title in (("harbour", "Harbour: airy and calm"), ("bay", "Bay: bold and dense")):
        config.add_theme(
            name,
            title=title,
            templates=f"insula.website:themes/{name}",
            stylesheet=f"insula.website:static/{name}.css",
        )
    # A request shows one page, so its headings are numbered by request.
    config.add_request_method("insula.website.blocks.Anchors", "anchors", reify=True)
    config.add_block(
        "heading",
        title="Heading",
        model="insula.website.blocks.Heading",
        render="insula.website.blocks.render_heading",
        varies=False,
    )
    config.add_block(
        "markdown",
        title="Markdown",
        model="insula.website.blocks.MarkdownText",
        render="insula.website.blocks.render_markdown",
        varies=False,
    )
    # What files say and who may see them has a counter of its own, so that a page with images can be known by its tag.
    config.add_block(
        "image",
        title="Image",
        model="insula.website.images.Image",
        render="insula.website.images.render_image",
        varies=False,
    )
    config.add_file_uses("insula.website.images.uses")

    config.add_branch("", "insula.website.resources.SiteRoot", feature="website")
    config.include("insula.website.views")
    config.include("insula.website.api")
    config.include("insula.website.admin")

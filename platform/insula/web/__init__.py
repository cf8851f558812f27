"""The frame for HTML: themes, blocks, style sheets and other assets, error pages, headers, and what forms need.

It knows no page and no feature; those put in what they have through its directives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Add the directives, the request methods and the error pages."""
    # A template that names what it was not given is a mistake to be found, not a gap to be shown.
    config.add_settings({"jinja2.undefined": "strict"})
    config.include("pyramid_jinja2")
    config.add_room_settings("web", "insula.web.settings.WebSettings")
    config.add_directive("add_theme", "insula.web.directives.add_theme")
    config.add_directive("add_block", "insula.web.directives.add_block")
    config.add_directive("add_stylesheet", "insula.web.directives.add_stylesheet")
    config.add_directive("add_assets", "insula.web.directives.add_assets")
    config.add_directive("add_upload_form", "insula.web.uploads.add_upload_form")
    config.add_directive("set_site_frame", "insula.web.directives.set_site_frame")
    config.add_view_predicate("door", "insula.web.predicates.DoorPredicate")
    config.add_request_method("insula.web.frames.site_frame", "site_frame", reify=True)
    config.add_request_method("insula.web.frames.render_site", "render_site")
    config.add_request_method("insula.web.addresses.canonical_url", "canonical_url")
    config.add_request_method("insula.web.forms.csrf_field", "csrf_field", property=True)
    config.add_request_method("insula.web.markdown.markdown", "markdown")
    config.add_assets("web", "insula.web:static")
    config.include("insula.web.errors")
    config.include("insula.web.views")

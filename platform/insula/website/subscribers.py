"""What the website has to say when other things change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.features.interfaces import Features
from insula.kit.errors import FieldError, Invalid
from insula.web.interfaces import themes_of

if TYPE_CHECKING:
    from insula.features.events import FeatureChanged


def theme_exists(event: FeatureChanged, work: Any) -> None:  # a request or its stand-in
    """Refuse a theme that no room of this installation has."""
    if event.feature != "website":
        return
    theme = work.find_service(Features).state("website").settings.theme
    themes = themes_of(work.registry)
    if theme not in themes:
        detail = f"There is no theme {theme!r}. There are: {', '.join(themes)}."
        raise Invalid(errors=(FieldError("settings.theme", detail),))

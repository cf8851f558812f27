"""The settings of the feature "website"."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class NavigationLink(BaseModel):
    """One entry of the navigation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str = Field(min_length=1, max_length=60, description="What visitors read.")
    path: str = Field(
        pattern=r"^/[^/\\\s][^\\\s]*$|^/$", max_length=1024, description="Where it leads, such as /about."
    )


class SiteSettings(BaseModel):
    """How a tenant's website presents itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field("", max_length=80, title="Site title", description="Empty: the tenant's own title.")
    tagline: str = Field("", max_length=160, description="One line below the title.")
    theme: str = Field(
        "harbour",
        description="The look of the site.",
        json_schema_extra={"choices": "insula.web.interfaces.theme_choices"},
    )
    navigation: list[NavigationLink] = Field(
        default_factory=list,
        max_length=12,
        description="Links in their order. Empty: the pages that have a position.",
    )
    footer: str = Field(
        "", max_length=500, title="Footer text", description="Shown at the foot of every page."
    )

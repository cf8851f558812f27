"""Sections for tests: what a room declares, as small as it can be."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from insula.features.interfaces import Bound
from insula.kit.errors import FieldError, Invalid


class Lamps(BaseModel):
    """A section with one setting of each kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minutes: int = Field(600, ge=1, le=100_000, title="Minutes", description="How long a lamp burns.")
    colour: Literal["white", "red", "green"] = Field("white", title="Colour")
    names: list[str] = Field(default_factory=list, title="Names", max_length=20)
    dimmed: bool = Field(False, title="Dimmed")
    key: SecretStr | None = Field(None, title="Key", description="Opens the lamp.")


def installation_bounds(registry: Any) -> dict[str, Bound]:
    """Return what the ini of this installation would set."""
    return {"minutes": Bound(at_most=50_000)}


def no_green(request: Any, before: Lamps, after: Lamps) -> None:
    """Refuse green where lamps are dimmed."""
    if after.dimmed and after.colour == "green" and request.tenant_id:
        raise Invalid(errors=[FieldError("settings.colour", "Dimmed lamps are not green.")])


def includeme(config: Any) -> None:
    """Declare the section and its check."""
    config.add_config_section(
        "lamps",
        title="Lamps",
        description="What shines at night.",
        settings=Lamps,
        limits=installation_bounds,
        order=90,
    )
    config.add_section_check("lamps", no_green)

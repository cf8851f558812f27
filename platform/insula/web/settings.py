"""Installation settings of the HTML frame."""

from typing import Literal

from pydantic import Field

from insula.kit.settings import RoomSettings


class WebSettings(RoomSettings):
    """How the installation is reached from outside."""

    public_scheme: Literal["http", "https"] = Field(
        "https",
        description="The scheme visitors use; with `https` every answer asks browsers to insist on it (HSTS).",
    )
    public_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="The port in public addresses, where it is not the usual one of the scheme.",
    )

"""Installation settings of the demonstration."""

from pydantic import Field

from insula.kit.settings import RoomSettings


class DemoSettings(RoomSettings):
    """Settings of the demonstration."""

    passwords: str = Field(
        "var/demo.txt", description="The file that keeps the demonstration passwords (mode 0600)."
    )

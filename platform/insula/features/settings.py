"""Installation settings of features."""

from pydantic import Field

from insula.kit.settings import RoomSettings


class FeaturesSettings(RoomSettings):
    """Settings of features."""

    cached_tenants: int = Field(
        4096, ge=1, description="For how many tenants a process remembers which features are on."
    )

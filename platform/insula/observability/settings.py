"""Installation settings of logs and health."""

from pydantic import Field, SecretStr

from insula.kit.settings import RoomSettings


class ObservabilitySettings(RoomSettings):
    """Settings of logs and health."""

    log_format: str = Field(
        "json", pattern="^(json|console)$", description="`json` for machines, `console` for people."
    )
    log_level: str = Field(
        "INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR|CRITICAL)$",
        description="The lowest level that is written: `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`.",
    )
    health_token: SecretStr | None = Field(
        None, description="With this bearer token, and then only with it, /readyz tells details."
    )
    health_details: str = Field(
        "token",
        pattern="^(loopback|token)$",
        description="Who is told details by /readyz: `token`, whoever sends `health_token`; `loopback`, also this "
        "machine while there is no such token. Behind a proxy every request may seem to come from this machine.",
    )
    health_seconds: float = Field(
        1.0, ge=0, le=60, description="Seconds for which a process answers /readyz with what it last found."
    )

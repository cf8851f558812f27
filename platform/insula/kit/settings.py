"""Installation settings: ini keys `insula.ROOM.KEY` read into one frozen pydantic model a room."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pyramid.config import Configurator
from pyramid.registry import Registry

from insula.kit.errors import ConfigurationError

_PREFIX = "insula."
_ROOMS = "insula.kit.rooms"
Model = TypeVar("Model", bound="RoomSettings")


class RoomSettings(BaseModel):
    """Base of every room's settings: frozen, and no unknown key passes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class KitSettings(RoomSettings):
    """Settings of the helpers."""

    secret: SecretStr = Field(
        min_length=32,
        description="The installation's secret; cursors, signatures and the keys of tenants are derived from it.",
    )
    former_secrets: tuple[SecretStr, ...] = Field(
        (),
        description="Secrets that `secret` took the place of, one a line: what was sealed with one still opens, "
        "until `insula secrets rotate` has sealed it anew.",
    )

    @field_validator("former_secrets", mode="before")
    @classmethod
    def _apart(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(line.strip() for line in value.splitlines() if line.strip())


def resolve(value: str) -> str:
    """Return the value itself, or what `env:NAME` or `file:/path` point at."""
    kind, _, rest = value.partition(":")
    if kind == "env":
        if rest not in os.environ:
            raise ConfigurationError(
                f"The environment variable {rest} is not set. Set it, or write the value itself."
            )
        return os.environ[rest]
    if kind == "file" and rest.startswith("/"):
        return Path(rest).read_text().strip()
    return value


def add_room_settings(config: Configurator, room: str, model: str | type[RoomSettings]) -> None:
    """Directive: read `insula.ROOM.*` of the ini into `model`, and list it for the reference."""
    settings: type[RoomSettings] = config.maybe_dotted(model)
    prefix = f"{_PREFIX}{room}."
    given = {
        key.removeprefix(prefix): resolve(value)
        for key, value in config.registry.settings.items()
        if key.startswith(prefix) and isinstance(value, str)
    }
    try:
        config.registry[settings] = settings(**given)
    except ValidationError as error:
        raise ConfigurationError(_explain(prefix, settings, error)) from error
    config.registry.setdefault(_ROOMS, {})[room] = settings
    discriminator = ("insula settings", room)
    introspectable = config.introspectable("insula settings", room, prefix, "settings")
    introspectable["room"], introspectable["model"] = room, settings
    config.action(discriminator, introspectables=(introspectable,))


def refuse_unknown_rooms(registry: Registry) -> None:
    """Raise ConfigurationError for keys `insula.ROOM.KEY` whose room has declared no settings."""
    rooms: Mapping[str, type[RoomSettings]] = registry.get(_ROOMS, {})
    known = [f"{_PREFIX}{room}.{name}" for room, model in rooms.items() for name in model.model_fields]
    lines = []
    for key in sorted(key for key in registry.settings if key.startswith(_PREFIX)):
        room, dot, _ = key.removeprefix(_PREFIX).partition(".")
        if dot and room in rooms:
            continue
        near = difflib.get_close_matches(key, known, 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(sorted(rooms))}."
        lines.append(f"{key}: There is no room {room} with settings. {hint}")
    if lines:
        raise ConfigurationError("\n".join(lines))


def settings_of(registry: Registry, model: type[Model]) -> Model:
    """Return the installation's settings of the room that declared `model`."""
    found: Model = registry[model]
    return found


def _explain(prefix: str, model: type[RoomSettings], error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0])
        near: list[Any] = difflib.get_close_matches(name, model.model_fields, 1)
        hint = f" Did you mean {prefix}{near[0]}?" if problem["type"] == "extra_forbidden" and near else ""
        lines.append(f"{prefix}{name}: {problem['msg']}.{hint}")
    return "\n".join(lines)

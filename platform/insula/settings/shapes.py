"""Settings as clients, terminals and forms read them, where a secret is only said to be set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from insula.kit.clock import isoformat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from insula.features.interfaces import FeatureState, Limit, SectionState


def plain_settings(settings: BaseModel) -> dict[str, Any]:
    """Return settings as plain values, without those that are secret."""
    secret = {name for name in type(settings).model_fields if isinstance(getattr(settings, name), SecretStr)}
    return settings.model_dump(mode="json", exclude=secret)


def settings_shape(state: FeatureState | SectionState, settings: BaseModel) -> dict[str, Any]:
    """Return settings as JSON; of a secret, since when it is set."""
    values = plain_settings(settings)
    for name, at in state.secrets.items():
        values[name] = {"set": True, "set_at": isoformat(at)}
    return values


def bounds_shape(bounds: Mapping[str, Limit]) -> dict[str, Any]:
    """Return what binds settings, with who sets it and in words."""
    return {
        name: {
            **limit.bound.model_dump(mode="json", exclude_none=True),
            "set_by": dict(limit.set_by),
            "words": list(limit.words()),
        }
        for name, limit in bounds.items()
    }

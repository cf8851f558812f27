"""Bodies of requests, read by a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict

from insula.api.interfaces import checked, json_object

if TYPE_CHECKING:
    from collections.abc import Mapping

PATCH: Final = ("application/json", "application/merge-patch+json")


class Sent(BaseModel):
    """What a client sends: no member but those declared, and nothing is made of another kind to fit."""

    model_config = ConfigDict(extra="forbid")


Model = TypeVar("Model", bound=Sent)


def read(request: Any, model: type[Model]) -> Model:
    """Return the body, or raise Invalid with a path for everything wrong with it."""
    return checked(model, json_object(request))


def patch(request: Any, model: type[Model], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that a merge patch sets.

    What only we write may stand in it as long as it says what is so: then a whole thing can be sent back.
    """
    body = json_object(request, types=PATCH)
    known = model.model_fields
    given = {name: value for name, value in body.items() if name in known or now.get(name, ...) != value}
    found = checked(model, given)
    return {name: getattr(found, name) for name in found.model_fields_set}

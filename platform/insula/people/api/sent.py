"""Bodies of requests, read by a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict

from insula.api.interfaces import checked

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sent(BaseModel):
    """What a client sends: no member but those declared, and nothing is made of another kind to fit."""

    model_config = ConfigDict(extra="forbid")


Model = TypeVar("Model", bound=Sent)


def patch(body: Mapping[str, Any], model: type[Model], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that a merge patch sets.

    What only we write may stand in it as long as it says what is so: then a whole thing can be sent back.
    """
    known = model.model_fields
    given = {name: value for name, value in body.items() if name in known or now.get(name, ...) != value}
    found = checked(model, given)
    return {name: getattr(found, name) for name in found.model_fields_set}

"""JSON bodies of this room, read by the model of what they may hold."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from insula.kit.errors import FieldError, Invalid

Body = TypeVar("Body", bound=BaseModel)


def read(model: type[Body], body: Any) -> Body:
    """Return the body, or raise Invalid with a path for everything wrong with it."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        errors = [FieldError(".".join(map(str, each["loc"])), f"{each['msg']}.") for each in error.errors()]
        raise Invalid(errors=errors) from error

"""What the annotations of an endpoint's parameters and answer may say beside their types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, NotRequired, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field
from pyramid.request import Request
from typing_extensions import TypedDict

from insula.api.etags import check_if_match

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
LARGEST: Final = 1 << 20

Item = TypeVar("Item")


@dataclass(frozen=True, init=False)
class Body:
    """Marks what the body is read into, with the media types it may have; a pydantic model alone takes plain JSON.

    `schema` describes a body that the view checks itself; one that is `raw` reaches the view as a file, unread.
    """

    types: tuple[str, ...]
    largest: int
    schema: Any
    raw: bool

    def __init__(self, *types: str, largest: int = LARGEST, schema: Any = None, raw: bool = False) -> None:
        object.__setattr__(self, "types", types or (JSON,))
        object.__setattr__(self, "largest", largest)
        object.__setattr__(self, "schema", schema)
        object.__setattr__(self, "raw", raw)


Patch: Final = Body(JSON, MERGE_PATCH)
"""Marks a body that is a merge patch."""


@dataclass(frozen=True)
class Query:
    """Gives a query parameter another name than the argument's; on a model, its fields are the parameters."""

    name: str | None = None


@dataclass(frozen=True)
class Header:
    """Marks an argument as the value of a header."""

    name: str


@dataclass(frozen=True)
class Answer:
    """Says more of what an endpoint returns: its status, its media type, and the schema of what is ready text."""

    status: int = 200
    media: str = JSON
    schema: Any = None


Service: Final[Any] = object()
"""The default of an argument that is a service, found by the promise that it is annotated with."""


class Page(TypedDict, Generic[Item]):
    """One page of a list; `after` names the next one, and is not there on the last."""

    data: list[Item]
    after: NotRequired[str]


Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""A moment as text, the way `kit.clock.isoformat` writes it."""


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("use a moment of the years 1 to 9999 in UTC") from None


SentMoment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment that is sent, with its offset; read into UTC."""

Identifier = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
"""An id as text."""


class IfMatch:
    """The version that `If-Match` names; an argument of this type needs the header, one that may be None does not."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def check(self, *parts: object) -> None:
        """Raise PreconditionRequired without the header, and Stale when it names another version than these parts."""
        check_if_match(self._request, *parts)


class ListQuery(BaseModel):
    """What may be asked of a list that goes on by cursors; each list adds its own parameters and a `limit`."""

    after: str | None = Field(default=None, description="Where the page before ended.")

    def given(self) -> dict[str, str]:
        """Return the parameters that were sent."""
        sent = self.model_dump(by_alias=True, exclude_unset=True)
        return {name: str(value) for name, value in sent.items() if value is not None}

"""Entries as JSON, where nothing is said of one collection; the OpenAPI document of a tenant says it of each."""

from typing import Any, Literal, NotRequired

from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

from insula.api.interfaces import Identifier, Moment


class EntryBody(BaseModel):
    """The values of an entry's fields."""

    model_config = ConfigDict(extra="allow")


class EntryPatch(BaseModel):
    """The fields that change, each with its value."""

    model_config = ConfigDict(extra="allow")


class PatchOperation(BaseModel):
    """One step of a JSON-Patch."""

    op: Literal["add", "remove", "replace", "move", "copy", "test"]
    path: str
    value: Any = None


class EntryShape(TypedDict):
    """An entry: what is known of each, and its fields beside it."""

    id: Identifier
    version: NotRequired[int]
    status: NotRequired[Literal["draft", "published", "changed", "trash"]]
    created: NotRequired[Moment]
    changed: NotRequired[Moment]
    author: NotRequired[Identifier | None]
    published_at: NotRequired[Moment]
    publish_at: NotRequired[Moment]
    expire_at: NotRequired[Moment]


class MadeEntry(TypedDict):
    """An entry that was made with many others."""

    id: Identifier
    version: int


class Rejection(TypedDict):
    """What is wrong with one of many: its place, and why."""

    path: str
    detail: str


class MadeEntries(TypedDict):
    """What became of many entries."""

    data: list[MadeEntry]
    rejected: list[Rejection]


class EntryPage(TypedDict):
    """One page of entries."""

    data: list[EntryShape]
    after: NotRequired[str]
    count: NotRequired[int]

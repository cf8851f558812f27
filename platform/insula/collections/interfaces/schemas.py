"""What a collection is: the document that declares it, and the collection as every other part reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from insula.kit.errors import FieldError

SYSTEM_MEMBERS: Final = (
    *("id", "version", "status", "created", "changed", "author"),
    *("published_at", "publish_at", "expire_at"),
)
"""Members of every entry beside its fields; no field can have one of these names."""

Kind = Literal[
    "text",
    "rich_text",
    "integer",
    "decimal",
    "boolean",
    "datetime",
    "date",
    "time",
    "choice",
    "link",
    "file",
    "list",
    "object",
]


class FieldDocument(BaseModel):
    """One field of a collection, as its administrators declare it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    type: Kind
    was: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z0-9_]{0,62}$",
        description="The name that the field had before; in a plan it renames the field, and its values are kept.",
    )
    title: str = Field(default="", max_length=100)
    help: str = Field(default="", max_length=500)
    required: bool = False
    unique: bool = False
    indexed: bool = False
    default: Any = None
    pattern: str | None = Field(
        default=None, max_length=500, description="RE2, matched against the whole text."
    )
    min: int | str | None = None
    max: int | str | None = None
    max_length: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Characters of a text, or items of a list, at most."
    )
    scale: int | None = Field(default=None, ge=0, le=18, description="Digits behind the point of a decimal.")
    choices: tuple[str, ...] = Field(default=(), max_length=500)
    collection: str | None = Field(default=None, description="The collection a link leads to.")
    on_delete: Literal["restrict", "clear", "delete"] = "restrict"
    items: Literal["text", "integer", "decimal", "date", "datetime", "choice", "link", "file"] | None = None
    json_schema: dict[str, Any] | None = None
    searchable: bool = False


class CollectionDocument(BaseModel):
    """A collection, as its administrators declare it; the name is its address and does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=100)
    description: str = Field(default="", max_length=500)
    singleton: bool = False
    drafts: bool = Field(default=True, description="Whether entries wait for being published.")
    display: str = Field(default="", max_length=200, description="How an entry is called: `{iata}, {name}`.")
    order: str = Field(
        default="-created", description="The order of lists that ask for none: `name`, `-created`."
    )
    fields: tuple[FieldDocument, ...] = Field(default=(), max_length=200)
    indexes: tuple[tuple[str, ...], ...] = Field(
        default=(),
        max_length=10,
        description="Fields that are filtered by and sorted together, such as state, latitude.",
    )


@dataclass(frozen=True, eq=False)
class Collection:
    """A collection in force, compiled once for each version and then shared by all threads."""

    id: UUID
    name: str
    document: CollectionDocument
    version: int
    created: datetime
    changed: datetime
    changed_by: str
    entries_version: int = 1
    """The version that entries were last rewritten for; every entry written says at which version that was."""
    change_id: UUID | None = None
    """The change that is being applied, if one is: until then documents may hold fields that are gone by now, which
    nobody may be shown, and lack new ones."""
    building: frozenset[str] = frozenset()
    """Names of the `indexes` that do not hold every entry yet, so that nothing may be found or sorted by them."""
    moving: Mapping[str, str] = field(default_factory=dict)
    """The former names of fields that this change renames, by their names: documents may have either."""
    renames: Sequence[tuple[str, str]] = ()
    """Each former name of a field there is, and the name that it had next, oldest first."""
    kept: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What the parts of the room compile of it, and keep as long as it is in force."""

    @cached_property
    def fields(self) -> Mapping[str, FieldDocument]:
        """The fields by name."""
        return {field.name: field for field in self.document.fields}

    @cached_property
    def indexes(self) -> Mapping[str, tuple[FieldDocument, ...]]:
        """What has keys in `entry_value`, by the name it has there: `state`, or `state+latitude`."""
        single = {field.name: (field,) for field in self.document.fields if is_indexed(field)}
        fields = self.fields
        return single | {
            "+".join(names): tuple(fields[name] for name in names) for names in self.document.indexes
        }

    @cached_property
    def former(self) -> Sequence[tuple[str, Sequence[str]]]:
        """Each of `renames` with all names that the field had from then on; the last is the one that it has now."""
        found = []
        for place, (was, name) in enumerate(self.renames, 1):
            names = [name]
            for before, after in self.renames[place:]:
                if before == names[-1]:
                    names.append(after)
            found.append((was, names))
        return found

    def of_today(self, stored: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a document with the values of fields that were renamed since under the names that these have now.

        Every document has all fields of its day: of those names of a field that it has, the last is the field's,
        and an earlier one that of another field, declared anew since.
        """
        moved: dict[str, str] = {}
        for was, names in self.former:
            if was in stored and was not in moved and not any(name in stored for name in names):
                moved[was] = names[-1]
        return {moved.get(name, name): value for name, value in stored.items()} if moved else stored


def is_indexed(field: FieldDocument) -> bool:
    """Tell whether entries can be found and sorted by a field alone: links and files always, others as declared."""
    refers = {"link", "file"}
    return field.indexed or field.unique or field.type in refers or field.items in refers


@dataclass(frozen=True)
class Rewritten:
    """One document of an entry, rewritten by a change of its collection; for `add_rewrite_listener`."""

    id: UUID
    stage: int
    values: Mapping[str, Any]


class ChangeState(StrEnum):
    """Where a change of a schema stands."""

    PLANNED = "planned"
    APPLYING = "applying"
    APPLIED = "applied"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Effect:
    """One line of a plan: what happens to which field, which is empty where it is the collection itself.

    `entries` says how many lose a value, of an act `lose`, and otherwise how many would not fit, with examples.
    """

    act: Literal["add", "change", "remove", "lose"]
    field: str
    text: str
    entries: int = 0
    examples: Sequence[tuple[UUID, FieldError]] = ()


@dataclass(frozen=True)
class Change:
    """A change of a collection's document: planned, applied in batches, and found again at its address."""

    id: UUID
    collection: str
    state: ChangeState
    document: CollectionDocument
    from_version: int
    effects: Sequence[Effect]
    total: int
    """How many documents of entries have to be rewritten; an entry has one for visitors, and one to work on."""
    done: int
    failing: int
    """How many entries would not fit; of a change that is applied, how many did not and were left as they were."""
    by: str
    at: datetime
    finished: datetime | None = None
    detail: str = ""

    @property
    def loses(self) -> bool:
        """Whether something is lost, so that each loss has to be confirmed."""
        return any(effect.act == "lose" for effect in self.effects)


class Collections(Protocol):
    """The collections of a tenant. Reading is cached by the version counter `collections`: no SQL when cached."""

    def all(self) -> Sequence[Collection]:
        """Return all collections by name."""

    def find(self, name: str) -> Collection:
        """Return one; raises NotFound."""

    def create(self, name: str, document: CollectionDocument, *, by: str) -> Collection:
        """Declare one; raises Invalid with paths `fields.2.pattern`, or Conflict where the name is taken."""

    def plan(self, name: str, document: CollectionDocument, *, by: str) -> Change:
        """Keep a planned change, with what it adds and loses and how many entries would fail, and which."""

    def apply(self, change_id: UUID, *, expected: int, confirmed: Sequence[str] = (), by: str) -> Change:
        """Begin to apply a plan, whose document is in force from then on.

        Raises Stale where the collection has moved on, Refused where a loss is unconfirmed, and Conflict where entries
        would not fit. Small collections are done when this returns; large ones go on in `work`, batch by batch.
        """

    def work(self, change_id: UUID, *, batch: int | None = None) -> Change:
        """Do one batch, in this transaction, and return where the change stands; of a finished one nothing is left."""

    def change(self, change_id: UUID) -> Change:
        """Return a change; raises NotFound."""

    def changes(self, name: str) -> Sequence[Change]:
        """Return the changes of a collection, newest first."""

    def cancel(self, change_id: UUID, *, by: str) -> Change:
        """Give up a plan; raises Conflict for a change that is in force already."""

    def delete(self, name: str, *, expected: int, by: str) -> int:
        """Delete a collection with its entries; raises Conflict where others link to it. Returns how many went."""

"""What other rooms may know of features: how they are declared, how they stand, and who changes that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from pydantic import BaseModel, ConfigDict

from insula.kit.bounds import Bound, Limit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from pydantic.config import JsonDict

    from insula.tenancy.interfaces import Floors

__all__ = [
    "Bound",
    "Difference",
    "FeatureDeclaration",
    "FeatureState",
    "Features",
    "Limit",
    "NoSettings",
    "SealedSettings",
    "SectionDeclaration",
    "SectionState",
    "Sections",
    "Standing",
    "declarations",
    "section_declarations",
]

DECLARATIONS = "insula.features.declarations"
SECTIONS = "insula.features.sections"
SECONDS: Final[JsonDict] = {"unit": "seconds"}
"""What a number of seconds has as `json_schema_extra`, so that screens say it in hours and minutes too."""


class NoSettings(BaseModel):
    """The settings of a feature that only has a switch."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class _Declaration:
    """What features and sections have in common: a model of settings, which is the same for all tenants.

    `choices` has a function for each setting that takes only what this installation offers at the time, such as the
    themes there are; it returns each value with the text that people read.
    """

    name: str
    title: str
    description: str
    model: type[BaseModel]
    choices: Mapping[str, Callable[[], Mapping[str, str]]] = field(default_factory=dict, kw_only=True)

    @property
    def row(self) -> str:
        """The name of its row."""
        return self.name

    @property
    def keys(self) -> tuple[str, ...]:
        """The names by which documents speak of it."""
        return (self.name,)

    def fixed(self) -> Mapping[str, Bound]:
        """Return the bounds that the ini sets."""
        return {}

    def defaults(self) -> BaseModel:
        """Return the settings of a tenant that has changed none."""
        return self.model()

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the settings."""
        schema = self.model.model_json_schema()
        for name, offered in self.offered().items():
            shape = schema["properties"][name]
            shape.pop("choices")
            shape.get("items", shape)["enum"] = list(offered)
        return schema

    def offered(self) -> dict[str, Mapping[str, str]]:
        """Return the values that are offered, with their texts, for each setting that takes nothing else."""
        return {name: choices() for name, choices in self.choices.items()}


@dataclass(frozen=True)
class FeatureDeclaration(_Declaration):
    """What a room said of a feature when the application was configured."""

    requires: tuple[str, ...] = ()
    default: bool = True

    @property
    def keys(self) -> tuple[str, ...]:
        """The names by which documents speak of it."""
        return (self.name, f"features.{self.name}")


@dataclass(frozen=True)
class SectionDeclaration(_Declaration):
    """What a room said of a section: typed settings that every tenant has, and that have no switch."""

    group: str = "Security"
    order: int = 100
    limits: Callable[[], Mapping[str, Bound]] | None = None
    checks: tuple[Callable[[Any, BaseModel, BaseModel], None], ...] = ()

    @property
    def row(self) -> str:
        """The name of its row, which no feature can have."""
        return f"security.{self.name}"

    def fixed(self) -> Mapping[str, Bound]:
        """Return the bounds that the ini sets."""
        return self.limits() if self.limits else {}


@dataclass(frozen=True)
class FeatureState:
    """How one feature stands for one tenant.

    `version` counts the changes of this feature and is 0 for one that was never changed. `on` is what is in
    force: a feature whose requirement is off, or that is `withheld`, is off, whatever its own `switch` says.
    `settings` are those in force, and `own` those that the tenant has set, which may lie outside its `bounds`.
    """

    name: str
    title: str
    description: str
    on: bool
    settings: BaseModel
    version: int
    changed_by: str | None
    changed_at: datetime | None
    requires: tuple[str, ...] = ()
    switch: bool = False
    withheld: str = ""
    own: BaseModel = field(default_factory=NoSettings)
    bounds: Mapping[str, Limit] = field(default_factory=dict)
    secrets: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class SectionState:
    """How one section stands for one tenant; the words are those of `FeatureState`."""

    name: str
    title: str
    description: str
    group: str
    settings: BaseModel
    own: BaseModel
    bounds: Mapping[str, Limit]
    version: int
    changed_by: str | None
    changed_at: datetime | None
    secrets: Mapping[str, datetime] = field(default_factory=dict)
    """When each secret setting that is set was set."""


class Sections(Protocol):
    """The sections of the tenant whose session the service was given."""

    def settings(self, name: str) -> Any:
        """Return the settings in force, an instance of the model that the section declared."""
        ...

    def state(self, name: str) -> SectionState:
        """Return how a section stands, or raise `NotFound`."""
        ...

    def all(self) -> Sequence[SectionState]:
        """Return every declared section, in the order of the screens."""
        ...

    def declaration(self, name: str) -> SectionDeclaration:
        """Return what was declared of a section, or raise `NotFound`."""
        ...

    def change(
        self,
        name: str,
        *,
        settings: Mapping[str, object],
        expected: int | None = None,
        actor: str | None,
    ) -> SectionState:
        """Change settings by a merge patch (RFC 7396) and return how the section stands then.

        Raises `NotFound`, `Stale` when the version is not the expected one, and `Invalid` with one error per bad
        field (paths begin with `settings.`), also for a value outside a bound.
        """
        ...


@dataclass(frozen=True)
class Difference:
    """What other floors would do to one setting in force; `setting` is empty where a feature goes on or off."""

    tenant_id: UUID
    name: str
    setting: str
    before: Any
    after: Any


class Standing(Protocol):
    """How tenants stand under floors that are not in force; needs a session that may read their rows."""

    def differences(self, tenants: Mapping[UUID, tuple[Floors, Floors]]) -> Sequence[Difference]:
        """Return what would be otherwise for each tenant with its second floors, compared with its first."""
        ...


class SealedSettings(Protocol):
    """The sealed settings of the tenant whose session the service was given."""

    def count(self) -> tuple[int, int]:
        """Return how many there are, and how many of them are not under the present key."""
        ...

    def reseal(self) -> int:
        """Seal those with the present key, and return how many there were."""
        ...


class Features(Protocol):
    """The features of the tenant whose session the service was given."""

    def is_on(self, name: str) -> bool:
        """Say whether a feature is in force; one that no room has declared is off."""
        ...

    def settings(self, name: str) -> Any:
        """Return the settings of a feature, an instance of the model it declared."""
        ...

    def state(self, name: str) -> FeatureState:
        """Return how a feature stands, or raise `NotFound`."""
        ...

    def all(self) -> Sequence[FeatureState]:
        """Return every declared feature, by title."""
        ...

    def declaration(self, name: str) -> FeatureDeclaration:
        """Return what was declared of a feature, or raise `NotFound`."""
        ...

    def needed_by(self, name: str) -> tuple[str, ...]:
        """Return the titles of the features in force that need this one."""
        ...

    def change(
        self,
        name: str,
        *,
        on: bool | None = None,
        settings: Mapping[str, object] | None = None,
        expected: int | None = None,
        actor: str | None,
    ) -> FeatureState:
        """Switch or configure a feature and return how it stands then.

        `settings` is a merge patch (RFC 7396): what it does not name stays, and null returns a value to its
        default unless the field itself may be null. Raises `NotFound`, `Stale` when the version is not the
        expected one, `Invalid` with one error per bad field (paths begin with `settings.`), and `Conflict`
        when a feature this one needs is off, or one in force needs this one.
        """
        ...


def declarations(registry: Mapping[str, Any]) -> Mapping[str, FeatureDeclaration]:
    """Return every feature that the rooms of this installation declare, by name."""
    found: Mapping[str, FeatureDeclaration] = registry.get(DECLARATIONS) or {}
    return found


def section_declarations(registry: Mapping[str, Any]) -> Mapping[str, SectionDeclaration]:
    """Return every section that the rooms of this installation declare, by name."""
    found: Mapping[str, SectionDeclaration] = registry.get(SECTIONS) or {}
    return found

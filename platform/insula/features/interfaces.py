"""What other rooms may know of features: how they are declared, how they stand, and who changes that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

DECLARATIONS = "insula.features.declarations"


class NoSettings(BaseModel):
    """The settings of a feature that only has a switch."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class FeatureDeclaration:
    """What a room said of a feature when the application was configured; the same for all tenants.

    `choices` has a function for each setting that takes only what this installation offers at the time, such as the
    themes there are; it returns each value with the text that people read.
    """

    name: str
    title: str
    description: str
    model: type[BaseModel]
    requires: tuple[str, ...] = ()
    default: bool = True
    choices: Mapping[str, Callable[[], Mapping[str, str]]] = field(default_factory=dict)

    def defaults(self) -> BaseModel:
        """Return the settings of a tenant that has changed none."""
        return self.model()

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the settings."""
        schema = self.model.model_json_schema()
        for name, offered in self.offered().items():
            schema["properties"][name].pop("choices")
            schema["properties"][name]["enum"] = list(offered)
        return schema

    def offered(self) -> dict[str, Mapping[str, str]]:
        """Return the values that are offered, with their texts, for each setting that takes nothing else."""
        return {name: choices() for name, choices in self.choices.items()}


@dataclass(frozen=True)
class FeatureState:
    """How one feature stands for one tenant.

    `version` counts the changes of this feature and is 0 for one that was never changed. `on` is what is in
    force: a feature whose requirement is off is off, whatever its own switch says.
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

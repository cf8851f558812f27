"""Facts about features and sections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from insula.events.interfaces import Event


@dataclass(frozen=True)
class FeatureChanged(Event):
    """A feature was switched or configured; `settings` has before and after of each value that changed."""

    name: ClassVar[str] = "feature.changed"

    feature: str
    title: str
    on: bool
    was_on: bool
    version: int
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SettingChanged(Event):
    """A section was set otherwise; `settings` has before and after of each value, of a secret that it changed."""

    name: ClassVar[str] = "setting.changed"

    section: str
    title: str
    version: int
    settings: dict[str, Any] = field(default_factory=dict)

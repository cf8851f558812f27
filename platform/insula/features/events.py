"""Facts about features."""

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

"""What is told of entries; never what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from insula.events.interfaces import Event


@dataclass(frozen=True)
class EntriesChanged(Event):
    """Entries of one collection were written in one transaction; each act is `{"id", "act", "version"}`."""

    name = "entries.changed"
    collection: str
    acts: tuple[Mapping[str, Any], ...]

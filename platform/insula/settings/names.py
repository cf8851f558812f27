"""The settings that rules may name: features, and the sections of a tenant's security."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from insula.features.interfaces import Features, Sections


def names(request: Any) -> Iterable[str]:
    """Return the ids of all settings that have a screen or an address of their own here."""
    yield from ("features", "security")
    for feature in request.find_service(Features).all():
        yield f"features.{feature.name}"
    for section in request.find_service(Sections).all():
        yield f"security.{section.name}"

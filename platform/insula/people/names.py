"""The settings of this room that rules may name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.people.resources import groups_of, titles_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def names(request: Any) -> Iterator[str]:
    """Yield the lists, and each role and group of the tenant in them."""
    yield from ("people", "roles", "groups")
    yield from (f"roles.{name}" for name in titles_of(request))
    yield from (f"groups.{group.name}" for group in groups_of(request))

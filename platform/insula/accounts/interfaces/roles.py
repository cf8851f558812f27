"""Roles, which the policy speaks of, and groups, which give their roles to many accounts at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from insula.accounts.interfaces.people import AccountInfo

OWNER: Final = "owner"

DEFAULT_ROLES: dict[str, str] = {
    OWNER: "Owner",
    "admin": "Administrator",
    "editor": "Editor",
    "author": "Author",
    "viewer": "Viewer",
}
"""The roles every new tenant begins with: name as the policy knows it, title as screens show it."""


@dataclass(frozen=True, slots=True)
class RoleInfo:
    """One role of one tenant.

    `own` says that the tenant made it; `members` how many accounts hold it, in person or through a group.
    """

    name: str
    title: str
    own: bool = False
    members: int = 0


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """One group of one tenant; `members` says how many accounts are in it."""

    id: UUID
    name: str
    title: str
    roles: frozenset[str]
    members: int


class Roles(Protocol):
    """The roles of one tenant: those it began with, which stay, and its own.

    A name is `[a-z][a-z0-9_-]{0,62}`, is what rules say as `Role::"name"`, and never changes.
    """

    def all(self) -> Sequence[RoleInfo]:
        """Return the roles by name."""

    def titles(self) -> Mapping[str, str]:
        """Return what each role is called, by its name, in one statement."""

    def create(self, name: str, title: str) -> RoleInfo:
        """Add a role; `Conflict` when there is one of that name, `Invalid` for a bad field."""

    def for_change(self, name: str) -> RoleInfo:
        """Return the role as it stands once the other changes of this tenant are done.

        `NotFound` when there is none by then.
        """

    def rename(self, name: str, title: str) -> RoleInfo:
        """Give a role another title; `NotFound` when there is none."""

    def delete(self, name: str) -> None:
        """Remove a role; `Conflict` while an account or group has it, and always for a default role."""


class Groups(Protocol):
    """The groups of one tenant. What `Accounts` says of owners holds here too.

    Where a change gives or takes roles in force, all signed-in sessions of the accounts concerned end.
    """

    def all(self) -> Sequence[GroupInfo]:
        """Return the groups by name."""

    def titles(self) -> Mapping[UUID, str]:
        """Return what each group is called, in one statement."""

    def by_id(self, group_id: UUID) -> GroupInfo | None:
        """Return the group."""

    def create(self, name: str, title: str, roles: Iterable[str] = ()) -> GroupInfo:
        """Add a group; `Conflict` when there is one of that name, `Invalid` for a bad field or role."""

    def for_change(self, group_id: UUID) -> GroupInfo:
        """Return the group as it stands once the other changes of this tenant are done; it stays so until the commit.

        `NotFound` when there is none by then. Whoever works out what to set from what there is asks this first.
        """

    def change(self, group_id: UUID, *, title: str, roles: Iterable[str]) -> GroupInfo:
        """Give a group this title and exactly these roles; `NotFound` when there is none."""

    def delete(self, group_id: UUID) -> None:
        """Remove a group; its members stay, without its roles."""

    def members(self, group_id: UUID) -> Sequence[AccountInfo]:
        """Return the accounts in a group by name; `NotFound` when there is none."""

    def set_members(self, group_id: UUID, account_ids: Iterable[UUID]) -> GroupInfo:
        """Put exactly these accounts in a group; `Invalid` with the path `members` for one that is not."""

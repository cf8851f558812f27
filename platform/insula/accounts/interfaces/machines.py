"""Service accounts: the accounts of programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from insula.accounts.interfaces.people import AccountInfo


class ServiceAccounts(Protocol):
    """The service accounts of one tenant; what holds for every account, `Accounts` does to them too."""

    def list(self) -> Sequence[AccountInfo]:
        """Return the service accounts by name, active or not."""

    def counts(self) -> tuple[int, int]:
        """Return how many service accounts are active, and how many there are, in one statement."""

    def by_id(self, account_id: UUID) -> AccountInfo | None:
        """Return the service account; None for a person, too."""

    def by_name(self, name: str) -> AccountInfo | None:
        """Return the service account of that name."""

    def create(self, name: str, roles: Iterable[str] = ()) -> AccountInfo:
        """Add a service account; `Conflict` when there is one of that name, `Invalid` for a bad name or role."""

    def rename(self, account_id: UUID, name: str) -> AccountInfo:
        """Call a service account otherwise; `Conflict` when another has the name, `NotFound` when there is none."""

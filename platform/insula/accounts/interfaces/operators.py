"""Accounts that stand for operators of the installation while they are in a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from uuid import UUID


class OperatorAccounts(Protocol):
    """The operators that one tenant has met; their accounts have no password, no e-mail and no role of their own."""

    def is_active(self, console_id: UUID, operator_id: UUID) -> bool | None:
        """Say whether the account that stands for this one is let in; None where there is none yet."""

    def account_of(self, console_id: UUID, operator_id: UUID, name: str) -> UUID:
        """Find the account that stands for this account of the console, or make it, under its present name."""

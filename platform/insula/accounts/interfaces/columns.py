"""What conditions of statements about accounts and tokens may read, for those who bring a condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class AccountColumns:
    """Columns of accounts; `holds(role)` is the condition of those in a role, in person or through a group."""

    id: Any
    kind: Any
    holds: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class TokenColumns:
    """Columns of API tokens, and those of the account that each acts as."""

    kid: Any
    elevated: Any
    account: AccountColumns

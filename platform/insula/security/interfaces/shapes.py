"""Accounts and API tokens as rules see them, for lists that show only what may be viewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from insula.accounts.interfaces import Accounts, Tokens
from insula.security.interfaces.rows import Attribute, RowShape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from insula.accounts.interfaces import AccountColumns
    from insula.security.interfaces.rows import RowFilter, Uid

Row = TypeVar("Row")

_NOBODY = UUID(int=0)


def account_rows(request: Any) -> RowShape:
    """Return the shape of the accounts of this tenant."""
    columns = request.find_service(Accounts).columns
    who = request.identity

    def within(uid: Uid) -> Any:
        # Whoever asks is in their roles, also when they look at themselves; no other account lies in anything.
        if uid[0] == "Role" and who is not None and uid[1] in who.roles:
            return columns.id == who.account_id
        return columns.id == account_id(uid[1]) if uid[0] == "Account" else False

    return RowShape(_dialect(request), "Account", columns.id, _facts(columns), within=within, bind=account_id)


def token_rows(request: Any) -> RowShape:
    """Return the shape of the API tokens of this tenant."""
    columns = request.find_service(Tokens).columns
    return RowShape(
        _dialect(request),
        "Token",
        columns.kid,
        {
            **_facts(columns.account),
            "owner": Attribute("Account", columns.account.id, bind=account_id),
            "elevated": Attribute("Bool", columns.elevated),
        },
    )


def viewable(
    request: Any, allowed: RowFilter, found: Iterable[Row], node_of: Callable[[Row], Any]
) -> list[Row]:
    """Return those of the rows found that may be viewed; each is asked about where the condition was not exact."""
    return [each for each in found if allowed.exact or request.may("view", node_of(each))]


def account_id(text: str) -> UUID:
    """Return the id of the account that rules write as text; what is none is nobody's."""
    try:
        found = UUID(text)
    except ValueError:
        return _NOBODY
    # Rules compare texts, and an account has one.
    return found if str(found) == text else _NOBODY


def _facts(columns: AccountColumns) -> dict[str, Attribute]:
    return {
        "kind": Attribute("String", columns.kind),
        "roles": Attribute("Set<String>", columns.id, holds=columns.holds),
    }


def _dialect(request: Any) -> str:
    name: str = request.db.dialect.name
    return name

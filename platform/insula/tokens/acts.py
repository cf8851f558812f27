"""What screens and API do alike: ask the policy about what is to be made, then call the services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.accounts.interfaces import Accounts, ServiceAccounts, Tokens
from insula.kit.errors import FieldError, Invalid, Refused
from insula.security.interfaces import demand
from insula.security.permissions import Action
from insula.tokens.resources import NewToken, RoleGiven, ServicesPanel
from insula.tokens.shapes import service_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from insula.accounts.interfaces import AccountInfo, TokenInfo
    from insula.tokens.resources import ServiceNode, ServicesNode, TokensNode

MY_OWN: Final = "me"


@dataclass(frozen=True)
class Wish:
    """A token that somebody wants."""

    days: int
    owner: str = MY_OWN
    label: str = ""
    scopes: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    elevated: bool = False


def make_token(node: TokensNode, wish: Wish) -> tuple[TokenInfo, str]:
    """Make the token, if the policy lets whoever asks make one for that owner."""
    request = node.request
    owner = owner_of(node, wish.owner)
    demand(request, Action.CREATE, NewToken(node, owner, elevated=wish.elevated))
    made: tuple[TokenInfo, str] = request.find_service(Tokens).create(
        owner.id,
        label=wish.label,
        scopes=wish.scopes,
        networks=wish.networks,
        days=wish.days,
        elevated=wish.elevated,
    )
    return made


def owner_of(node: TokensNode, name: str) -> AccountInfo:
    """Return the account that a token is to act as: one's own, or a service account one may view."""
    request = node.request
    found: AccountInfo | None
    if name == MY_OWN:
        found = request.find_service(Accounts).by_id(request.identity.account_id)
    else:
        found = _service(request, name)
    if found is None or not found.active:
        detail = f"Use {MY_OWN}, or the id of an active service account. You gave {name!r}."
        raise Invalid(errors=[FieldError("owner", detail)])
    return found


def may_make(node: TokensNode, account: AccountInfo, *, elevated: bool = False) -> bool:
    """Say whether whoever asks may make a token of this account."""
    return bool(node.request.may(Action.CREATE.value, NewToken(node, account, elevated=elevated)))


def make_service(node: ServicesNode, name: str, roles: Iterable[str]) -> AccountInfo:
    """Add a service account with roles that whoever asks may give."""
    wanted = frozenset(roles)
    check_giving(node, wanted)
    made: AccountInfo = node.request.find_service(ServiceAccounts).create(name, wanted)
    return made


def change_service(
    node: ServiceNode, changes: Mapping[str, Any], *, check: Callable[[str], None] | None = None
) -> AccountInfo:
    """Rename a service account, give it other roles, let it in or keep it out; all or nothing.

    `check` is given the version that is changed, and raises where that is not the one the change is based on.
    """
    request = node.request
    accounts: Accounts = request.find_service(Accounts)
    node = _standing(node, accounts)
    account = node.account
    if check is not None:
        check(version_of(node))
    if "name" in changes:
        demand(request, Action.EDIT, node)
    roles = frozenset(changes.get("roles", account.own_roles))
    active = changes.get("active", account.active)
    if roles != account.own_roles or active != account.active:
        demand(request, Action.MANAGE, node)
    check_giving(node.__parent__, roles ^ account.own_roles)
    if changes.get("name", account.name) != account.name:
        account = request.find_service(ServiceAccounts).rename(account.id, changes["name"])
    if roles != account.own_roles:
        account = accounts.set_roles(account.id, roles)
    if active != account.active:
        account = accounts.set_active(account.id, active=active)
    return account


def _standing(node: ServiceNode, accounts: Accounts) -> ServiceNode:
    """Wait for the other changes of the tenant; return the node of the account as it stands then."""
    before, node.account = node.account, accounts.for_change(node.account.id)
    if node.account == before:
        return node
    # What was decided about the account before does not hold for this one.
    fresh: ServiceNode = node.__parent__.node_of(node.account)
    return fresh


def version_of(node: ServiceNode) -> str:
    """Return the version of a service account that a change is based on."""
    return service_version(node.account)


def check_giving(node: ServicesNode, roles: Iterable[str]) -> None:
    """Raise Refused where one of these roles is not for whoever asks to give or take."""
    errors = []
    for role in sorted(roles):
        decision = node.request.decide(Action.MANAGE.value, RoleGiven(node, role))
        if not decision:
            why = decision.reason or f"You may not give or take the role {role}."
            errors.append(FieldError("roles", why))
    if errors:
        raise Refused(" ".join(dict.fromkeys(each.detail for each in errors)), errors=errors)


def _service(request: Any, name: str) -> AccountInfo | None:
    try:
        account_id = UUID(name)
    except ValueError:
        return None
    found: AccountInfo | None = request.find_service(ServiceAccounts).by_id(account_id)
    if found is None:
        return None
    # Of one that may not be viewed no more is told than of one that is not there.
    services = ServicesPanel(request, request.root["admin"], "services")
    return found if request.may(Action.VIEW.value, services.node_of(found)) else None

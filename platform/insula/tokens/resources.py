"""API tokens and service accounts in the tree, below the administration and below the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from insula.accounts.interfaces import ServiceAccounts, Tokens
from insula.tree.interfaces import Node, PolicyEntity

if TYPE_CHECKING:
    from insula.accounts.interfaces import AccountInfo, TokenInfo


class NewToken(Node):
    """A token that there is not: what the policy is asked before it is made."""

    def __init__(self, parent: Any, account: AccountInfo, *, elevated: bool = False) -> None:
        super().__init__(parent.request, parent, "new")
        self._entity = token_entity("new", account, elevated=elevated)

    def policy_entity(self) -> PolicyEntity:
        """Return the token as rules would see it."""
        return self._entity


class TokenNode(Node):
    """One API token, by its kid."""

    def __init__(self, request: Any, parent: Any, name: str, token: TokenInfo) -> None:
        super().__init__(request, parent, name)
        self.token = token

    @property
    def title(self) -> str:
        """What breadcrumbs call it."""
        return self.token.label or self.__name__

    def policy_entity(self) -> PolicyEntity:
        """Return the token with what rules may ask of it."""
        return token_entity(self.token.kid, self.token.account, elevated=self.token.elevated)


class TokenScreen(TokenNode):
    """One token as screens."""


class TokenItem(TokenNode):
    """One token as JSON."""

    api_address = "/api/tokens/{id}"
    api_type = "Token"


class TokensNode(Node):
    """The API tokens of the tenant of this request.

    To the policy the list is a token of whoever asks, so that those who may see their own may open it; each token in
    it, and each that is to be made for somebody else, is asked about by itself.
    """

    title = "API tokens"
    child: type[TokenNode]

    def node_of(self, token: TokenInfo) -> TokenNode:
        """Return the node of a token that is at hand already."""
        return self.child(self.request, self, token.kid, token)

    def __getitem__(self, name: str) -> TokenNode:
        found = self.request.find_service(Tokens).by_kid(name)
        if found is None:
            raise KeyError(name)
        return self.node_of(found)

    def policy_entity(self) -> PolicyEntity:
        """Return a token of whoever asks."""
        who = self.request.identity
        facts = {
            "owner": str(who.account_id),
            "kind": who.kind,
            "roles": sorted(who.roles),
            "elevated": False,
        }
        return PolicyEntity("Token", "own", facts)


class TokensPanel(TokensNode):
    """The tokens as screens."""

    child = TokenScreen


class TokensAPI(TokensNode):
    """The tokens as JSON."""

    child = TokenItem


class ServiceNode(Node):
    """One service account."""

    def __init__(self, request: Any, parent: Any, name: str, account: AccountInfo) -> None:
        super().__init__(request, parent, name)
        self.account = account

    @property
    def title(self) -> str:
        """What breadcrumbs call it."""
        return self.account.name

    def policy_entity(self) -> PolicyEntity:
        """Return the account with its kind and the roles it has in force."""
        facts = {"kind": self.account.kind, "roles": sorted(self.account.roles)}
        return PolicyEntity("Account", str(self.account.id), facts)


class ServiceScreen(ServiceNode):
    """One service account as screens."""


class ServiceItem(ServiceNode):
    """One service account as JSON."""

    api_address = "/api/services/{id}"
    api_type = "Account"


class ServicesNode(Node):
    """The service accounts of the tenant of this request; rules about the list of people hold for them."""

    title = "Service accounts"
    child: type[ServiceNode]

    def node_of(self, account: AccountInfo) -> ServiceNode:
        """Return the node of an account that is at hand already."""
        return self.child(self.request, self, str(account.id), account)

    def __getitem__(self, name: str) -> ServiceNode:
        try:
            account_id = UUID(name)
        except ValueError:
            raise KeyError(name) from None
        found = self.request.find_service(ServiceAccounts).by_id(account_id)
        # Every account has one address.
        if found is None or str(account_id) != name:
            raise KeyError(name)
        return self.node_of(found)

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about who is known here name."""
        return PolicyEntity("Setting", "people", {})


class ServicesPanel(ServicesNode):
    """The service accounts as screens."""

    child = ServiceScreen


class ServicesAPI(ServicesNode):
    """The service accounts as JSON."""

    child = ServiceItem


class RoleGiven(Node):
    """A role that somebody is about to give or take; no view belongs to it."""

    def __init__(self, parent: Any, role: str) -> None:
        super().__init__(parent.request, RoleList(parent), role)

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about giving this role name."""
        return PolicyEntity("Setting", f"roles.{self.__name__}", {})


class RoleList(Node):
    """The roles of the tenant, as far as the policy is concerned; no view belongs to it."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent.request, parent.__parent__, "roles")

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about the list of roles name."""
        return PolicyEntity("Setting", "roles", {})


def token_entity(name: str, account: AccountInfo, *, elevated: bool) -> PolicyEntity:
    """Return a token as rules see it."""
    facts = {
        "owner": str(account.id),
        "kind": account.kind,
        "roles": sorted(account.roles),
        "elevated": elevated,
    }
    return PolicyEntity("Token", name, facts)

"""People, invitations, roles and groups in the tree, below the administration and below the API."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from insula.accounts.interfaces import Accounts, Groups, Invitations, Roles
from insula.tree.interfaces import Node, PolicyEntity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from insula.accounts.interfaces import AccountInfo, GroupInfo, InvitationInfo, RoleInfo


def id_of(name: str) -> UUID:
    """Return the id that a path segment spells, or raise KeyError: every id has one address."""
    try:
        found = UUID(name)
    except ValueError:
        raise KeyError(name) from None
    if str(found) != name:
        raise KeyError(name)
    return found


class Gated(Node):
    """A panel: nothing below it is looked up for somebody who may not view it."""

    def admit(self, name: str) -> None:
        """Raise KeyError as for a missing name, unless whoever asks may view the panel."""
        if not self.request.may("view", self):
            raise KeyError(name)


class PersonNode(Node):
    """One account, a person's or a machine's."""

    def __init__(self, request: Any, parent: Any, name: str, account: AccountInfo) -> None:
        super().__init__(request, parent, name)
        self.account = account

    @property
    def title(self) -> str:
        """What breadcrumbs call it."""
        return self.account.name

    def policy_entity(self) -> PolicyEntity:
        """Return the account with its kind and the roles it has in force."""
        attributes = {"kind": self.account.kind, "roles": sorted(self.account.roles)}
        return PolicyEntity("Account", str(self.account.id), attributes)


class PersonScreen(PersonNode):
    """One account as a screen."""


class SessionItem(Node):
    """One signed-in session; what the policy says of the account holds for it."""

    api_address = "/api/people/{id}/sessions/{session}"
    api_type = "Account"

    def __init__(self, request: Any, parent: Any, name: str, session_id: UUID) -> None:
        super().__init__(request, parent, name)
        self.session_id = session_id


class SessionsAPI(Node):
    """The signed-in sessions of one account; what the policy says of the account holds for them."""

    api_address = "/api/people/{id}/sessions"
    api_type = "Account"

    def __getitem__(self, name: str) -> SessionItem:
        return SessionItem(self.request, self, name, id_of(name))


class PersonItem(PersonNode):
    """One account as JSON."""

    api_address = "/api/people/{id}"
    api_type = "Account"

    def __getitem__(self, name: str) -> SessionsAPI:
        if name != "sessions":
            raise KeyError(name)
        return SessionsAPI(self.request, self, name)


class PeopleNode(Node):
    """All accounts of the tenant of this request."""

    title = "People"
    child: type[PersonNode]

    def node_of(self, account: AccountInfo) -> PersonNode:
        """Return the node of an account that is at hand already."""
        return self.child(self.request, self, str(account.id), account)

    def __getitem__(self, name: str) -> Node:
        account = self.request.find_service(Accounts).by_id(id_of(name))
        if account is None:
            raise KeyError(name)
        return self.node_of(account)

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about the list, and about inviting, name."""
        return PolicyEntity("Setting", "people", {})


class PeopleAPI(PeopleNode):
    """The accounts as JSON."""

    child = PersonItem


class InvitationNode(Node):
    """One invitation; what the policy says of inviting holds for it."""

    def __init__(self, request: Any, parent: Any, name: str, invitation: InvitationInfo) -> None:
        super().__init__(request, parent, name)
        self.invitation = invitation


class InvitationScreen(InvitationNode):
    """One invitation as a screen."""


class InvitationItem(InvitationNode):
    """One invitation as JSON."""

    api_address = "/api/invitations/{id}"


class InvitationsNode(Node):
    """The invitations of the tenant of this request."""

    title = "Invitations"
    child: type[InvitationNode]

    def __getitem__(self, name: str) -> InvitationNode:
        found = self.request.find_service(Invitations).by_id(id_of(name))
        if found is None:
            raise KeyError(name)
        return self.child(self.request, self, name, found)

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about people name."""
        return PolicyEntity("Setting", "people", {})


class InvitationsPanel(InvitationsNode):
    """The invitations as a screen."""

    child = InvitationScreen


class InvitationsAPI(InvitationsNode):
    """The invitations as JSON."""

    child = InvitationItem


class PeoplePanel(PeopleNode, Gated):
    """The accounts as screens."""

    child = PersonScreen

    def __getitem__(self, name: str) -> Node:
        self.admit(name)
        if name == "invitations":
            return InvitationsPanel(self.request, self, name)
        return super().__getitem__(name)


class RoleNode(Node):
    """One role, by its name."""

    @cached_property
    def role(self) -> RoleInfo | None:
        """The role, if there is one of that name."""
        return next((each for each in roles_of(self.request) if each.name == self.__name__), None)

    @property
    def title(self) -> str:
        """What breadcrumbs call it."""
        return self.role.title if self.role else self.__name__

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about this role, and about giving it, name."""
        return PolicyEntity("Setting", f"roles.{self.__name__}", {})


class RoleScreen(RoleNode):
    """One role as a screen."""


class RoleItem(RoleNode):
    """One role as JSON."""

    api_address = "/api/roles/{name}"
    api_type = "Setting"


class RolesNode(Node):
    """The roles of the tenant of this request."""

    title = "Roles"
    child: type[RoleNode]

    def node_of(self, name: str) -> RoleNode:
        """Return the node of a role without looking it up."""
        return self.child(self.request, self, name)

    def __getitem__(self, name: str) -> RoleNode:
        node = self.node_of(name)
        if node.role is None:
            raise KeyError(name)
        return node

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about the list of roles name."""
        return PolicyEntity("Setting", "roles", {})


class RolesPanel(RolesNode, Gated):
    """The roles as screens."""

    child = RoleScreen

    def __getitem__(self, name: str) -> RoleNode:
        self.admit(name)
        return super().__getitem__(name)


class RolesAPI(RolesNode):
    """The roles as JSON."""

    child = RoleItem


class GroupNode(Node):
    """One group."""

    def __init__(self, request: Any, parent: Any, name: str, group: GroupInfo) -> None:
        super().__init__(request, parent, name)
        self.group = group

    @property
    def title(self) -> str:
        """What breadcrumbs call it."""
        return self.group.title

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about this group name, by the group's name."""
        return PolicyEntity("Setting", f"groups.{self.group.name}", {})


class GroupScreen(GroupNode):
    """One group as a screen."""


class MemberItem(Node):
    """One account in a group; what the policy says of the group holds for it."""

    api_address = "/api/groups/{id}/members/{account}"
    api_type = "Setting"

    def __init__(self, request: Any, parent: Any, name: str, account_id: UUID) -> None:
        super().__init__(request, parent, name)
        self.account_id = account_id


class MembersAPI(Node):
    """The accounts in a group; what the policy says of the group holds for them."""

    api_address = "/api/groups/{id}/members"
    api_type = "Setting"

    def __getitem__(self, name: str) -> MemberItem:
        return MemberItem(self.request, self, name, id_of(name))


class GroupItem(GroupNode):
    """One group as JSON."""

    api_address = "/api/groups/{id}"
    api_type = "Setting"

    def __getitem__(self, name: str) -> MembersAPI:
        if name != "members":
            raise KeyError(name)
        return MembersAPI(self.request, self, name)


class GroupsNode(Node):
    """The groups of the tenant of this request."""

    title = "Groups"
    child: type[GroupNode]

    def __getitem__(self, name: str) -> GroupNode:
        found = self.request.find_service(Groups).by_id(id_of(name))
        if found is None:
            raise KeyError(name)
        return self.child(self.request, self, name, found)

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about the list of groups name."""
        return PolicyEntity("Setting", "groups", {})


class GroupsPanel(GroupsNode, Gated):
    """The groups as screens."""

    child = GroupScreen

    def __getitem__(self, name: str) -> GroupNode:
        self.admit(name)
        return super().__getitem__(name)


class GroupsAPI(GroupsNode):
    """The groups as JSON."""

    child = GroupItem


def roles_of(request: Any) -> Sequence[RoleInfo]:
    """Return the roles of the tenant as they were when this request first asked."""
    found: Sequence[RoleInfo] = _once(request, "roles", lambda: request.find_service(Roles).all())
    return found


def titles_of(request: Any) -> Mapping[str, str]:
    """Return what roles are called, as they were when this request first asked."""
    found: Mapping[str, str] = _once(request, "titles", lambda: request.find_service(Roles).titles())
    return found


def groups_of(request: Any) -> Sequence[GroupInfo]:
    """Return the groups of the tenant as they were when this request first asked."""
    found: Sequence[GroupInfo] = _once(request, "groups", lambda: request.find_service(Groups).all())
    return found


def forget(request: Any) -> None:
    """Ask again for what this request was told of roles and groups: it waited, and others may have changed them."""
    request.__dict__.pop("insula.people", None)


def _once(request: Any, name: str, ask: Callable[[], Any]) -> Any:
    kept = request.__dict__.setdefault("insula.people", {})
    if name not in kept:
        kept[name] = ask()
    return kept[name]

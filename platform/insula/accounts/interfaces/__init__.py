"""What the other rooms may know of accounts: frozen values, promises and errors."""

from insula.accounts.interfaces.links import (
    InvitationInfo,
    Invitations,
    InvitationState,
    LinkInfo,
    Links,
    Purpose,
    Recovery,
)
from insula.accounts.interfaces.people import (
    AccountInfo,
    Accounts,
    AccountsPage,
    HashedPassword,
    Kind,
    Passwords,
    WrongCredentials,
    actor_names,
)
from insula.accounts.interfaces.roles import (
    DEFAULT_ROLES,
    OWNER,
    GroupInfo,
    Groups,
    RoleInfo,
    Roles,
)
from insula.accounts.interfaces.sign_ins import SignInInfo, SignIns
from insula.accounts.interfaces.tokens import TokenInfo, Tokens

__all__ = [
    "DEFAULT_ROLES",
    "OWNER",
    "AccountInfo",
    "Accounts",
    "AccountsPage",
    "GroupInfo",
    "Groups",
    "HashedPassword",
    "InvitationInfo",
    "InvitationState",
    "Invitations",
    "Kind",
    "LinkInfo",
    "Links",
    "Passwords",
    "Purpose",
    "Recovery",
    "RoleInfo",
    "Roles",
    "SignInInfo",
    "SignIns",
    "TokenInfo",
    "Tokens",
    "WrongCredentials",
    "actor_names",
]

"""What the other rooms may know of accounts: frozen values, promises and errors."""

from insula.accounts.interfaces.columns import AccountColumns, TokenColumns
from insula.accounts.interfaces.links import (
    AccountLetters,
    InvitationInfo,
    Invitations,
    InvitationState,
    LinkInfo,
    Links,
    Purpose,
    Recovery,
)
from insula.accounts.interfaces.machines import ServiceAccounts
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
from insula.accounts.interfaces.tokens import (
    ELEVATED_DAYS,
    LONGEST_OVERLAP,
    MOST_NETWORKS,
    TOKEN_PATTERN,
    TokenCounts,
    TokenFilter,
    TokenInfo,
    Tokens,
    TokenState,
)

__all__ = [
    "DEFAULT_ROLES",
    "ELEVATED_DAYS",
    "LONGEST_OVERLAP",
    "MOST_NETWORKS",
    "OWNER",
    "TOKEN_PATTERN",
    "AccountColumns",
    "AccountInfo",
    "AccountLetters",
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
    "ServiceAccounts",
    "SignInInfo",
    "SignIns",
    "TokenColumns",
    "TokenCounts",
    "TokenFilter",
    "TokenInfo",
    "TokenState",
    "Tokens",
    "WrongCredentials",
    "actor_names",
]

"""Facts about accounts; none carries a secret, a hash or an e-mail address."""

from __future__ import annotations

from dataclasses import dataclass

from insula.events.interfaces import Event


@dataclass(frozen=True)
class AccountCreated(Event):
    """A person or a service became known to the tenant."""

    name = "account.created"
    account_id: str
    kind: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class AccountRolesChanged(Event):
    """An account was given other roles."""

    name = "account.roles-changed"
    account_id: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class AccountPasswordChanged(Event):
    """A person's password was set; `ended` other signed-in sessions ended with the old one."""

    name = "account.password-changed"
    account_id: str
    ended: int


@dataclass(frozen=True)
class AccountSignedIn(Event):
    """A person signed in."""

    name = "account.signed-in"
    account_id: str
    sign_in_id: str
    address: str


@dataclass(frozen=True)
class AccountSignedOut(Event):
    """A person left."""

    name = "account.signed-out"
    account_id: str
    sign_in_id: str


@dataclass(frozen=True)
class AccountSessionEnded(Event):
    """Signed-in sessions of an account were ended other than by leaving them; `ended` says how many."""

    name = "account.session-ended"
    account_id: str
    ended: int


@dataclass(frozen=True)
class TokenCreated(Event):
    """An API token was made for an account."""

    name = "token.created"
    token_id: str
    kid: str
    account_id: str
    label: str
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    expires_at: str
    elevated: bool


@dataclass(frozen=True)
class TokenRotated(Event):
    """A new token took the place of another, which works until `until`."""

    name = "token.rotated"
    token_id: str
    kid: str
    account_id: str
    successor: str
    until: str


@dataclass(frozen=True)
class TokenRevoked(Event):
    """An API token was revoked."""

    name = "token.revoked"
    token_id: str
    kid: str
    account_id: str

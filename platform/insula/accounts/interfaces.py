"""What the other rooms may know of accounts: frozen values, promises and errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol
from uuid import UUID

from insula.kit.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

Kind = Literal["person", "service"]

DEFAULT_ROLES: dict[str, str] = {
    "owner": "Owner",
    "admin": "Administrator",
    "editor": "Editor",
    "author": "Author",
    "viewer": "Viewer",
}
"""The roles every new tenant begins with: name as the policy knows it, title as screens show it."""


class WrongCredentials(Unauthenticated):
    """E-mail and password do not belong together; which of the two is wrong is never told."""

    title = "E-mail and password do not match"


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """One account of one tenant, with the names of its roles."""

    id: UUID
    kind: Kind
    name: str
    email: str | None
    roles: frozenset[str]
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RoleInfo:
    """One role of one tenant."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class SignInInfo:
    """One signed-in session: who, since when, until when, from where."""

    id: UUID
    account: AccountInfo
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    user_agent: str
    mfa: bool = False


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """One API token without its secret.

    `scopes` are the actions the token may be used for; the empty set means whatever its account may
    do. `networks` are CIDR texts the request must come from; none means anywhere. Whoever decides
    about a request applies both *after* the policy has answered for the account.
    """

    id: UUID
    kid: str
    label: str
    account: AccountInfo
    scopes: frozenset[str]
    networks: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HashedPassword:
    """A password that is hashed already, so that no hash is computed while rows are locked."""

    text: str


class Passwords(Protocol):
    """Hashes passwords, a bounded number at a time, without touching a session.

    When too many callers wait already, both verbs raise `kit.errors.Unavailable` with `retry_after`.
    """

    def check_new(self, password: str, *, email: str | None = None) -> None:
        """Raise `Invalid` with the path `password` unless this may become a password."""

    def hash(self, password: str) -> HashedPassword:
        """Return the argon2id hash of a password."""

    def verify(self, stored: str | None, password: str) -> bool:
        """Say whether the password made this hash; without a hash, take as long and say no."""

    def is_outdated(self, stored: str) -> bool:
        """Say whether the hash was made with other parameters than today's."""


class Accounts(Protocol):
    """The accounts and roles of one tenant.

    A plain password is hashed before the first statement of the call. A caller whose session is
    writing already hashes first, with `Passwords.hash`, and hands over the `HashedPassword`.
    """

    def create_person(
        self, email: str, name: str, password: str | HashedPassword | None, roles: Iterable[str] = ()
    ) -> AccountInfo:
        """Add a person; `Conflict` when the e-mail is taken, `Invalid` for a bad field or role."""

    def service_account(self, name: str, roles: Iterable[str] = ()) -> AccountInfo:
        """Find the service account of that name, or make it, and see to it that it has the roles."""

    def by_id(self, account_id: UUID) -> AccountInfo | None:
        """Return the account, active or not."""

    def by_email(self, email: str) -> AccountInfo | None:
        """Return the person with that e-mail however it is spelled, active or not."""

    def names(self, account_ids: Iterable[UUID]) -> Mapping[UUID, str]:
        """Return the names of those of these accounts that there are, in one statement."""

    def list(self) -> Sequence[AccountInfo]:
        """Return all accounts: people by e-mail, then services by name."""

    def roles(self) -> Sequence[RoleInfo]:
        """Return the roles of the tenant by name."""

    def roles_of(self, account_id: UUID) -> frozenset[str]:
        """Return the names of an account's roles."""

    def set_roles(self, account_id: UUID, roles: Iterable[str]) -> AccountInfo:
        """Give an account exactly these roles."""

    def set_password(
        self, account_id: UUID, password: str | HashedPassword, *, keep_sign_in: UUID | None = None
    ) -> int:
        """Set a person's password and end the other signed-in sessions; return how many ended."""

    def verify(self, email: str, password: str, address: str) -> AccountInfo:
        """Return the person these credentials belong to.

        Raises `WrongCredentials`, or `TooMany` with `retry_after` when account or address has failed
        too often lately. Attempts are counted in short transactions of their own, so a refused
        request cannot take them back; the call neither reads nor writes the session of the request.
        """


class SignIns(Protocol):
    """Signed-in sessions as rows; only the SHA-256 of a session's secret is stored."""

    def start(
        self, account_id: UUID, *, address: str, user_agent: str, replacing: UUID | None = None
    ) -> tuple[SignInInfo, str]:
        """Begin a session and return it with its secret, the value for the cookie.

        The session with the id `replacing` ends, whosever it is: a sign-in always rotates. Writes;
        emits `account.signed-in`, and `account.session-ended` for the session replaced.
        """

    def find(self, secret: str) -> SignInInfo | None:
        """Return the live session of this secret in this tenant, in one statement.

        `None` when unknown, ended, expired, idle for too long, or the account is inactive. When it
        was last seen is noted in a buffer and written later, so a GET stays a GET.
        """

    def of_account(self, account_id: UUID) -> Sequence[SignInInfo]:
        """Return the live sessions of an account, the latest seen first."""

    def end(self, account_id: UUID, sign_in_id: UUID, *, leaving: bool = False) -> bool:
        """End one session of this account; False when there is none such.

        With `leaving` the person in it signs out, and the event is `account.signed-out`; this and
        the other two verbs else emit `account.session-ended`, once for an account.
        """

    def end_secret(self, secret: str) -> bool:
        """End the session of this secret."""

    def end_all(self, account_id: UUID, *, keep: UUID | None = None) -> int:
        """End every session of an account, but for one; return how many ended."""


class Tokens(Protocol):
    """API tokens of one tenant; only the SHA-256 of a token's secret is stored."""

    def create(
        self,
        account_id: UUID,
        *,
        label: str = "",
        scopes: Iterable[str] = (),
        networks: Iterable[str] = (),
        days: int | None = None,
    ) -> tuple[TokenInfo, str]:
        """Make a token for an account and return it with its text, which is never shown again."""

    def find(self, text: str) -> TokenInfo | None:
        """Return the live token of this text in this tenant, in one statement.

        `None` when malformed (told by the checksum, without a statement), unknown here, revoked,
        expired, or the account is inactive. Scopes and networks are not looked at.
        """

    def list(self, account_id: UUID | None = None) -> Sequence[TokenInfo]:
        """Return the tokens, of one account or of all, newest first, the dead ones too."""

    def revoke(self, kid: str) -> TokenInfo:
        """Revoke the token with this kid; `NotFound` when there is none."""


def actor_names(accounts: Accounts, actors: Iterable[str | None]) -> dict[str, str]:
    """Return the names of those actors that are accounts of this tenant, by what events call them."""
    ids = {}
    for actor in actors:
        try:
            ids[UUID(actor or "")] = actor or ""
        except ValueError:
            # A command or a part of the platform acted, and is named as it is.
            continue
    return {ids[account_id]: name for account_id, name in accounts.names(ids).items()}

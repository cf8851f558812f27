"""Accounts: the people and services of a tenant, and what keeps their passwords."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol
from uuid import UUID

from insula.kit.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from insula.accounts.interfaces.columns import AccountColumns

Kind = Literal["person", "service", "operator"]


class WrongCredentials(Unauthenticated):
    """E-mail and password do not belong together; which of the two is wrong is never told."""

    title = "E-mail and password do not match"


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """One account of one tenant.

    `roles` are the names of the roles in force: its own and those of its groups.
    """

    id: UUID
    kind: Kind
    name: str
    email: str | None
    roles: frozenset[str]
    active: bool
    created_at: datetime
    own_roles: frozenset[str] = frozenset()
    groups: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class AccountsPage:
    """Some accounts in the order of their names; `after` asks for the next ones, and is None on the last page."""

    data: Sequence[AccountInfo]
    after: tuple[str, UUID] | None


@dataclass(frozen=True, slots=True)
class HashedPassword:
    """A password that is hashed already, so that no hash is computed while rows are locked."""

    text: str


class Passwords(Protocol):
    """Hashes passwords, a bounded number at a time, without touching a session that writes.

    When too many callers wait already, `hash` and `verify` raise `kit.errors.Unavailable` with `retry_after`.
    """

    def check_new(self, password: str, *, email: str | None = None) -> None:
        """Raise `Invalid` with the path `password` unless the tenant's rules let this become a password."""

    def hash(self, password: str) -> HashedPassword:
        """Return the argon2id hash of a password."""

    def verify(self, stored: str | None, password: str) -> bool:
        """Say whether the password made this hash; without a hash, take as long and say no."""

    def is_outdated(self, stored: str) -> bool:
        """Say whether the hash was made with other parameters than today's."""


class Accounts(Protocol):
    """The accounts of one tenant.

    A plain password is hashed before the first statement of the call. A caller whose session is
    writing already hashes first, with `Passwords.hash`, and hands over the `HashedPassword`.

    Only owners decide about owners: where a signed-in caller without the role owner gives or takes
    that role, or changes an account that holds it, the verb raises `Refused`. Commands may. The last
    active person with the role owner stays: what would take them away raises `Conflict`.

    All changes of a tenant queue. Whoever works out what to set from what there is asks `for_change` first.
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
        """Return all accounts but operators': people by e-mail, then services by name."""

    def page(
        self,
        *,
        find: str = "",
        kind: Kind | None = None,
        role: str | None = None,
        group: UUID | None = None,
        active: bool | None = None,
        where: ColumnElement[bool] | None = None,
        limit: int = 50,
        after: tuple[str, UUID] | None = None,
    ) -> AccountsPage:
        """Return accounts by name whose name or e-mail contains `find`, the next `limit` after a place.

        With `role` only those that hold it, in person or through a group; with `group` only those in it; with `active`
        only those let in, or kept out; with `where`, a condition over `columns`, only those that meet it.
        """

    @property
    def columns(self) -> AccountColumns:
        """What a condition about accounts may read."""

    def last_seen(self, account_ids: Iterable[UUID]) -> Mapping[UUID, datetime]:
        """Return when these accounts were last here, by a session or a token; those that never were are left out."""

    def for_change(self, account_id: UUID) -> AccountInfo:
        """Return the account as it stands once the other changes of this tenant are done; it stays so until the commit.

        `NotFound` when there is none by then.
        """

    def set_name(self, account_id: UUID, name: str) -> AccountInfo:
        """Give a person another name; a service is known by its own and keeps it (`Conflict`)."""

    def set_roles(self, account_id: UUID, roles: Iterable[str]) -> AccountInfo:
        """Give an account exactly these roles of its own; those of its groups stay.

        Where the roles in force change, all signed-in sessions of the account end.
        """

    def set_groups(self, account_id: UUID, groups: Iterable[UUID]) -> AccountInfo:
        """Put an account in exactly these groups; `Invalid` with the path `groups` for one that is not.

        Where the roles in force change, all signed-in sessions of the account end.
        """

    def set_active(self, account_id: UUID, *, active: bool) -> AccountInfo:
        """Let an account in or keep it out.

        Kept out, its sessions end, its tokens are refused at once, and letters sent to it before are void.
        """

    def delete(self, account_id: UUID) -> None:
        """Remove an account with its sessions, tokens and memberships; what it did stays told by its id."""

    def set_password(
        self, account_id: UUID, password: str | HashedPassword, *, keep_sign_in: UUID | None = None
    ) -> int:
        """Set a person's password and end the other signed-in sessions; return how many ended.

        Letters sent before are void: those that reset the password, and those that confirm another e-mail.
        """

    def verify(self, email: str, password: str, address: str) -> AccountInfo:
        """Return the person these credentials belong to.

        Raises `WrongCredentials`, or `TooMany` with `retry_after` when account or address has failed
        too often lately. Attempts are counted in short transactions of their own, so a refused
        request cannot take them back; the call neither reads nor writes the session of the request.
        """


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

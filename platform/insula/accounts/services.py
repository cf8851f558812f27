"""Accounts as rows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from insula.accounts import emails
from insula.accounts.attempts import attempts_of
from insula.accounts.checking import PasswordCheck
from insula.accounts.events import AccountChanged, AccountCreated, AccountDeleted, AccountPasswordChanged
from insula.accounts.groups import SQLGroups
from insula.accounts.interfaces import AccountInfo, AccountLetters, HashedPassword, SignIns
from insula.accounts.links import SQLLinks
from insula.accounts.listing import AccountLists, account_columns
from insula.accounts.models import Account, AccountRole
from insula.accounts.operators import OPERATOR
from insula.accounts.passwords import hasher_of, passwords_factory
from insula.accounts.privileges import privileges_of
from insula.accounts.rows import account_infos, account_rows
from insula.accounts.titles import checked_name
from insula.db.work import insert_into, tenant_work
from insula.events.interfaces import Events
from insula.kit.clock import now
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound, TooMany
from insula.kit.ids import uuid7
from insula.observability.log import get

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from insula.accounts.interfaces import AccountColumns, AccountsPage, Kind, Passwords
    from insula.accounts.privileges import Privileges

log = get("insula.accounts")


class SQLAccounts:
    """The accounts of the tenant its session is bound to."""

    def __init__(
        self,
        session: Any,
        *,
        passwords: Passwords,
        check: PasswordCheck,
        privileges: Privileges,
        sign_ins: Callable[[], SignIns],
        letters: Callable[[], AccountLetters],
        events: Callable[[], Events],
    ) -> None:
        self._session = session
        self._passwords = passwords
        self._privileges = privileges
        self._sign_ins = sign_ins
        self._letters = letters
        self._events = events
        self._groups = SQLGroups(session, privileges=privileges, events=events)
        self._lists = AccountLists(session)
        self.verify = check.verify

    def create_person(
        self, email: str, name: str, password: str | HashedPassword | None, roles: Iterable[str] = ()
    ) -> AccountInfo:
        """Add a person."""
        email = emails.checked(email)
        hashed = self._hashed(password, email)
        made = self._create("person", roles, email=email, name=checked_name(name), password_hash=hashed)
        if made is None:
            raise Conflict(
                f"An account with the e-mail {email} exists already.",
                errors=[FieldError("email", "An account with this e-mail exists already.")],
            )
        return made

    def service_account(self, name: str, roles: Iterable[str] = ()) -> AccountInfo:
        """Find the service account of that name, or make it, and see to it that it has the roles."""
        handle = checked_name(name)
        wanted = frozenset(roles)
        self._privileges.lock()
        # Looked for again where it was not made: somebody else has just done so.
        found = (
            self._service(handle)
            or self._create("service", wanted, handle=handle, name=handle)
            or self._service(handle)
        )
        if found is None:
            raise Conflict(f"The service account {handle} is being made and removed at this moment.")
        return found if wanted <= found.own_roles else self.set_roles(found.id, wanted | found.own_roles)

    def by_id(self, account_id: UUID) -> AccountInfo | None:
        """Return the account, active or not."""
        rows = self._session.execute(account_rows(self._session.tenant_id).where(Account.id == account_id))
        return next(iter(account_infos(rows)), None)

    def by_email(self, email: str) -> AccountInfo | None:
        """Return the person with that e-mail however it is spelled, active or not."""
        wanted = emails.normalised(email)
        rows = self._session.execute(account_rows(self._session.tenant_id).where(Account.email == wanted))
        return next(iter(account_infos(rows)), None)

    def names(self, account_ids: Iterable[UUID]) -> Mapping[UUID, str]:
        """Return the names of those of these accounts that there are."""
        return self._lists.names(account_ids)

    def list(self) -> Sequence[AccountInfo]:
        """Return all accounts: people by e-mail, then services by name."""
        return self._lists.all()

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
        """Return some accounts by name."""
        return self._lists.page(
            find=find,
            kind=kind,
            role=role,
            group=group,
            active=active,
            where=where,
            limit=limit,
            after=after,
        )

    @property
    def columns(self) -> AccountColumns:
        """What a condition about accounts may read."""
        return account_columns(self._session.tenant_id)

    def last_seen(self, account_ids: Iterable[UUID]) -> Mapping[UUID, datetime]:
        """Return when these accounts were last here."""
        return self._lists.last_seen(account_ids)

    def for_change(self, account_id: UUID) -> AccountInfo:
        """Wait for the other changes of this tenant and return the account as it stands then."""
        self._get(account_id)
        return self._info(account_id)

    def set_name(self, account_id: UUID, name: str) -> AccountInfo:
        """Give a person another name."""
        account, info = self._get(account_id), self._info(account_id)
        self._privileges.owners_business(info.roles)
        if account.kind != "person":
            raise Conflict("A service or an operator is known by its name, which stays.")
        wanted = checked_name(name)
        if wanted != account.name:
            account.name = wanted
            self._session.flush()
            self._events().emit(AccountChanged(str(account_id), ("name",), account.active))
        return self._info(account_id)

    def set_roles(self, account_id: UUID, roles: Iterable[str]) -> AccountInfo:
        """Give an account exactly these roles of its own."""
        self._refuse_operator(account_id)
        wanted = self._privileges.known(roles)
        with self._privileges.changing([account_id]):
            of_account = (
                AccountRole.tenant_id == self._session.tenant_id,
                AccountRole.account_id == account_id,
            )
            held = frozenset(self._session.scalars(select(AccountRole.role).where(*of_account)))
            self._session.execute(
                delete(AccountRole)
                .where(*of_account, AccountRole.role.not_in(wanted))
                .execution_options(synchronize_session=False)
            )
            added = sorted(wanted - held)
            self._session.add_all(AccountRole(account_id=account_id, role=role) for role in added)
        return self._info(account_id)

    def set_groups(self, account_id: UUID, groups: Iterable[UUID]) -> AccountInfo:
        """Put an account in exactly these groups."""
        self._refuse_operator(account_id)
        self._groups.put(account_id, groups)
        return self._info(account_id)

    def set_active(self, account_id: UUID, *, active: bool) -> AccountInfo:
        """Let an account in or keep it out."""
        account = self._get(account_id)
        with self._privileges.changing([account_id]):
            changes = account.active != active
            account.active = active
        if not active:
            self._void_letters(account_id)
        if changes:
            self._events().emit(AccountChanged(str(account_id), ("active",), active))
        return self._info(account_id)

    def delete(self, account_id: UUID) -> None:
        """Remove an account with its sessions, tokens and memberships."""
        account = self._get(account_id)
        with self._privileges.changing([account_id]):
            roles = tuple(sorted(self._info(account_id).roles))
            self._session.delete(account)
        self._events().emit(AccountDeleted(str(account_id), account.kind, roles))

    def set_password(
        self, account_id: UUID, password: str | HashedPassword, *, keep_sign_in: UUID | None = None
    ) -> int:
        """Set a person's password and end the other signed-in sessions; return how many ended."""
        hashed = self._hashed(password, None)
        account = self._get(account_id)
        if account.kind != "person":
            raise Conflict("A service has no password. Make it a token instead.")
        self._privileges.owners_business(self._info(account_id).roles)
        account.password_hash = hashed
        self._session.flush()
        self._void_letters(account_id)
        ended = self._sign_ins().end_all(account_id, keep=keep_sign_in)
        self._events().emit(AccountPasswordChanged(str(account_id), ended))
        self.tell(self._letters().password_changed, account.email or "")
        return ended

    def tell(self, letter: Callable[[str], None], email: str) -> None:
        """Send a letter that only tells what has happened; where it cannot be sent, that does not undo it."""
        try:
            letter(email)
        except (TooMany, Invalid):
            log.warning("accounts.letter.left-out", letter=letter.__name__)

    def _service(self, handle: str) -> AccountInfo | None:
        rows = self._session.execute(account_rows(self._session.tenant_id).where(Account.handle == handle))
        return next(iter(account_infos(rows)), None)

    def _create(self, kind: Kind, roles: Iterable[str], **values: str | None) -> AccountInfo | None:
        """Return the new account, or None where there is one of that e-mail or handle."""
        self._privileges.lock()
        wanted = self._privileges.known(roles)
        self._privileges.owners_business(wanted)
        # The second of two that arrive together waits here for the first to commit, and is then told without an error.
        account = self._session.scalars(
            insert_into(self._session, Account)
            .values(
                tenant_id=self._session.tenant_id,
                id=uuid7(),
                kind=kind,
                active=True,
                created_at=now(),
                **values,
            )
            .on_conflict_do_nothing()
            .returning(Account)
        ).one_or_none()
        if account is None:
            return None
        self._session.add_all(AccountRole(account_id=account.id, role=role) for role in sorted(wanted))
        self._session.flush()
        self._events().emit(AccountCreated(str(account.id), account.kind, tuple(sorted(wanted))))
        return self._info(account.id)

    def _void_letters(self, account_id: UUID) -> None:
        # Whoever asked for them may be the one that is kept out now.
        links = SQLLinks(self._session)
        links.revoke_of("reset", account_id)
        links.revoke_of("confirmation", account_id)

    def _get(self, account_id: UUID) -> Account:
        """Wait for the other changes of this tenant and return the row as it is then."""
        self._privileges.lock()
        key = (self._session.tenant_id, account_id)
        account: Account | None = self._session.get(Account, key, populate_existing=True)
        if account is None:
            raise NotFound("There is no such account.")
        return account

    def _refuse_operator(self, account_id: UUID) -> None:
        if self._get(account_id).kind == OPERATOR:
            raise Conflict(
                "What an operator may do comes with the visit. Deactivate the account to keep them out."
            )

    def _info(self, account_id: UUID) -> AccountInfo:
        info = self.by_id(account_id)
        if info is None:
            raise NotFound("There is no such account.")
        return info

    def _hashed(self, password: str | HashedPassword | None, email: str | None) -> str | None:
        if password is None:
            return None
        if isinstance(password, HashedPassword):
            return password.text
        self._passwords.check_new(password, email=email)
        return self._passwords.hash(password).text


def accounts_of(request: Any, privileges: Privileges) -> SQLAccounts:
    """Return the accounts of the tenant of this request behind these privileges."""
    registry = request.registry
    short_work = partial(tenant_work, registry, request.tenant_id)
    return SQLAccounts(
        request.db,
        passwords=passwords_factory(None, request),
        check=PasswordCheck(hasher_of(registry), attempts_of(request), short_work),
        privileges=privileges,
        sign_ins=partial(request.find_service, SignIns),
        letters=partial(request.find_service, AccountLetters),
        events=partial(request.find_service, Events),
    )


def accounts_factory(context: Any, request: Any) -> SQLAccounts:
    """Return the accounts of the tenant of this request."""
    return accounts_of(request, privileges_of(request))

"""Accounts as rows, and the factories of the room's services."""

from __future__ import annotations

import difflib
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from insula.accounts import emails
from insula.accounts.attempts import SQLAttempts
from insula.accounts.events import AccountCreated, AccountPasswordChanged, AccountRolesChanged
from insula.accounts.interfaces import AccountInfo, HashedPassword, RoleInfo, WrongCredentials
from insula.accounts.models import Account, AccountRole, Role, SignIn
from insula.accounts.passwords import Argon2Passwords
from insula.accounts.rows import account_info, account_infos, account_rows
from insula.accounts.settings import AccountsSettings
from insula.db.work import tenant_work
from insula.events.interfaces import Events
from insula.kit.clock import now
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound
from insula.kit.ids import uuid7
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from uuid import UUID

    from insula.accounts.interfaces import Kind, Passwords

_PASSWORDS = "insula.accounts.passwords"
_LOCK = threading.Lock()


class SQLAccounts:
    """The accounts of the tenant its session is bound to."""

    def __init__(
        self,
        session: Any,
        *,
        passwords: Passwords,
        attempts: SQLAttempts,
        events: Events,
        short_work: Callable[..., AbstractContextManager[Any]],
    ) -> None:
        self._session = session
        self._passwords = passwords
        self._attempts = attempts
        self._events = events
        self._short_work = short_work

    def create_person(
        self, email: str, name: str, password: str | HashedPassword | None, roles: Iterable[str] = ()
    ) -> AccountInfo:
        """Add a person."""
        email = emails.checked(email)
        hashed = self._hashed(password, email)
        made = self._create("person", roles, email=email, name=_name(name), password_hash=hashed)
        if made is None:
            raise Conflict(
                f"An account with the e-mail {email} exists already.",
                errors=[FieldError("email", "An account with this e-mail exists already.")],
            )
        return made

    def service_account(self, name: str, roles: Iterable[str] = ()) -> AccountInfo:
        """Find the service account of that name, or make it, and see to it that it has the roles."""
        handle = _name(name)
        wanted = frozenset(roles)
        # Looked for again where it was not made: somebody else has just done so.
        found = (
            self._service(handle)
            or self._create("service", wanted, handle=handle, name=handle)
            or self._service(handle)
        )
        if found is None:
            raise Conflict(f"The service account {handle} is being made and removed at this moment.")
        return found if wanted <= found.roles else self.set_roles(found.id, wanted | found.roles)

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
        wanted = set(account_ids)
        if not wanted:
            return {}
        found = select(Account.id, Account.name).where(
            Account.tenant_id == self._session.tenant_id, Account.id.in_(wanted)
        )
        return {row.id: row.name for row in self._session.execute(found)}

    def list(self) -> Sequence[AccountInfo]:
        """Return all accounts: people by e-mail, then services by name."""
        ordered = account_rows(self._session.tenant_id).order_by(Account.kind, Account.email, Account.handle)
        return account_infos(self._session.execute(ordered))

    def roles(self) -> Sequence[RoleInfo]:
        """Return the roles of the tenant by name."""
        rows = self._session.scalars(
            select(Role).where(Role.tenant_id == self._session.tenant_id).order_by(Role.name)
        )
        return [RoleInfo(row.name, row.title) for row in rows]

    def roles_of(self, account_id: UUID) -> frozenset[str]:
        """Return the names of an account's roles."""
        found = self.by_id(account_id)
        return found.roles if found else frozenset()

    def set_roles(self, account_id: UUID, roles: Iterable[str]) -> AccountInfo:
        """Give an account exactly these roles."""
        account = self._get(account_id)
        wanted = self._known_roles(roles)
        own = and_(AccountRole.tenant_id == self._session.tenant_id, AccountRole.account_id == account_id)
        held = frozenset(self._session.scalars(select(AccountRole.role).where(own)))
        if wanted != held:
            self._session.execute(
                delete(AccountRole)
                .where(own, AccountRole.role.not_in(wanted))
                .execution_options(synchronize_session=False)
            )
            added = sorted(wanted - held)
            self._session.add_all(AccountRole(account_id=account_id, role=role) for role in added)
            self._session.flush()
            before, after = tuple(sorted(held)), tuple(sorted(wanted))
            self._events.emit(AccountRolesChanged(str(account_id), before, after))
        return account_info(account, wanted)

    def set_password(
        self, account_id: UUID, password: str | HashedPassword, *, keep_sign_in: UUID | None = None
    ) -> int:
        """Set a person's password and end the other signed-in sessions; return how many ended."""
        hashed = self._hashed(password, None)
        account = self._get(account_id)
        if account.kind != "person":
            raise Conflict("A service has no password. Make it a token instead.")
        account.password_hash = hashed
        others = and_(
            SignIn.tenant_id == self._session.tenant_id,
            SignIn.account_id == account_id,
            SignIn.revoked_at.is_(None),
            SignIn.id != keep_sign_in if keep_sign_in else SignIn.id.is_not(None),
        )
        ended = self._session.execute(
            update(SignIn).where(others).values(revoked_at=now()).execution_options(synchronize_session=False)
        ).rowcount
        self._session.flush()
        self._events.emit(AccountPasswordChanged(str(account_id), ended))
        return int(ended)

    def verify(self, email: str, password: str, address: str) -> AccountInfo:
        """Return the person these credentials belong to."""
        email = emails.normalised(email)
        self._attempts.begin(email, address)
        with self._short_work(writing=False) as work:
            found = work.db.execute(account_rows(work.tenant_id).where(Account.email == email)).all()
            stored = found[0][0].password_hash if found and found[0][0].active else None
            people = account_infos(found)
        # No transaction is open here: a hash takes longer than everything else in a request.
        if not self._passwords.verify(stored, password):
            raise WrongCredentials("E-mail and password do not match.")
        renewed = self._passwords.hash(password).text if self._passwords.is_outdated(stored or "") else None
        with self._short_work(writing=True) as work:
            self._attempts.succeeded(work.db, email, address)
            if renewed:
                self._renew(work.db, people[0].id, stored, renewed)
        self._attempts.remember(email, address)
        return people[0]

    def _renew(self, session: Any, account_id: UUID, stored: str | None, renewed: str) -> None:
        # The old hash is part of the condition, so a password changed meanwhile is not undone.
        session.execute(
            update(Account)
            .where(
                Account.tenant_id == session.tenant_id,
                Account.id == account_id,
                Account.password_hash == stored,
            )
            .values(password_hash=renewed)
            .execution_options(synchronize_session=False)
        )

    def _service(self, handle: str) -> AccountInfo | None:
        rows = self._session.execute(account_rows(self._session.tenant_id).where(Account.handle == handle))
        return next(iter(account_infos(rows)), None)

    def _create(self, kind: Kind, roles: Iterable[str], **values: str | None) -> AccountInfo | None:
        """Return the new account, or None where there is one of that e-mail or handle."""
        wanted = self._known_roles(roles)
        insert = postgresql.insert if self._session.get_bind().dialect.name == "postgresql" else sqlite.insert
        # The second of two that arrive together waits here for the first to commit, and is then told without an error.
        account = self._session.scalars(
            insert(Account)
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
        self._events.emit(AccountCreated(str(account.id), account.kind, tuple(sorted(wanted))))
        return account_info(account, wanted)

    def _get(self, account_id: UUID) -> Account:
        account: Account | None = self._session.get(Account, (self._session.tenant_id, account_id))
        if account is None:
            raise NotFound("There is no such account.")
        return account

    def _hashed(self, password: str | HashedPassword | None, email: str | None) -> str | None:
        if password is None:
            return None
        if isinstance(password, HashedPassword):
            return password.text
        self._passwords.check_new(password, email=email)
        return self._passwords.hash(password).text

    def _known_roles(self, roles: Iterable[str]) -> frozenset[str]:
        wanted = frozenset(roles)
        known = sorted(role.name for role in self.roles()) if wanted else []
        errors = []
        for name in sorted(wanted.difference(known)):
            near = difflib.get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Use one of {', '.join(known)}."
            errors.append(FieldError("roles", f"There is no role {name!r}. {hint}"))
        if errors:
            raise Invalid(errors=errors)
        return wanted


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > 200:
        raise Invalid(errors=[FieldError("name", f"Use 1 to 200 characters. You typed {len(name)}.")])
    return name


def passwords_of(registry: Any) -> Argon2Passwords:
    """Return the hasher of this process: its slots bound the hashes of all threads together."""
    with _LOCK:
        found: Argon2Passwords | None = registry.get(_PASSWORDS)
        if found is None:
            found = registry[_PASSWORDS] = Argon2Passwords(settings_of(registry, AccountsSettings))
        return found


def passwords_factory(context: Any, request: Any) -> Passwords:
    """Return the hasher of this process."""
    return passwords_of(request.registry)


def accounts_factory(context: Any, request: Any) -> SQLAccounts:
    """Return the accounts of the tenant of this request."""
    registry, tenant_id = request.registry, request.tenant_id
    short_work = partial(tenant_work, registry, tenant_id)
    return SQLAccounts(
        request.db,
        passwords=passwords_of(registry),
        attempts=SQLAttempts(short_work, settings_of(registry, AccountsSettings)),
        events=request.find_service(Events),
        short_work=short_work,
    )

"""Ways back into an account, and to another e-mail address, through letters."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from insula.accounts import emails
from insula.accounts.attempts import attempts_of
from insula.accounts.events import AccountEmailAsked, AccountEmailChanged, AccountResetAsked, AccountResetSent
from insula.accounts.interfaces import AccountLetters, SignIns
from insula.accounts.links import GONE, SQLLinks, link_info
from insula.accounts.models import Account, Link
from insula.accounts.privileges import privileges_of
from insula.accounts.services import accounts_of
from insula.accounts.settings import AccountsSettings
from insula.events.interfaces import Events
from insula.kit.addresses import one_address
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound, TooMany
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from insula.accounts.attempts import SQLAttempts
    from insula.accounts.interfaces import AccountInfo, HashedPassword, LinkInfo
    from insula.accounts.privileges import Privileges
    from insula.accounts.services import SQLAccounts


class SQLRecovery:
    """Recovery in the tenant its session is bound to.

    `accounts` does what a link is good for, and so asks nobody who is signed in.
    """

    def __init__(
        self,
        session: Any,
        *,
        settings: AccountsSettings,
        privileges: Privileges,
        accounts: SQLAccounts,
        attempts: SQLAttempts,
        sign_ins: Callable[[], SignIns],
        letters: Callable[[], AccountLetters],
        events: Callable[[], Events],
    ) -> None:
        self._session = session
        self._settings = settings
        self._privileges = privileges
        self._accounts = accounts
        self._attempts = attempts
        self._sign_ins = sign_ins
        self._letters = letters
        self._events = events
        self._links = SQLLinks(session)

    def ask_reset(self, email: str, address: str) -> None:
        """Note that somebody at a network address asked for a reset letter."""
        email = emails.checked(email)
        block = one_address(address)
        self._may_ask(block)
        # Nobody is looked for here: the consumer of the event does that, and its time is told to nobody.
        link, _ = self._links.issue("reset", email=email, lifetime=self._settings.reset_life)
        self._events().emit(AccountResetAsked(str(link.id), address[:64]))

    def answer(self, link_id: UUID) -> None:
        """Send the letter somebody asked for, where there is such a person who was not sent too many."""
        self._privileges.lock()
        link = self._session.scalars(
            select(Link).where(
                Link.tenant_id == self._session.tenant_id, Link.id == link_id, Link.purpose == "reset"
            )
        ).first()
        if link is None or link.account_id is not None:
            # Delivered a second time.
            return
        person = self._accounts.by_email(link.email)
        if person is None or not person.active or not self._may_be_sent(link.email):
            self._session.delete(link)
            return
        try:
            self._send_reset(link_info(link), person)
        except Invalid:
            # No letter reaches this address, and nobody is there to be told.
            self._session.delete(link)

    def send_reset(self, account_id: UUID) -> None:
        """Send a person a reset letter now, at an administrator's wish."""
        self._privileges.lock()
        person = self._person(account_id)
        if not person.active:
            raise Conflict("This account is kept out. Let it in first.")
        email = person.email or ""
        self._may_ask(str(account_id))
        link, _ = self._links.issue("reset", email=email, lifetime=self._settings.reset_life)
        self._send_reset(link, person)

    def reset(self, secret: str, hashed: HashedPassword) -> AccountInfo:
        """Set the password and end all sessions of the account."""
        self._privileges.lock()
        link = self._links.redeem("reset", secret)
        person = None if link.account_id is None else self._accounts.by_id(link.account_id)
        if person is None or not person.active:
            raise NotFound(GONE)
        self._accounts.set_password(person.id, hashed)
        self._attempts.forgive(self._session, link.email)
        return person

    def request_email_change(self, account_id: UUID, email: str) -> None:
        """Send a letter with a link to the new address."""
        email = emails.checked(email)
        self._privileges.lock()
        person = self._person(account_id)
        self._privileges.owners_business(person.roles)
        if email == person.email:
            raise Invalid(errors=[FieldError("email", "This is the address already.")])
        self._may_ask(str(account_id))
        # The same statements and one letter each, whether somebody has the address or not.
        taken = self._accounts.by_email(email) is not None
        link, secret = self._links.issue(
            "confirmation", email=email, lifetime=self._settings.confirmation_life, account_id=account_id
        )
        self._links.revoke_of("confirmation", account_id, keep=None if taken else link.id)
        if self._may_be_sent(email):
            if taken:
                self._letters().address_taken(email)
            else:
                self._letters().confirmation(link, secret)
        self._events().emit(AccountEmailAsked(str(account_id)))

    def confirm_email(self, secret: str, *, keep_sign_in: UUID | None = None) -> AccountInfo:
        """Let the new address count and tell the old one."""
        # Nobody takes the address between the look and the change.
        self._privileges.lock()
        link = self._links.redeem("confirmation", secret)
        person = None if link.account_id is None else self._accounts.by_id(link.account_id)
        if person is None or not person.active or self._accounts.by_email(link.email) is not None:
            raise NotFound(GONE)
        row = self._session.get(Account, (self._session.tenant_id, person.id))
        row.email = link.email
        self._session.flush()
        # Letters that were sent before, and sessions begun before, may be in other hands.
        self._links.revoke_of("reset", person.id)
        self._links.revoke_of("confirmation", person.id)
        self._sign_ins().end_all(person.id, keep=keep_sign_in)
        self._events().emit(AccountEmailChanged(str(person.id)), actor=str(person.id))
        self._accounts.tell(self._letters().address_changed, person.email or "")
        return self._person(person.id)

    def _send_reset(self, link: LinkInfo, person: AccountInfo) -> None:
        self._links.revoke_of("reset", person.id)
        link, secret = self._links.renew(link.id, lifetime=self._settings.reset_life, account_id=person.id)
        self._letters().reset(link, secret)
        self._events().emit(AccountResetSent(str(person.id)))

    def _may_ask(self, who: str) -> None:
        wait = self._attempts.spend(self._session, "asked", who, most=self._settings.letters_per_address)
        if wait is not None:
            raise TooMany("Too many letters were asked for.", retry_after=wait)

    def _may_be_sent(self, email: str) -> bool:
        most = self._settings.letters_per_email
        return self._attempts.spend(self._session, "letter", email, most=most) is None

    def _person(self, account_id: UUID) -> AccountInfo:
        found = self._accounts.by_id(account_id)
        if found is None:
            raise NotFound("There is no such account.")
        if found.kind != "person":
            raise Conflict("A service has no e-mail and no password.")
        return found


def recovery_of(request: Any) -> SQLRecovery:
    """Return the recovery of the tenant of this request, or of this unit of work."""
    return SQLRecovery(
        request.db,
        settings=settings_of(request.registry, AccountsSettings),
        privileges=privileges_of(request),
        accounts=accounts_of(request, privileges_of(request, lambda: None)),
        attempts=attempts_of(request),
        sign_ins=partial(request.find_service, SignIns),
        letters=partial(request.find_service, AccountLetters),
        events=partial(request.find_service, Events),
    )


def recovery_factory(context: Any, request: Any) -> SQLRecovery:
    """Return the recovery of the tenant of this request."""
    return recovery_of(request)

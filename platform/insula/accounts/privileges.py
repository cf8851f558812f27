"""Who holds which roles: what every change of that goes through, whatever it changes.

All changes of a tenant queue for one row, its role owner, so that of two that would each take away one of the last two
owners the second sees what the first has done. Whoever changes accounts, groups or roles, or uses a link up, takes its
place in that queue before anything is written or read to decide by: so all wait in one order, and none for the other.
"""

from __future__ import annotations

import difflib
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from insula.accounts.events import AccountRolesChanged
from insula.accounts.interfaces import OWNER, SignIns
from insula.accounts.listing import holds
from insula.accounts.models import Account, AccountRole, GroupRole, Role
from insula.accounts.rows import account_rows
from insula.events.interfaces import Events
from insula.kit.errors import Conflict, FieldError, Invalid, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from uuid import UUID

_AT_ONCE = 500
_QUEUED = "insula.accounts.queued"


@dataclass
class _State:
    """What one account was, or is after a change."""

    kind: str
    active: bool
    roles: set[str] = field(default_factory=set)

    @property
    def owns(self) -> bool:
        """Whether this is one of those who can mend everything else."""
        return self.kind == "person" and self.active and OWNER in self.roles


class Privileges:
    """Guards the changes of who holds which roles in one tenant.

    `asker` returns the roles of whoever is signed in, or None where nobody is, as in a command.
    """

    def __init__(
        self,
        session: Any,
        *,
        events: Callable[[], Events],
        sign_ins: Callable[[], SignIns],
        asker: Callable[[], Collection[str] | None],
    ) -> None:
        self._session = session
        self._events = events
        self._sign_ins = sign_ins
        self._asker = asker

    def known(self, roles: Iterable[str]) -> frozenset[str]:
        """Return the roles as a set, or raise `Invalid` for those the tenant does not have."""
        wanted = frozenset(roles)
        known = self._known() if wanted else []
        errors = []
        for name in sorted(wanted.difference(known)):
            near = difflib.get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Use one of {', '.join(known)}."
            errors.append(FieldError("roles", f"There is no role {name!r}. {hint}"))
        if errors:
            raise Invalid(errors=errors)
        return wanted

    def present(self, roles: Iterable[str]) -> frozenset[str]:
        """Return those of the roles that the tenant has."""
        return frozenset(roles).intersection(self._known())

    @property
    def asker_owns(self) -> bool:
        """Whether who asks may decide about owners."""
        asker = self._asker()
        return asker is None or OWNER in asker

    def owners_business(self, roles: Collection[str]) -> None:
        """Raise `Refused` where these roles are an owner's and who asks is none."""
        if OWNER in roles and not self.asker_owns:
            raise Refused("Only an owner may give or take the role owner, or change an owner's account.")

    @contextmanager
    def changing(self, account_ids: Iterable[UUID]) -> Iterator[None]:
        """Change what these accounts hold within the block, and answer for what follows from it."""
        wanted = set(account_ids)
        self.lock()
        before = self._states(wanted)
        yield
        self._session.flush()
        after = self._states(wanted)
        changed = {account_id for account_id, was in before.items() if after.get(account_id) != was}
        for account_id in changed:
            self.owners_business(before[account_id].roles)
            self.owners_business(after[account_id].roles if account_id in after else ())
        if any(before[one].owns and not (one in after and after[one].owns) for one in changed):
            self._keep_an_owner()
        self._follow({one: (before[one], after[one]) for one in sorted(changed & after.keys())})

    def lock(self) -> None:
        """Wait for the other changes of this tenant, once a transaction; what is read from then on stays so."""
        transaction = self._session.get_transaction()
        if transaction is not None and self._session.info.get(_QUEUED) is transaction:
            return
        self._session.execute(
            select(Role.name)
            .where(Role.tenant_id == self._session.tenant_id, Role.name == OWNER)
            .with_for_update()
        )
        self._session.info[_QUEUED] = self._session.get_transaction()

    def _follow(self, changed: Mapping[UUID, tuple[_State, _State]]) -> None:
        # A session that was begun with other privileges ends, so that nobody works on with what was given or taken.
        self._sign_ins().end_all_of(changed)
        self._events().emit_all(
            AccountRolesChanged(str(account_id), tuple(sorted(before.roles)), tuple(sorted(after.roles)))
            for account_id, (before, after) in changed.items()
            if before.roles != after.roles
        )

    def _states(self, wanted: Collection[UUID]) -> dict[UUID, _State]:
        found: dict[UUID, _State] = {}
        ids = sorted(wanted)
        for first in range(0, len(ids), _AT_ONCE):
            rows = self._session.execute(
                account_rows(self._session.tenant_id)
                .with_only_columns(
                    Account.id,
                    Account.kind,
                    Account.active,
                    AccountRole.role,
                    GroupRole.role,
                    maintain_column_froms=True,
                )
                .where(Account.id.in_(ids[first : first + _AT_ONCE]))
            )
            for account_id, kind, active, *roles in rows:
                state = found.setdefault(account_id, _State(kind, active))
                state.roles.update(role for role in roles if role)
        return found

    def _known(self) -> list[str]:
        names = select(Role.name).where(Role.tenant_id == self._session.tenant_id)
        return sorted(self._session.scalars(names))

    def _keep_an_owner(self) -> None:
        tenant_id = self._session.tenant_id
        left = self._session.scalars(
            select(Account.id)
            .where(
                Account.tenant_id == tenant_id,
                Account.kind == "person",
                Account.active,
                holds(tenant_id, OWNER),
            )
            .limit(1)
        ).first()
        if left is None:
            raise Conflict("This would leave nobody who owns this site. Make somebody else an owner first.")


def privileges_of(request: Any, asker: Callable[[], Collection[str] | None] | None = None) -> Privileges:
    """Return what guards the roles of the tenant of this request; `asker` takes the place of who is signed in."""

    def signed_in() -> Collection[str] | None:
        identity = getattr(request, "identity", None)
        return None if identity is None else identity.roles

    return Privileges(
        request.db,
        events=partial(request.find_service, Events),
        sign_ins=partial(request.find_service, SignIns),
        asker=asker or signed_in,
    )

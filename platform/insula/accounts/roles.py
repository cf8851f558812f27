"""Roles as rows."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, func, select, union

from insula.accounts.events import RoleCreated, RoleDeleted, RoleRenamed
from insula.accounts.interfaces import DEFAULT_ROLES, RoleInfo
from insula.accounts.models import AccountRole, GroupMember, GroupRole, Role
from insula.accounts.privileges import privileges_of
from insula.accounts.titles import checked_title
from insula.events.interfaces import Events
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from insula.accounts.privileges import Privileges

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")


class SQLRoles:
    """The roles of the tenant its session is bound to."""

    def __init__(self, session: Any, *, privileges: Privileges, events: Callable[[], Events]) -> None:
        self._session = session
        self._privileges = privileges
        self._events = events

    def all(self) -> Sequence[RoleInfo]:
        """Return the roles by name."""
        rows = self._session.execute(
            select(Role.name, Role.title).where(Role.tenant_id == self._session.tenant_id).order_by(Role.name)
        ).all()
        members = self._members()
        return [
            RoleInfo(name, title, name not in DEFAULT_ROLES, members.get(name, 0)) for name, title in rows
        ]

    def titles(self) -> Mapping[str, str]:
        """Return what each role is called."""
        found = select(Role.name, Role.title).where(Role.tenant_id == self._session.tenant_id)
        return dict(self._session.execute(found.order_by(Role.name)).all())

    def create(self, name: str, title: str) -> RoleInfo:
        """Add a role."""
        if not _NAME.fullmatch(name):
            detail = "Use a lower-case letter, then up to 62 of a-z, 0-9, _ and -."
            raise Invalid(errors=[FieldError("name", f"{detail} You gave {name!r}.")])
        title = checked_title(title)
        self._privileges.lock()
        if self._get(name) is not None:
            raise Conflict(
                f"There is a role {name} already.",
                errors=[FieldError("name", "There is such a role already.")],
            )
        self._session.add(Role(name=name, title=title))
        self._session.flush()
        self._events().emit(RoleCreated(name, title))
        return RoleInfo(name, title, own=True)

    def for_change(self, name: str) -> RoleInfo:
        """Wait for the other changes of this tenant and return the role as it stands then."""
        role = self._standing(name)
        return RoleInfo(name, role.title, name not in DEFAULT_ROLES, self._members().get(name, 0))

    def rename(self, name: str, title: str) -> RoleInfo:
        """Give a role another title."""
        role, title = self._standing(name), checked_title(title)
        if title != role.title:
            before, role.title = role.title, title
            self._session.flush()
            self._events().emit(RoleRenamed(name, before, title))
        return RoleInfo(name, title, name not in DEFAULT_ROLES, self._members().get(name, 0))

    def delete(self, name: str) -> None:
        """Remove a role."""
        self._standing(name)
        if name in DEFAULT_ROLES:
            raise Conflict(f"The role {name} belongs to every tenant and stays.")
        for model, whose in ((AccountRole, "An account"), (GroupRole, "A group")):
            held = select(model.role).where(model.tenant_id == self._session.tenant_id, model.role == name)
            if self._session.scalars(held.limit(1)).first() is not None:
                raise Conflict(f"{whose} has the role {name}. Take it away there first.")
        self._session.execute(
            delete(Role)
            .where(Role.tenant_id == self._session.tenant_id, Role.name == name)
            .execution_options(synchronize_session="fetch")
        )
        self._events().emit(RoleDeleted(name))

    def _members(self) -> dict[str, int]:
        tenant_id = self._session.tenant_id
        own = select(AccountRole.role, AccountRole.account_id).where(AccountRole.tenant_id == tenant_id)
        through = (
            select(GroupRole.role, GroupMember.account_id)
            .join(
                GroupMember,
                and_(
                    GroupMember.tenant_id == GroupRole.tenant_id, GroupMember.group_id == GroupRole.group_id
                ),
            )
            .where(GroupRole.tenant_id == tenant_id, GroupMember.tenant_id == tenant_id)
        )
        held = union(own, through).subquery()
        counted = select(held.c.role, func.count()).group_by(held.c.role)
        return dict(self._session.execute(counted).all())

    def _get(self, name: str) -> Role | None:
        key = (self._session.tenant_id, name)
        found: Role | None = self._session.get(Role, key, populate_existing=True)
        return found

    def _standing(self, name: str) -> Role:
        """Wait for the other changes of this tenant and return the row as it is then."""
        self._privileges.lock()
        found = self._get(name)
        if found is None:
            raise NotFound(f"There is no role {name}.")
        return found


def roles_factory(context: Any, request: Any) -> SQLRoles:
    """Return the roles of the tenant of this request."""
    return SQLRoles(
        request.db, privileges=privileges_of(request), events=partial(request.find_service, Events)
    )

"""Groups as rows."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select

from insula.accounts.events import (
    AccountGroupsChanged,
    GroupChanged,
    GroupCreated,
    GroupDeleted,
    GroupMembersChanged,
)
from insula.accounts.interfaces import GroupInfo
from insula.accounts.models import Account, Group, GroupMember, GroupRole
from insula.accounts.privileges import privileges_of
from insula.accounts.rows import account_infos, account_rows
from insula.accounts.titles import checked_title
from insula.events.interfaces import Events
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from insula.accounts.interfaces import AccountInfo
    from insula.accounts.privileges import Privileges

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_MOST_MEMBERS: Final = 5_000


class SQLGroups:
    """The groups of the tenant its session is bound to."""

    def __init__(self, session: Any, *, privileges: Privileges, events: Callable[[], Events]) -> None:
        self._session = session
        self._privileges = privileges
        self._events = events

    def all(self) -> Sequence[GroupInfo]:
        """Return the groups by name."""
        tenant_id = self._session.tenant_id
        groups = self._session.scalars(select(Group).where(Group.tenant_id == tenant_id).order_by(Group.name))
        roles = defaultdict(set)
        for group_id, role in self._session.execute(
            select(GroupRole.group_id, GroupRole.role).where(GroupRole.tenant_id == tenant_id)
        ):
            roles[group_id].add(role)
        members = dict(
            self._session.execute(
                select(GroupMember.group_id, func.count())
                .where(GroupMember.tenant_id == tenant_id)
                .group_by(GroupMember.group_id)
            ).all()
        )
        return [_info(group, roles[group.id], members.get(group.id, 0)) for group in groups]

    def titles(self) -> Mapping[UUID, str]:
        """Return what each group is called."""
        found = select(Group.id, Group.title).where(Group.tenant_id == self._session.tenant_id)
        return dict(self._session.execute(found.order_by(Group.name)).all())

    def by_id(self, group_id: UUID) -> GroupInfo | None:
        """Return the group."""
        group = self._session.get(Group, (self._session.tenant_id, group_id))
        return None if group is None else _info(group, self._roles(group_id), len(self._member_ids(group_id)))

    def create(self, name: str, title: str, roles: Iterable[str] = ()) -> GroupInfo:
        """Add a group."""
        if not _NAME.fullmatch(name):
            detail = "Use a lower-case letter, then up to 62 of a-z, 0-9, _ and -."
            raise Invalid(errors=[FieldError("name", f"{detail} You gave {name!r}.")])
        title = checked_title(title)
        self._privileges.lock()
        wanted = self._privileges.known(roles)
        self._privileges.owners_business(wanted)
        taken = select(Group.id).where(Group.tenant_id == self._session.tenant_id, Group.name == name)
        if self._session.scalars(taken).first() is not None:
            raise Conflict(
                f"There is a group {name} already.",
                errors=[FieldError("name", "There is such a group already.")],
            )
        group = Group(name=name, title=title)
        self._session.add(group)
        self._session.flush()
        self._give(group.id, wanted)
        self._events().emit(GroupCreated(str(group.id), name, title, tuple(sorted(wanted))))
        return _info(group, wanted, 0)

    def for_change(self, group_id: UUID) -> GroupInfo:
        """Wait for the other changes of this tenant and return the group as it stands then."""
        return _info(self._standing(group_id), self._roles(group_id), len(self._member_ids(group_id)))

    def change(self, group_id: UUID, *, title: str, roles: Iterable[str]) -> GroupInfo:
        """Give a group this title and exactly these roles."""
        group, title, wanted = self._standing(group_id), checked_title(title), self._privileges.known(roles)
        members = self._member_ids(group_id)
        with self._privileges.changing(members):
            before = self._roles(group_id)
            self._privileges.owners_business(before ^ wanted)
            changes = (group.title, before) != (title, wanted)
            group.title = title
            self._session.execute(
                delete(GroupRole)
                .where(
                    GroupRole.tenant_id == self._session.tenant_id,
                    GroupRole.group_id == group_id,
                    GroupRole.role.not_in(wanted),
                )
                .execution_options(synchronize_session="fetch")
            )
            self._give(group_id, wanted - before)
        if changes:
            roles_were, roles_are = tuple(sorted(before)), tuple(sorted(wanted))
            self._events().emit(GroupChanged(str(group_id), group.name, title, roles_were, roles_are))
        return _info(group, wanted, len(members))

    def delete(self, group_id: UUID) -> None:
        """Remove a group; its members stay, without its roles."""
        group = self._standing(group_id)
        roles = self._roles(group_id)
        self._privileges.owners_business(roles)
        with self._privileges.changing(self._member_ids(group_id)):
            self._session.delete(group)
        self._events().emit(GroupDeleted(str(group_id), group.name, tuple(sorted(roles))))

    def members(self, group_id: UUID) -> Sequence[AccountInfo]:
        """Return the accounts in a group by name."""
        self._get(group_id)
        tenant_id = self._session.tenant_id
        inside = select(GroupMember.account_id).where(
            GroupMember.tenant_id == tenant_id, GroupMember.group_id == group_id
        )
        # The rows of an account tell all its groups, not this one alone.
        rows = self._session.execute(account_rows(tenant_id).where(Account.id.in_(inside)))
        return sorted(account_infos(rows), key=lambda info: (info.name.casefold(), info.id))

    def set_members(self, group_id: UUID, account_ids: Iterable[UUID]) -> GroupInfo:
        """Put exactly these accounts in a group."""
        group, wanted = self._standing(group_id), self._known(account_ids)
        before = self._member_ids(group_id)
        added, removed = wanted - before, before - wanted
        with self._privileges.changing(added | removed):
            if removed:
                self._leave(GroupMember.group_id == group_id, GroupMember.account_id.in_(removed))
            self._session.add_all(
                GroupMember(group_id=group_id, account_id=account_id) for account_id in sorted(added)
            )
        if added or removed:
            self._events().emit(
                GroupMembersChanged(str(group_id), group.name, _texts(added), _texts(removed))
            )
        return _info(group, self._roles(group_id), len(wanted))

    def put(self, account_id: UUID, group_ids: Iterable[UUID]) -> None:
        """Put one account in exactly these groups."""
        wanted = frozenset(group_ids)
        self._privileges.lock()
        known = set(
            self._session.scalars(
                select(Group.id).where(Group.tenant_id == self._session.tenant_id, Group.id.in_(wanted))
            )
        )
        if missing := sorted(wanted - known):
            raise Invalid(errors=[FieldError("groups", f"There is no group {one}.") for one in missing])
        with self._privileges.changing([account_id]):
            before = frozenset(
                self._session.scalars(
                    select(GroupMember.group_id).where(
                        GroupMember.tenant_id == self._session.tenant_id, GroupMember.account_id == account_id
                    )
                )
            )
            if left := before - wanted:
                self._leave(GroupMember.account_id == account_id, GroupMember.group_id.in_(left))
            self._session.add_all(
                GroupMember(group_id=group_id, account_id=account_id) for group_id in sorted(wanted - before)
            )
        if before != wanted:
            self._events().emit(AccountGroupsChanged(str(account_id), _texts(before), _texts(wanted)))

    def _give(self, group_id: UUID, roles: Iterable[str]) -> None:
        self._session.add_all(GroupRole(group_id=group_id, role=role) for role in sorted(roles))
        self._session.flush()

    def _leave(self, *which: ColumnElement[bool]) -> None:
        self._session.execute(
            delete(GroupMember)
            .where(GroupMember.tenant_id == self._session.tenant_id, *which)
            .execution_options(synchronize_session="fetch")
        )

    def _roles(self, group_id: UUID) -> frozenset[str]:
        return frozenset(
            self._session.scalars(
                select(GroupRole.role).where(
                    GroupRole.tenant_id == self._session.tenant_id, GroupRole.group_id == group_id
                )
            )
        )

    def _member_ids(self, group_id: UUID) -> frozenset[UUID]:
        return frozenset(
            self._session.scalars(
                select(GroupMember.account_id).where(
                    GroupMember.tenant_id == self._session.tenant_id, GroupMember.group_id == group_id
                )
            )
        )

    def _known(self, account_ids: Iterable[UUID]) -> frozenset[UUID]:
        wanted = frozenset(account_ids)
        if len(wanted) > _MOST_MEMBERS:
            detail = f"A group has at most {_MOST_MEMBERS:,} members. You gave {len(wanted):,}."
            raise Invalid(errors=[FieldError("members", detail)])
        found = select(Account.id).where(Account.tenant_id == self._session.tenant_id, Account.id.in_(wanted))
        if missing := sorted(wanted.difference(self._session.scalars(found))):
            raise Invalid(errors=[FieldError("members", f"There is no account {one}.") for one in missing])
        return wanted

    def _get(self, group_id: UUID, *, fresh: bool = False) -> Group:
        key = (self._session.tenant_id, group_id)
        group: Group | None = self._session.get(Group, key, populate_existing=fresh)
        if group is None:
            raise NotFound("There is no such group.")
        return group

    def _standing(self, group_id: UUID) -> Group:
        """Wait for the other changes of this tenant and return the row as it is then."""
        self._privileges.lock()
        return self._get(group_id, fresh=True)


def _info(group: Group, roles: Iterable[str], members: int) -> GroupInfo:
    return GroupInfo(group.id, group.name, group.title, frozenset(roles), members)


def _texts(ids: Iterable[UUID]) -> tuple[str, ...]:
    return tuple(str(one) for one in sorted(ids))


def groups_factory(context: Any, request: Any) -> SQLGroups:
    """Return the groups of the tenant of this request."""
    return SQLGroups(
        request.db, privileges=privileges_of(request), events=partial(request.find_service, Events)
    )

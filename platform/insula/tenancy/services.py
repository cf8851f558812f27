"""The tenant directory over SQL, in a session of the system role."""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from pyramid.registry import Registry
from pyramid.request import Request
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from insula.db.work import bump, directory_work, system_work
from insula.events.interfaces import Events
from insula.kit.errors import Conflict, FieldError, Invalid
from insula.kit.ids import uuid7
from insula.tenancy.changes import change, hold
from insula.tenancy.directory import by_name, tenant_from
from insula.tenancy.events import TenantCreated
from insula.tenancy.hosts import checked
from insula.tenancy.interfaces import Standing, Status, Tenant
from insula.tenancy.models import HostRow, TenantRow

_NAME = re.compile(r"^[a-z][a-z0-9-]{0,61}[a-z0-9]\Z")


class SQLTenants:
    """Tenants as rows of the directory; what belongs to one tenant is written in a session narrowed to it."""

    def __init__(self, session: Session, registry: Registry) -> None:
        self._session = session
        self._registry = registry

    def create(
        self, name: str, title: str, hosts: Sequence[str], *, console: bool = False, plan: str = "standard"
    ) -> Tenant:
        """Make a tenant with its hosts, its default roles and its policy, in one transaction."""
        if not _NAME.match(name):
            raise Invalid(
                errors=[
                    FieldError(
                        "name", f"Use 2 to 63 of a-z, 0-9 and -, beginning with a letter. You gave '{name}'."
                    )
                ]
            )
        names = list(dict.fromkeys(checked(host) for host in hosts))
        if not names:
            raise Invalid(errors=[FieldError("hosts", "Name at least one host.")])
        # Asked before, too: a session for a tenant that then is not made would leave a trace under nobody's id.
        self._refuse_taken(self._session, name, names)
        # The session that writes a new tenant's rows is narrowed to it from the start, and so passes walls 1 and 2.
        tenant_id = uuid7()
        with system_work(self._registry, reason=f"creates the tenant {name}", tenant_id=tenant_id) as work:
            self._refuse_taken(work.db, name, names)
            hold(work.db, plan)
            row = TenantRow(id=tenant_id, name=name, title=title, console=console, plan=plan)
            rows = [HostRow(name=host, tenant_id=tenant_id, canonical=host == names[0]) for host in names]
            self._insert(work.db, row, rows)
            bump(work.db, "tenant")
            work.find_service(Events).emit(TenantCreated(str(tenant_id), name, title, tuple(names)))
            return tenant_from(row, names[0])

    def all(self) -> list[Tenant]:
        """Return all tenants by name."""
        hosts = select(HostRow.tenant_id, HostRow.name).where(HostRow.canonical.is_(True))
        canonical = dict(self._session.execute(hosts).all())
        rows = self._session.execute(select(TenantRow).order_by(TenantRow.name)).scalars()
        return [tenant_from(row, canonical.get(row.id)) for row in rows]

    def by_name(self, name: str) -> Tenant:
        """Return one tenant."""
        return by_name(self._registry, name)

    def hosts_of(self, tenant: Tenant) -> list[str]:
        """Return the hosts of a tenant, the canonical one first."""
        # Named otherwise than the tenant of a session, since that of the directory has none.
        statement = select(HostRow.name).where(HostRow.tenant_id == bindparam("owner"))
        statement = statement.order_by(HostRow.canonical.desc(), HostRow.name)
        with directory_work(self._registry) as session:
            return list(session.scalars(statement, {"owner": tenant.id}))

    def hosts(self) -> Mapping[UUID, Sequence[str]]:
        """Return the hosts of every tenant, the canonical one first."""
        found: dict[UUID, list[str]] = {}
        with directory_work(self._registry) as session:
            for row in session.scalars(select(HostRow).order_by(HostRow.canonical.desc(), HostRow.name)):
                found.setdefault(row.tenant_id, []).append(row.name)
        return found

    def change(
        self,
        name: str,
        *,
        plan: str | None = None,
        status: Status | None = None,
        expected: Standing | None = None,
        actor: str | None = None,
    ) -> Tenant:
        """Change the plan, the status, or both."""
        return change(self._registry, name, plan=plan, status=status, expected=expected, actor=actor)

    def suspend(self, name: str, *, actor: str | None = None) -> Tenant:
        """Close the tenant's doors."""
        return self.change(name, status="suspended", actor=actor)

    def resume(self, name: str, *, actor: str | None = None) -> Tenant:
        """Open the tenant's doors."""
        return self.change(name, status="active", actor=actor)

    def _insert(self, session: Session, tenant: TenantRow, hosts: Sequence[HostRow]) -> None:
        try:
            session.add(tenant)
            session.flush()
            session.add_all(hosts)
            session.flush()
        except IntegrityError as taken:
            # Whoever asked at the same moment has committed between our question and our answer.
            raise Conflict("The name or one of the hosts has just been taken.") from taken

    def _refuse_taken(self, session: Session, name: str, hosts: Sequence[str]) -> None:
        if session.execute(select(TenantRow.id).where(TenantRow.name == name)).first():
            raise Conflict(f"A tenant named {name} exists already.")
        taken = session.execute(select(HostRow.name).where(HostRow.name.in_(hosts))).scalars().all()
        if taken:
            raise Conflict(f"Already in use: {', '.join(taken)}.")


def tenants_factory(_context: object, request: Request) -> SQLTenants:
    """Return the directory over this request's session."""
    return SQLTenants(request.db, request.registry)

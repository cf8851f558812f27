"""Plans over rows of the directory, and the one statement that tells all their tenants of a change."""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from pyramid.registry import Registry
from pyramid.request import Request
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from insula.db.work import bump_each, directory_work, system_work
from insula.events.interfaces import Events
from insula.kit import clock
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound, Stale
from insula.tenancy.changes import change
from insula.tenancy.directory import tenant_from
from insula.tenancy.events import PlanChanged
from insula.tenancy.floors import COUNTER, document_of
from insula.tenancy.interfaces import INSTALLATION, Plan, PlanDocument, Tenant
from insula.tenancy.models import HostRow, PlanRow, TenantRow

_NAME = re.compile(r"^[a-z][a-z0-9-]{0,61}[a-z0-9]\Z")
_LONGEST_TITLE = 200


class SQLPlans:
    """Plans as rows that the processes which serve tenants can read; each change is a transaction of its own."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def all(self) -> Sequence[Plan]:
        """Return the plans by title."""
        with directory_work(self._registry) as session:
            rows = session.scalars(select(PlanRow).where(PlanRow.name != INSTALLATION)).all()
            counts = _counts(session)
            found = [self._known(row, counts.get(row.name, 0)) for row in rows]
        return sorted(found, key=lambda plan: (plan.title.casefold(), plan.name))

    def find(self, name: str) -> Plan:
        """Return one document that binds tenants."""
        with directory_work(self._registry) as session:
            row = session.get(PlanRow, name)
            if row is None:
                raise NotFound(f"There is no plan {name}.")
            counts = _counts(session)
            return self._known(row, sum(counts.values()) if name == INSTALLATION else counts.get(name, 0))

    def tenants_of(self, name: str) -> Sequence[Tenant]:
        """Return whom a document binds, by name."""
        with directory_work(self._registry) as session:
            canonical = select(HostRow.tenant_id, HostRow.name).where(HostRow.canonical.is_(True))
            hosts = dict(session.execute(canonical).all())
            rows = select(TenantRow).order_by(TenantRow.name)
            if name != INSTALLATION:
                rows = rows.where(TenantRow.plan == name)
            return [tenant_from(row, hosts.get(row.id)) for row in session.scalars(rows)]

    def check(self, name: str, title: str, *, expected: int | None) -> None:
        """Refuse what `save` would refuse."""
        _checked(name, title)
        with directory_work(self._registry) as session:
            _refuse_moved(session.get(PlanRow, name), expected, name)

    def save(
        self,
        name: str,
        title: str,
        document: PlanDocument,
        *,
        expected: int | None,
        actor: str | None,
    ) -> Plan:
        """Make or change a document, and tell every tenant that it binds."""
        title = _checked(name, title)
        with system_work(self._registry, reason=f"saves the plan {name}") as work:
            row = work.db.scalars(select(PlanRow).where(PlanRow.name == name).with_for_update()).first()
            _refuse_moved(row, expected, name)
            # Not by what this process remembers: what is written here may yet fail to be committed.
            before = PlanDocument() if row is None else PlanDocument.model_validate(row.document)
            tenants = _bound_by(work.db, name)
            if row is not None and before == document and row.title == title:
                return _plan(row, document, len(tenants))
            if row is None:
                row = PlanRow(name=name, version=0)
                work.db.add(row)
            row.title, row.document = title, document.model_dump(mode="json", exclude_none=True)
            row.version, row.changed_by, row.changed_at = row.version + 1, actor, clock.now()
            _flush(work.db, name)
            bump_each(work.db, COUNTER, tenants)
            for console in work.db.scalars(select(TenantRow.id).where(TenantRow.console.is_(True))).all():
                told = PlanChanged(
                    tenant_id=str(console),
                    plan=name,
                    title=title,
                    version=row.version,
                    tenants=len(tenants),
                    bounds=_differing(_flat(before), _flat(document)),
                    features=_differing(before.features, document.features),
                    policy=before.policy != document.policy,
                )
                work.find_service(Events).emit(told, actor=actor)
            return _plan(row, document, len(tenants))

    def assign(self, tenant: str, plan: str, *, actor: str | None) -> Tenant:
        """Put a tenant on a plan."""
        return change(self._registry, tenant, plan=plan, actor=actor)

    def _known(self, row: PlanRow, tenants: int) -> Plan:
        return _plan(row, document_of(self._registry, row), tenants)


def _plan(row: PlanRow, document: PlanDocument, tenants: int) -> Plan:
    return Plan(row.name, row.title, document, row.version, tenants, row.changed_by, row.changed_at)


def _flush(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError as taken:
        # Whoever made it at the same moment has committed between our question and our answer.
        raise Conflict(f"A plan {name} has just been made by somebody else. Load it again.") from taken


def _checked(name: str, title: str) -> str:
    errors = []
    if not _NAME.match(name):
        detail = f"Use 2 to 63 of a-z, 0-9 and -, beginning with a letter. You gave '{name}'."
        errors.append(FieldError("name", detail))
    if not title.strip():
        errors.append(FieldError("title", "Give a title."))
    elif len(title) > _LONGEST_TITLE:
        errors.append(FieldError("title", f"Use {_LONGEST_TITLE} characters or fewer."))
    if errors:
        raise Invalid(errors=errors)
    return title.strip()


def _refuse_moved(row: PlanRow | None, expected: int | None, name: str) -> None:
    version = 0 if row is None else row.version
    if expected is None or expected == version:
        return
    if row is None:
        raise NotFound(f"There is no plan {name}.")
    if expected == 0:
        raise Stale(f"There is a plan {name} already.")
    raise Stale(f"{row.title} was changed since you loaded it: it is at version {version} now.")


def _bound_by(session: Session, name: str) -> list[UUID]:
    statement = select(TenantRow.id)
    return list(
        session.scalars(statement if name == INSTALLATION else statement.where(TenantRow.plan == name))
    )


def _counts(session: Session) -> Mapping[str, int]:
    return dict(session.execute(select(TenantRow.plan, func.count()).group_by(TenantRow.plan)).all())


def _flat(document: PlanDocument) -> Mapping[str, object]:
    return {
        f"{section}.{name}": bound
        for section, fields in document.bounds.items()
        for name, bound in fields.items()
    }


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name))


def plans_factory(_context: object, request: Request) -> SQLPlans:
    """Return the plans of this installation."""
    return SQLPlans(request.registry)

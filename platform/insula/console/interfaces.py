"""What the console promises: plans are read, weighed and saved, and tenants put on them, the same way at each door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from insula.tenancy.interfaces import Plan, PlanDocument, Tenant

Way = Literal["tightens", "loosens", "changes"]


@dataclass(frozen=True)
class Effect:
    """One thing that a changed document does to the tenants it binds; `tenants` counts those it is felt by."""

    way: Way
    what: str
    before: str
    after: str
    tenants: int
    felt: str

    @property
    def words(self) -> str:
        """The effect in a sentence."""
        said = f"{self.way} {self.what}: {self.before} to {self.after}"
        if not self.tenants:
            return said
        return (
            f"{said}; {'1 tenant is' if self.tenants == 1 else f'{self.tenants:,} tenants are'} {self.felt}"
        )


@dataclass(frozen=True)
class Moved:
    """One thing that is otherwise for one tenant on another plan."""

    what: str
    before: str
    after: str


class Planning(Protocol):
    """Weighs and makes changes of plans."""

    def read(self, document: Mapping[str, Any]) -> PlanDocument:
        """Return a document; raises Invalid with the path of everything that is wrong with it."""
        ...

    def effects(self, name: str, document: PlanDocument) -> Sequence[Effect]:
        """Return what saving a document under this name would do."""
        ...

    def save(
        self, name: str, title: str, document: PlanDocument, *, expected: int | None, actor: str | None
    ) -> Plan:
        """Save a document; raises as `read` and `Plans.save` do."""
        ...

    def moved(self, tenant: Tenant, plan: str) -> Sequence[Moved]:
        """Return what would be otherwise for a tenant on this plan; raises NotFound."""
        ...

"""The floors of a tenant: what comes with the platform, the installation's own document, and the plan's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from insula.security.cedar.documents import INSTALLATION, PLAN, Rules, merge, parse_floor
from insula.security.documents import floor_text
from insula.tenancy.interfaces import floors_of

if TYPE_CHECKING:
    from pyramid.request import Request


@dataclass(frozen=True)
class FloorTexts:
    """The two documents that operators write; what comes with the platform lies below every tenant anyway."""

    installation: str = ""
    plan: str = ""

    def named(self) -> tuple[tuple[str, str], ...]:
        """Return the texts of all three floors, each with whose it is."""
        return (INSTALLATION, floor_text()), (INSTALLATION, self.installation), (PLAN, self.plan)


def floors_in_force(request: Request) -> FloorTexts:
    """Return the documents that bind the tenant of a request now; no SQL while they are at hand."""
    found = floors_of(request)
    return FloorTexts(found.installation.policy, found.plan.policy)


@cache
def shipped_rules() -> Rules:
    """Return the floor that comes with the platform, parsed once."""
    return parse_floor(INSTALLATION, floor_text())


@lru_cache(maxsize=64)
def floor_rules(floors: FloorTexts) -> Rules:
    """Return the rules of all floors; raises where one cannot be read, and then nobody may do anything.

    A release may bring a rule whose name an installation's document has already: both bind, the document's under
    another name.
    """
    shipped = shipped_rules()
    own = {
        f"{name}/own" if name in shipped else name: rule
        for name, rule in parse_floor(INSTALLATION, floors.installation).items()
    }
    return merge(shipped, own, parse_floor(PLAN, floors.plan))

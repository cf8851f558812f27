"""The floors of a tenant: what comes with the platform, the installation's own document, and the plan's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from insula.security.cedar.documents import INSTALLATION, PLAN, Rules, merge, parse, parse_floor
from insula.security.documents import floor_text, shared_text
from insula.tenancy.interfaces import floors_of

if TYPE_CHECKING:
    from pyramid.request import Request


@dataclass(frozen=True)
class FloorTexts:
    """The two documents that operators write; what comes with the platform lies below every tenant anyway."""

    installation: str = ""
    plan: str = ""

    def named(self) -> tuple[tuple[str, str], ...]:
        """Return the texts that lie below a tenant's own, each with whose it is."""
        shipped = (INSTALLATION, floor_text()), (INSTALLATION, shared_text())
        return (*shipped, (INSTALLATION, self.installation), (PLAN, self.plan))


def floors_in_force(request: Request) -> FloorTexts:
    """Return the documents that bind the tenant of a request now; no SQL while they are at hand."""
    found = floors_of(request)
    return FloorTexts(found.installation.policy, found.plan.policy)


@cache
def shipped_rules() -> Rules:
    """Return what comes with the platform, the floor and what every policy begins with, parsed once."""
    return merge(parse_floor(INSTALLATION, floor_text()), parse(INSTALLATION, shared_text()))


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

"""What a tenant's rules are checked against, and what keeps a draft from being asked or from being published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from insula.accounts.interfaces import DEFAULT_ROLES
from insula.kit.errors import FieldError, Invalid
from insula.kit.settings import settings_of
from insula.kit.turns import Turns
from insula.security.cedar.check import Names, check, check_grid
from insula.security.cedar.floor import check_floor
from insula.security.cedar.schema import ROLE
from insula.security.compiled import compile_policy, schema_of, tenant_schema
from insula.security.floors import FloorTexts, floors_in_force, shipped_rules
from insula.security.interfaces import Flaw, Grid
from insula.security.names import names_of
from insula.security.settings import SecuritySettings

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from pyramid.request import Request

    from insula.security.cedar.engine import CompiledPolicy
    from insula.security.cedar.schema import PolicySchema

TURNS: Final = "insula.security.turns"
_EVERYWHERE: Final = frozenset({*DEFAULT_ROLES, "visitor"})


def tenant_rules(request: Request) -> TenantRules:
    """Return what the rules of the request's tenant are checked against and compiled with."""
    turn = partial(turns_of(request.registry).take, request.tenant_id)
    return TenantRules(tenant_schema(request), floors_in_force(request), names_of(request), turn)


def turns_of(registry: Registry) -> Turns:
    """Return the turns in which this process checks and tries drafts."""
    found: Turns | None = registry.get(TURNS)
    if found is None:
        settings = settings_of(registry, SecuritySettings)
        found = registry.setdefault(TURNS, Turns(at_once=settings.drafts_at_once, wait=settings.drafts_wait))
    return found


@dataclass(frozen=True)
class TenantRules:
    """The types, the floors and the names that a tenant's document meets."""

    schema: PolicySchema
    floors: FloorTexts
    names: Names
    turn: Callable[[], AbstractContextManager[None]]
    """Has to be had for work on a draft, which takes a processor for as long as it lasts."""

    def flaws(self, text: str, grid: Grid) -> list[Flaw]:
        """Return what keeps a draft from being asked at all; flaws of the grid stand on line 0."""
        with self.turn():
            flaws = list(check(text, self.schema, self.names))
        wrong = check_grid(grid, self.schema, self.names(ROLE) or ())
        return [*flaws, *(Flaw(0, 0, message, rule=path) for path, message in wrong)]

    def compile(self, text: str, grid: Grid) -> CompiledPolicy:
        """Return the policy that a document makes on the floors that are in force now."""
        with self.turn():
            return compile_policy(text, grid, self.schema, self.floors)

    def compile_draft(self, text: str, grid: Grid) -> CompiledPolicy:
        """Return the policy that a draft makes; raises Invalid with its flaws."""
        if flaws := self.flaws(text, grid):
            raise Invalid("The draft has flaws, so it cannot be asked.", errors=field_errors(flaws))
        return self.compile(text, grid)


def field_errors(flaws: Sequence[Flaw]) -> list[FieldError]:
    """Return flaws as doors tell them."""
    return [
        FieldError("text", str(flaw), flaw.line)
        if flaw.line
        else FieldError(flaw.rule or "grid", flaw.message)
        for flaw in flaws
    ]


def floor_check_factory(_context: object, request: Request) -> StrictFloorCheck:
    """Return the check of this installation."""
    return StrictFloorCheck(schema_of(request.registry))


class StrictFloorCheck:
    """Checks the text of a floor against the types of the platform."""

    def __init__(self, schema: PolicySchema) -> None:
        self._schema = schema

    def check(self, text: str) -> Sequence[Flaw]:
        """Return what is wrong with a floor's text, in its order; empty when it may bind."""
        taken = {name.partition(":")[2] for name in shipped_rules()}
        return check_floor(text, self._schema, _EVERYWHERE, taken)

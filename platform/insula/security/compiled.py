"""The compiled policy of a tenant: the floors and the tenant's own document, merged."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from insula.kit.json import dumps, loads
from insula.security.cedar.documents import TENANT, from_grid, merge, parse
from insula.security.cedar.engine import CompiledPolicy
from insula.security.cedar.schema import PolicySchema
from insula.security.directives import policy_types_of
from insula.security.floors import FloorTexts, floor_rules

if TYPE_CHECKING:
    from pyramid.registry import Registry

    from insula.security.interfaces import Grid

_SCHEMA: Final = "insula.security.schema"


def compile_policy(text: str, grid: Grid, schema: PolicySchema, floors: FloorTexts) -> CompiledPolicy:
    """Put a tenant's document on the floors."""
    return _compile(text, dumps(grid).decode(), schema, floors)


@lru_cache(maxsize=128)
def _compile(text: str, grid: str, schema: PolicySchema, floors: FloorTexts) -> CompiledPolicy:
    """Compile equal documents once: most tenants keep the policy that they began with."""
    tenant = merge(parse(TENANT, text), from_grid(loads(grid)))
    return CompiledPolicy(merge(floor_rules(floors), tenant), schema)


def schema_of(registry: Registry) -> PolicySchema:
    """Return the schema of all types that the rooms have registered."""
    schema: PolicySchema | None = registry.get(_SCHEMA)
    if schema is None:
        schema = registry[_SCHEMA] = PolicySchema.of(policy_types_of(registry))
    return schema

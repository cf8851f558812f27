"""The compiled policy of a tenant: the floors and the tenant's own document, merged, cached by version."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from uuid import UUID

from insula.kit.json import dumps, loads
from insula.kit.settings import settings_of
from insula.security.cedar.documents import INSTALLATION, TENANT, Rules, from_grid, merge, parse, parse_floor
from insula.security.cedar.engine import CompiledPolicy, PolicyCache
from insula.security.cedar.schema import PolicySchema
from insula.security.directives import policy_types_of
from insula.security.documents import floor_text
from insula.security.interfaces import Grid
from insula.security.settings import SecuritySettings

if TYPE_CHECKING:
    from pyramid.registry import Registry

_CACHE: Final = "insula.security.policies"
_SCHEMA: Final = "insula.security.schema"

PLAN_RULES: Final[Rules] = {}
"""The rules of a tenant's plan, the second floor. There are no plans yet, so it binds nobody."""


@cache
def installation_rules() -> Rules:
    """Return the floor of the installation, parsed once."""
    return parse_floor(INSTALLATION, floor_text())


def compile_policy(text: str, grid: Grid, schema: PolicySchema) -> CompiledPolicy:
    """Put a tenant's document on the floors."""
    return _compile(text, dumps(grid).decode(), schema)


@lru_cache(maxsize=128)
def _compile(text: str, grid: str, schema: PolicySchema) -> CompiledPolicy:
    """Compile equal documents once: most tenants keep the policy that they began with."""
    tenant = merge(parse(TENANT, text), from_grid(loads(grid)))
    return CompiledPolicy(merge(installation_rules(), PLAN_RULES, tenant), schema)


def floor_alone(schema: PolicySchema) -> CompiledPolicy:
    """Return what binds a tenant that has no policy: nobody may do anything."""
    return CompiledPolicy(merge(installation_rules(), PLAN_RULES), schema)


def schema_of(registry: Registry) -> PolicySchema:
    """Return the schema of all types that the rooms have registered."""
    schema: PolicySchema | None = registry.get(_SCHEMA)
    if schema is None:
        schema = registry[_SCHEMA] = PolicySchema.of(policy_types_of(registry))
    return schema


def cached(
    registry: Registry, tenant_id: UUID, version: int, build: Callable[[], CompiledPolicy]
) -> CompiledPolicy:
    """Return the compiled policy of one tenant at one version."""
    cache_: PolicyCache | None = registry.get(_CACHE)
    if cache_ is None:
        cache_ = registry[_CACHE] = PolicyCache(settings_of(registry, SecuritySettings).policies_kept)
    return cache_.get((tenant_id, version, schema_of(registry).version), build)

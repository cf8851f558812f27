"""The compiled policy of a tenant: the floors and the tenant's own document, merged, on the types it has."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from insula.kit.caches import VersionedCache
from insula.kit.json import dumps, loads
from insula.kit.settings import settings_of
from insula.security.cedar.documents import TENANT, from_grid, merge, parse
from insula.security.cedar.engine import CompiledPolicy
from insula.security.cedar.schema import PolicySchema
from insula.security.cedar.slices import RuleSet
from insula.security.directives import policy_types_of, types_sources_of
from insula.security.floors import FloorTexts, floor_rules
from insula.security.settings import SecuritySettings

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from pyramid.request import Request

    from insula.security.interfaces import Grid

_SCHEMA: Final = "insula.security.schema"
_SCHEMAS: Final = "insula.security.schemas"

_EQUAL: WeakValueDictionary[str, PolicySchema] = WeakValueDictionary()
"""Schemas by their version: tenants that declare the same share one, with what is parsed and checked by it."""


def compile_policy(text: str, grid: Grid, schema: PolicySchema, floors: FloorTexts) -> CompiledPolicy:
    """Put a tenant's document on the floors."""
    return CompiledPolicy(_rules(text, dumps(grid).decode(), floors), schema)


@lru_cache(maxsize=128)
def _rules(text: str, grid: str, floors: FloorTexts) -> RuleSet:
    """Read equal documents once: most tenants keep the policy that they began with, whatever they declare."""
    return RuleSet(merge(floor_rules(floors), parse(TENANT, text), from_grid(loads(grid))))


def schema_of(registry: Registry) -> PolicySchema:
    """Return the schema of all types that the rooms have registered: what floors may speak of."""
    schema: PolicySchema | None = registry.get(_SCHEMA)
    if schema is None:
        schema = registry[_SCHEMA] = PolicySchema.of(policy_types_of(registry))
    return schema


def types_version(request: Request) -> tuple[int, ...]:
    """Return what counts the changes of the types that this tenant has declared."""
    versions = request.db.versions
    return tuple(versions.get(source.counter, 0) for source in types_sources_of(request.registry))


def tenant_schema(request: Request) -> PolicySchema:
    """Return the schema of this tenant; its types are asked for when a version of them is not at hand."""
    version = types_version(request)
    if not any(version):
        return schema_of(request.registry)
    return _schemas(request.registry).find(request.tenant_id, version, lambda: _built(request))


def _built(request: Request) -> PolicySchema:
    declared = chain.from_iterable(source.find(request) for source in types_sources_of(request.registry))
    made = schema_of(request.registry).extended(declared)
    return _EQUAL.setdefault(made.version, made)


def _schemas(registry: Registry) -> VersionedCache[Any, PolicySchema]:
    found: VersionedCache[Any, PolicySchema] | None = registry.get(_SCHEMAS)
    if found is None:
        kept = settings_of(registry, SecuritySettings).policies_kept
        found = registry.setdefault(_SCHEMAS, VersionedCache(kept))
    return found

"""The policy that binds a tenant at this moment, at hand by version in every process.

A version on trial carries the moment until which it binds and the version that binds after it. Both are compiled
together, so that the return needs no worker, no write and no message: the clock of the request is enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from insula.kit.caches import VersionedCache
from insula.kit.clock import now
from insula.kit.errors import Unavailable
from insula.kit.settings import settings_of
from insula.observability.log import get
from insula.security.cedar.engine import CompiledPolicy
from insula.security.cedar.tokens import CedarRefused
from insula.security.compiled import compile_policy, tenant_schema, types_version
from insula.security.floors import floors_in_force
from insula.security.models import PolicyRow
from insula.security.settings import SecuritySettings
from insula.security.trials import settle

if TYPE_CHECKING:
    from pyramid.request import Request

log = get("insula.security")

_CACHE: Final = "insula.security.policies"
_SETTLING: Final = "_insula_settles_policy"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class InForce:
    """A compiled version; from the moment `until` on, `then` takes its place."""

    number: int
    policy: CompiledPolicy
    until: datetime | None = None
    then: InForce | None = None


def in_force(request: Request) -> InForce:
    """Return what binds now; reads it only when its version is not at hand in this process."""
    versions = request.db.versions
    version = (versions.get("policy", 0), versions.get("plan", 0), *types_version(request))
    held = _cache(request).get(request.tenant_id, version)
    if held is None:
        held = _build(request, version[0])
        _cache(request).put(request.tenant_id, version, held)
    if held.until is None or held.then is None or now() < held.until:
        return held
    if request.method not in _SAFE and not getattr(request, _SETTLING, False):
        setattr(request, _SETTLING, True)
        request.add_finished_callback(_settle)
    return held.then


def policy_of(request: Request) -> CompiledPolicy:
    """Return the compiled policy that binds now."""
    return in_force(request).policy


def newest_row(session: Any, version: int) -> PolicyRow | None:
    """Return the newest version that was written before the counter stood at `version`."""
    newest = select(PolicyRow).where(PolicyRow.number <= version).order_by(PolicyRow.number.desc()).limit(1)
    found: PolicyRow | None = session.execute(newest).scalar_one_or_none()
    return found


def _cache(request: Request) -> VersionedCache[Any, InForce]:
    found: VersionedCache[Any, InForce] | None = request.registry.get(_CACHE)
    if found is None:
        kept = settings_of(request.registry, SecuritySettings).policies_kept
        found = request.registry[_CACHE] = VersionedCache(kept)
    return found


def _build(request: Request, version: int) -> InForce:
    row = newest_row(request.db, version)
    try:
        if row is None:
            log.warning("policy.missing", tenant_id=str(request.tenant_id))
            return InForce(0, _compiled(request, "", {}))
        held = InForce(row.number, _compiled(request, row.text, row.grid))
        if row.until is None or row.returns_to is None:
            return held
        before = newest_row(request.db, row.returns_to)
        then = InForce(before.number, _compiled(request, before.text, before.grid)) if before else None
        return InForce(held.number, held.policy, row.until, then)
    except (CedarRefused, ValueError) as error:
        # Without its policy nobody may do anything, and the reason is ours: 503 rather than a refusal.
        log.exception("policy.unreadable", tenant_id=str(request.tenant_id), number=row.number if row else 0)
        raise Unavailable("The access policy of this site cannot be read.", retry_after=60) from error


def _compiled(request: Request, text: str, grid: Any) -> CompiledPolicy:
    return compile_policy(text, grid, tenant_schema(request), floors_in_force(request))


def _settle(request: Request) -> None:
    settle(request.registry, request.tenant_id)

"""Sweeping: what uploads left half-done, and bytes that belong to no file any more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from insula.db.work import system_work
from insula.files.folders import Folder, tenants_of
from insula.files.models import File
from insula.files.settings import FilesSettings
from insula.kit.settings import settings_of
from insula.observability import log

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from uuid import UUID

    from pyramid.registry import Registry

logger = log.get("insula.files")

_AT_ONCE: Final = 20
_ASKED: Final = 500
_LAST: Final = "insula.files.swept"


def sweep(registry: Registry) -> int:
    """Sweep the folders of some tenants, those behind the ones of the last time; return how many bytes' names went."""
    settings = settings_of(registry, FilesSettings)
    tenants = tenants_of(settings.folder)
    last = registry.get(_LAST)
    turn = [each for each in tenants if last is None or each > last][:_AT_ONCE]
    registry[_LAST] = turn[-1] if len(turn) == _AT_ONCE else None
    removed = 0
    for tenant_id in turn:
        folder = Folder(settings.folder, tenant_id)
        gone = folder.sweep(settings.orphans_kept, partial(_known, registry, tenant_id))
        if gone:
            logger.info("swept", tenant=str(tenant_id), removed=gone)
        removed += gone
    return removed


def _known(registry: Registry, tenant_id: UUID, names: AbstractSet[str]) -> set[str]:
    ordered, found = sorted(names), set()
    with system_work(
        registry, reason="bytes of no file are swept", tenant_id=tenant_id, writing=False
    ) as work:
        for first in range(0, len(ordered), _ASKED):
            asked = select(File.sha256).where(File.sha256.in_(ordered[first : first + _ASKED])).distinct()
            found.update(work.db.scalars(asked))
    return found

"""The tenant of what passes no tween that would find it: units of work, and what `pviews` and `pshell` ask."""

import os
from uuid import UUID

from pyramid.request import Request
from sqlalchemy import select

from insula.db.work import directory_work
from insula.kit.errors import NotFound
from insula.tenancy.directory import by_id, by_name
from insula.tenancy.interfaces import Tenant
from insula.tenancy.models import TenantRow


def tenant(request: Request) -> Tenant:
    """Return the tenant a unit of work is for; for a tool, the one $INSULA_TENANT names, else the oldest.

    A served request never comes here.
    """
    if "tenant_id" in request.__dict__:
        return by_id(request.registry, request.tenant_id)
    return by_name(request.registry, os.environ.get("INSULA_TENANT") or _oldest(request))


def tenant_id(request: Request) -> UUID:
    """Return the id of that tenant."""
    found: UUID = request.tenant.id
    return found


def _oldest(request: Request) -> str:
    with directory_work(request.registry) as session:
        name = session.scalars(select(TenantRow.name).order_by(TenantRow.id).limit(1)).first()
    if name is None:
        raise NotFound("There is no tenant yet: run `insula demo load` or `insula tenant create`.")
    return name

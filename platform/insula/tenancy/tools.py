"""The tenant of requests that Pyramid's own tools make: `pviews` and `pshell` pass no tween that would find it."""

import os
from uuid import UUID

from pyramid.request import Request
from sqlalchemy import select

from insula.db.work import directory_work
from insula.kit.errors import NotFound
from insula.tenancy.directory import by_name
from insula.tenancy.interfaces import Tenant
from insula.tenancy.models import TenantRow


def tenant(request: Request) -> Tenant:
    """Return the tenant that $INSULA_TENANT names, else the oldest one. A served request never comes here."""
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
